"""Rotation: which orders rest after launch, and which order follows a filled one."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import InputError
from okxlab.grid.ladder import Ladder
from okxlab.grid.money import floor_step
from okxlab.model import Side


@dataclass(frozen=True, slots=True)
class GridOrder:
    """One resting order of an interval: ``price`` in quote, ``size`` in base; ``cycle`` counts the orders before it."""

    interval: int
    cycle: int
    side: Side
    price: Decimal
    size: Decimal


def opening(ladder: Ladder) -> list[GridOrder]:
    """Give the order that rests in each interval after launch, lowest interval first.

    An interval whose lower level is at or above the launch price holds a unit and rests a sell at its upper level;
    any other rests a buy at its lower level. One level stays empty: the first at or above the launch price.

    Examples
    --------
    >>> from okxlab.grid import GridSpec, ladder
    >>> from okxlab.model import Instrument
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = ladder(spec, Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"), 105)
    >>> [(order.side, str(order.price)) for order in opening(made)]
    [('buy', '100.0'), ('sell', '110.0'), ('sell', '115.0'), ('sell', '120.0')]
    """
    return [
        GridOrder(i, 0, "sell", ladder.levels[i + 1], ladder.launch_sell_size_of(i))
        if ladder.holds(i)
        else GridOrder(i, 0, "buy", ladder.levels[i], ladder.buy_size_of(i))
        for i in range(ladder.spec.grids)
    ]


def rotate(ladder: Ladder, order: GridOrder, *, received: Decimal | None = None) -> GridOrder:
    """Give the order that follows a wholly filled one, in the same interval.

    A filled buy is followed by a sell at the interval's upper level, a filled sell by a buy at its lower level.

    Parameters
    ----------
    ladder, order
        The grid and its order that filled.
    received
        What a buy brought after its fee, in base currency, where that is known; without it the maker fee was paid. The
        sell offers whole lots of it, never more.

    Raises
    ------
    InputError
        When the ladder has no such interval.
    """
    i = order.interval
    if not 0 <= i < ladder.spec.grids:
        raise InputError(
            f"The order names interval {i}, and the ladder has {ladder.spec.grids}.", "Give an order of this ladder."
        )
    if order.side == "sell":
        return GridOrder(i, order.cycle + 1, "buy", ladder.levels[i], ladder.buy_size_of(i))
    size = ladder.rotated_sell_size_of(i) if received is None else floor_step(received, ladder.instrument.lot)
    return GridOrder(i, order.cycle + 1, "sell", ladder.levels[i + 1], size)
