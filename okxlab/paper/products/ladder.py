"""The price levels of a grid, and what it costs at least."""

from collections.abc import Iterable
from decimal import Context, Decimal
from functools import lru_cache
from itertools import pairwise

from okxlab.paper.exact import floored, minus, plus, steps, times
from okxlab.paper.products.instrument import Instrument

_FINE = Context(prec=60)
_RESERVE = Decimal("1.002")  # OKX asks for so much more than the orders cost
_ROUND_TRIP = Decimal("0.9985")  # what OKX's suggestions leave of a round trip after fees
_HALF = Decimal("0.5")
_NEARLY = Decimal(1) + Decimal("1e-40")  # closer to the next tick than sixty digits can tell


def levels(instrument: Instrument, low: Decimal, high: Decimal, grids: int, *, geometric: bool) -> list[Decimal]:
    """Give the ``grids + 1`` prices of a grid on the tick: pairs round down, contracts to the nearest.

    A level that lies on a tick stays there: nothing is rounded before it is.
    """
    shift = _HALF * instrument.tick if instrument.contract else Decimal(0)
    return list(_prices(low, high, grids, (instrument.tick, shift), geometric=geometric))


@lru_cache(maxsize=1024)  # a page of a history asks again for the prices of a hundred grids
def _prices(
    low: Decimal, high: Decimal, grids: int, step: tuple[Decimal, Decimal], *, geometric: bool
) -> tuple[Decimal, ...]:
    level = _geometric if geometric else _arithmetic
    return (low, *(level(low, high, (place, grids), step) for place in range(1, grids)), high)


def _arithmetic(low: Decimal, high: Decimal, part: tuple[int, int], step: tuple[Decimal, Decimal]) -> Decimal:
    place, grids = part
    tick, shift = step
    times_grids = plus(times(grids, plus(low, shift)), times(place, minus(high, low)))
    return times(steps(times_grids, times(grids, tick)), tick)


def _geometric(low: Decimal, high: Decimal, part: tuple[int, int], step: tuple[Decimal, Decimal]) -> Decimal:
    place, grids = part
    tick, shift = step
    power = _FINE.power(_FINE.divide(high, low), _FINE.divide(Decimal(place), Decimal(grids)))
    price = _FINE.add(_FINE.multiply(low, power), shift)
    found, nearly = floored(price, tick), floored(_FINE.multiply(price, _NEARLY), tick)
    return nearly if nearly > found and not shift and _reached(nearly, low, high, part) else found


def _reached(price: Decimal, low: Decimal, high: Decimal, part: tuple[int, int]) -> bool:
    """Whether a price is at or below a level, in whole numbers: ``price**n <= low**(n-i) * high**i``."""
    place, grids = part
    unit = Decimal(1).scaleb(min(int(number.as_tuple().exponent) for number in (price, low, high)))
    each, lower, upper = (steps(number, unit) for number in (price, low, high))
    reached: bool = each**grids <= lower ** (grids - place) * upper**place
    return reached


def least_investment(instrument: Instrument, ladder: Iterable[Decimal], leverage: Decimal) -> Decimal:
    """Give what a grid costs at least, in quote or settlement currency, if its smallest orders rest on all levels."""
    bought, least = list(ladder)[:-1], times(instrument.minimum, _RESERVE)
    if instrument.contract is None:  # what is left of a unit after its fee must still be large enough to sell
        lots = steps(least, instrument.lot)
        least = times(lots + (times(lots, instrument.lot) < least), instrument.lot)
    worth = sum((instrument.worth(least, price) for price in bought), start=Decimal(0))
    return _FINE.divide(worth, leverage)


def profit_rates(ladder: list[Decimal]) -> tuple[Decimal, Decimal]:
    """Give the largest and the smallest profit of a round trip between neighbours, after fees, as OKX suggests them."""
    rates = [
        _FINE.subtract(_FINE.divide(_FINE.multiply(upper, _ROUND_TRIP), lower), 1) for lower, upper in pairwise(ladder)
    ]
    return max(rates), min(rates)


def most_grids(instrument: Instrument, low: Decimal, high: Decimal, *, geometric: bool, most: int) -> int:
    """Give into how many intervals a range can be cut so that each still earns more than its fees."""
    fits = 1
    step = most
    while step:
        count = fits + step
        if count <= most and _earns(instrument, low, high, count, geometric=geometric):
            fits = count
        else:
            step //= 2
    return fits


def _earns(instrument: Instrument, low: Decimal, high: Decimal, grids: int, *, geometric: bool) -> bool:
    ladder = levels(instrument, low, high, grids, geometric=geometric)
    return all(lower < upper for lower, upper in pairwise(ladder)) and profit_rates(ladder)[1] > 0
