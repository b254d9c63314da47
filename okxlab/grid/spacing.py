"""How narrow intervals may be: the most grids of a range whose round trips still pay their fees."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import log

from okxlab.grid.levels import Rounding, in_ticks, level_ticks
from okxlab.grid.money import ONE, RATIO, ceil_step, fee_rate
from okxlab.grid.terms import MOST_GRIDS, Spacing, check_range, check_spacing
from okxlab.model import Number, exact


def most_grids(low: Number, high: Number, spacing: str, tick: Number, fee: Number, *, contract: bool = False) -> int:
    """Give the largest number of intervals, 1000 at most, of which none loses to the fees; 0 when there is none.

    Levels are rounded to the tick as the grid's are: down for spot, half up for contracts.

    Parameters
    ----------
    low, high, spacing, tick
        As in `levels`.
    fee
        Fee of one side as a fraction; the maker fee, for both orders of a round trip rest.
    contract
        Whether fees are taken from the margin, as in contract grids, and not from what is received.

    Examples
    --------
    >>> most_grids(85_000, 95_000, "arithmetic", "0.1", "0.0008")
    65
    """
    kind, step, rate = check_spacing(spacing), exact(tick, "tick"), fee_rate(fee, "fee")
    bottom, top = exact(low, "low"), exact(high, "high")
    check_range(bottom, top)
    first, last = in_ticks(bottom, step, "low"), in_ticks(top, step, "high")
    rounding: Rounding = "half_up" if contract else "floor"
    for grids in range(_bound(first, last, rate, contract=contract), 1, -1):
        if _pays(level_ticks(first, last, grids, kind, rounding), grids, kind, pays(rate, contract=contract)):
            return grids
    return 0


def break_even_step(price: Decimal, ratio: Decimal, tick: Decimal) -> Decimal:
    """Give the smallest step above a price, in whole ticks, that does not lose; ``ratio`` is the break-even.

    >>> break_even_step(Decimal(90_000), Decimal("1.001602"), Decimal("0.1"))
    Decimal('144.2')
    """
    return ceil_step(max(RATIO.multiply(price, RATIO.subtract(ratio, ONE)), Decimal(0)), tick)


def pays(fee: Decimal, *, contract: bool = False) -> Callable[[int, int], bool]:
    """Give a function from a lower and an upper price, in ticks, to whether a round trip between them does not lose.

    >>> pays(Decimal("0.2"))(64, 100), pays(Decimal("0.2"))(64, 99)
    (True, False)
    """
    rate = Fraction(fee)
    gain, cost = (1 - rate, 1 + rate) if contract else ((1 - rate) ** 2, Fraction(1))
    scale = gain.denominator * cost.denominator
    up, down = int(gain * scale), int(cost * scale)
    return lambda lower, upper: lower < upper and upper * up >= lower * down


def _bound(first: int, last: int, fee: Decimal, *, contract: bool) -> int:
    """Give a number of intervals that no grid that pays exceeds: their ratios multiply to that of the range."""
    ratio = (1 + fee) / (1 - fee) if contract else 1 / (1 - fee) ** 2
    most = log(last / first) / log(ratio) + 1 if ratio > 1 else MOST_GRIDS
    return int(min(most, last - first, MOST_GRIDS))


def _pays(price: Callable[[int], int], grids: int, spacing: Spacing, enough: Callable[[int, int], bool]) -> bool:
    # From the end where intervals are narrowest, so that most numbers are done with after one look.
    places = reversed(range(grids)) if spacing == "arithmetic" else iter(range(grids))
    return all(enough(price(i), price(i + 1)) for i in places)
