"""Where the intervals of a run stand, and what they lack: a function of its journal alone."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import partial

from okxlab.grid import GridOrder, Ladder, rotate
from okxlab.model import OrderRequest
from okxlab.trading.blotter import Blotter
from okxlab.trading.naming import client_id
from okxlab.trading.records import Filled
from okxlab.trading.remainder import remainder
from okxlab.trading.tally import EXACT

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Course:
    """How far one order has come over all attempts at it.

    ``open``: the last attempt can still fill, or its end is not known, or executions of it are still to be read.
    ``attempt`` is the number of the next one; ``parts`` are the executions of all.
    """

    open: bool
    attempt: int
    filled: Decimal
    parts: tuple[Filled, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interval stands: at which of its orders, and what is to be placed for it now."""

    order: GridOrder
    lacking: OrderRequest | None


def course(blotter: Blotter, name: Callable[[int], str]) -> Course:
    """Follow an order through its attempts; ``name`` gives the client id of each."""
    filled, parts, attempt = _ZERO, list[Filled](), 1
    while (entry := blotter.orders.get(name(attempt))) is not None:
        parts += entry.parts
        filled += entry.filled
        attempt += 1
        if not entry.settled:
            return Course(open=True, attempt=attempt, filled=filled, parts=tuple(parts))
    return Course(open=False, attempt=attempt, filled=filled, parts=tuple(parts))


def stand(run: str, ladder: Ladder, blotter: Blotter, order: GridOrder) -> Place:
    """Follow an interval from one of its orders to the one it stands at.

    An order that ended before it was whole is placed again, what is left of it, as another attempt.
    """
    minimum = ladder.instrument.minimum
    while True:
        name = partial(client_id, run, order)
        gone = course(blotter, name)
        if gone.open:
            return Place(order, None)
        rest = remainder(order.side, order.size, gone.filled, minimum)
        if rest:
            symbol = ladder.spec.symbol
            return Place(order, OrderRequest(symbol, order.side, rest, order.price, name(gone.attempt)))
        order = _next(ladder, order, gone.parts)


def _next(ladder: Ladder, order: GridOrder, parts: tuple[Filled, ...]) -> GridOrder:
    """Give the order that follows a whole one, a sell no larger than what its buy brought after the fee."""
    if order.side == "sell":
        return rotate(ladder, order)
    with localcontext(EXACT):
        return rotate(ladder, order, received=sum((_received(part, ladder) for part in parts), _ZERO))


def _received(part: Filled, ladder: Ladder) -> Decimal:
    paid = Decimal(part.fee) if part.fee_currency == ladder.instrument.base else _ZERO
    return Decimal(part.size) - paid
