"""The launch purchase of a run: bought once, over however many attempts and bots."""

from functools import partial

from okxlab.clock import Clock
from okxlab.errors import OrderRejected, OrderUnknown
from okxlab.model import OrderRequest, plain
from okxlab.trading.blotter import Blotter
from okxlab.trading.evidence import settle_order
from okxlab.trading.execution import Executor
from okxlab.trading.hand import order_error
from okxlab.trading.naming import launch_id
from okxlab.trading.record import RunRecord
from okxlab.trading.standing import course
from okxlab.trading.venue import Venue

_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)


def lacking_units(blotter: Blotter, record: RunRecord) -> OrderRequest | None:
    """Give the next order for what the ladder's first sells offer; None when it is bought or an order for it is open.

    The first sells offer all of it, so a rest below the minimum is bought as the minimum.
    """
    made = record.ladder
    size, name = made.size * made.launch_units, partial(launch_id, record.run)
    gone = course(blotter, name)
    if record.launched or gone.open or gone.filled >= size:
        return None
    rest = max(size - gone.filled, made.instrument.minimum)
    return OrderRequest(made.spec.symbol, "buy", rest, client_id=name(gone.attempt))


def buy_units(venue: Venue, executor: Executor, record: RunRecord, clock: Clock) -> None:
    """Buy what the ladder's first sells offer, less what has been bought of it already.

    Raises
    ------
    OrderError
        When it did not wholly go through; what is left is bought at the next start.
    """
    made = record.ladder
    size, name = made.size * made.launch_units, partial(launch_id, record.run)
    request = lacking_units(executor.blotter, record)
    if request is None and (record.launched or not course(executor.blotter, name).open):
        return
    if request is not None:
        (outcome,) = executor.place([request])
        if outcome.kind in {"rejected", "not_sent"}:
            raise order_error(request, outcome)
    last = name(course(executor.blotter, name).attempt - 1)
    _follow(venue, executor, clock, last)
    gone = course(executor.blotter, name)
    if gone.open:
        raise OrderUnknown(
            f"What became of the launch purchase {last} could not be read to its end.",
            "Start the grid again: it reads that first, and buys nothing twice.",
            client_id=last,
        )
    bought = gone.filled
    if bought < size:
        state = executor.blotter.orders[last].state
        raise OrderRejected(
            f"Of the launch purchase, {plain(size)} {made.instrument.base}, {plain(bought)} were bought: {last} is "
            f"{state}.",
            "Look at ox.fills(session), then start the grid again: it buys what is left.",
            client_id=last,
        )


def _follow(venue: Venue, executor: Executor, clock: Clock, client_id: str) -> None:
    """Wait until the order has ended and its executions are known."""
    executor.settle()
    entry = executor.blotter.orders[client_id]
    for pause in _PAUSES:
        if entry.settled:
            return
        clock.sleep(pause)
        settle_order(venue, executor.journal, entry)
        executor.settle(patience_ms=0)
