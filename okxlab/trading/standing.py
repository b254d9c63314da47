"""What stands of a run on the exchange, and which orders it lacks."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from okxlab.errors import OrderDenied
from okxlab.exchange import Session
from okxlab.grid import GridOrder, Ladder, opening, rotate
from okxlab.model import Order, plain
from okxlab.trading.enquiry import fills_of, finished, pending
from okxlab.trading.naming import is_launch, parse
from okxlab.trading.record import RunRecord
from okxlab.trading.tally import EXACT
from okxlab.trading.venue import SessionVenue


@dataclass(frozen=True, slots=True)
class Standing:
    """The launch order of a run, and the newest order of each interval, as the exchange knows them."""

    launch: Order | None
    newest: dict[int, tuple[GridOrder, Order]]

    @property
    def orders(self) -> list[Order]:
        """Those orders, without their places."""
        return [*([self.launch] if self.launch else []), *(order for _, order in self.newest.values())]

    @property
    def nothing(self) -> bool:
        """Whether the exchange knows nothing of this run."""
        return self.launch is None and not self.newest


def standing(session: Session, record: RunRecord) -> Standing:
    """Read what the exchange knows of a run: orders that rest, and those of the last three months."""
    symbol = record.ladder.spec.symbol
    launch, newest = None, dict[int, tuple[GridOrder, Order]]()
    # finished ones first and last: an order that ends between two reads is seen twice, never missed
    for order in [
        *finished(SessionVenue(session), symbol),
        *pending(SessionVenue(session), symbol),
        *finished(SessionVenue(session), symbol),
    ]:
        name = parse(record.run, order.client_id)
        if is_launch(record.run, order.client_id):
            launch = order
        if name is None or order.price is None:
            continue
        known = newest.get(name.interval)
        if known is None or (name.cycle, int(order.order_id)) >= (known[0].cycle, int(known[1].order_id)):
            newest[name.interval] = GridOrder(name.interval, name.cycle, name.side, order.price, order.size), order
    return Standing(launch, newest)


def resting(found: Standing) -> dict[int, GridOrder]:
    """Give the orders that can still fill, by interval."""
    return {interval: order for interval, (order, seen) in found.newest.items() if seen.active}


def lacking(session: Session, ladder: Ladder, found: Standing) -> list[GridOrder]:
    """Give the orders the ladder lacks, lowest interval first: never placed, or following one that filled.

    Raises
    ------
    OrderDenied
        When somebody cancelled an order that had filled in part: no order of the grid follows from that.
    """
    orders = [_next(session, ladder, first, found) for first in opening(ladder)]
    return [order for order in orders if order is not None]


def follow(session: Session, ladder: Ladder, order: GridOrder, order_id: str) -> GridOrder:
    """Give the order that follows a wholly filled one, a sell no larger than what its buy brought after the fee."""
    if order.side == "sell":
        return rotate(ladder, order)
    parts = fills_of(SessionVenue(session), ladder.spec.symbol, order_id)
    with localcontext(EXACT):
        return rotate(ladder, order, received=sum((part.size - part.fee for part in parts), Decimal(0)))


def _next(session: Session, ladder: Ladder, first: GridOrder, found: Standing) -> GridOrder | None:
    if first.interval not in found.newest:
        return first
    order, seen = found.newest[first.interval]
    if seen.active:
        return None
    if seen.state == "filled":
        return follow(session, ladder, order, seen.order_id)
    if seen.filled:
        raise OrderDenied(
            f"The {order.side} at {plain(order.price)} was cancelled after {plain(seen.filled)} of it had filled.",
            "Stop this grid with bot.stop() and start a new one.",
            client_id=seen.client_id,
        )
    return order
