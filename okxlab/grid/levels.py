"""The prices of a grid: exact, and rounded to the tick once per level."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from math import gcd, log, log1p
from typing import Literal

from okxlab.errors import SpecError
from okxlab.grid.money import EXACT, ceil_step, floor_step
from okxlab.grid.terms import Spacing, check_grids, check_range, check_spacing
from okxlab.model import Number, exact, plain

Rounding = Literal["floor", "half_up"]

_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_MARGIN = Decimal("1e-20")


def levels(  # noqa: PLR0917  the six values of a ladder read in this order everywhere
    low: Number, high: Number, grids: int, spacing: str, tick: Number, rounding: Rounding = "floor"
) -> tuple[Decimal, ...]:
    """Give the ``grids + 1`` prices of a grid, lowest first, all on the tick.

    Arithmetic prices are ``low + i (high - low) / grids``, geometric ones ``low (high / low) ** (i / grids)``, computed
    exactly and rounded to the tick once each; the first and the last are ``low`` and ``high``. Spot grids floor,
    contract grids round half up.

    Raises
    ------
    SpecError
        When a bound is off the tick or when levels fall together after rounding.

    Examples
    --------
    >>> [str(price) for price in levels("0.99", "1.02", 7, "arithmetic", "0.001")]
    ['0.990', '0.994', '0.998', '1.002', '1.007', '1.011', '1.015', '1.020']
    >>> [str(price) for price in levels(90, 120, 3, "geometric", "0.1")]
    ['90.0', '99.0', '109.0', '120.0']
    """
    step, count, kind = exact(tick, "tick"), check_grids(grids), check_spacing(spacing)
    if step <= 0:
        raise SpecError(f"tick is {tick!r}, which is not positive.", "Take it from ox.instruments().")
    if rounding not in ("floor", "half_up"):
        raise SpecError(f"rounding is {rounding!r}.", "Use 'floor' (spot grids) or 'half_up' (contract grids).")
    bottom, top = exact(low, "low"), exact(high, "high")
    check_range(bottom, top)
    first, last = in_ticks(bottom, step, "low"), in_ticks(top, step, "high")
    steps = list(map(level_ticks(first, last, count, kind, rounding), range(count + 1)))
    if any(below == above for below, above in pairwise(steps)):
        raise _collapse(first, last, count, kind, step)
    return tuple(EXACT.multiply(Decimal(number), step) for number in steps)


def in_ticks(price: Decimal, tick: Decimal, name: str) -> int:
    """Give a price as a number of ticks, or raise SpecError when it is off them."""
    whole, rest = EXACT.divmod(price, tick)
    if rest:
        below, above = plain(floor_step(price, tick)), plain(ceil_step(price, tick))
        raise SpecError(f"{name} is {plain(price)}, which is off the tick {plain(tick)}.", f"Use {below} or {above}.")
    return int(whole)


def level_ticks(first: int, last: int, grids: int, spacing: Spacing, rounding: Rounding) -> Callable[[int], int]:
    """Give a function from a level's number to its price, in ticks like ``first`` and ``last``.

    >>> price = level_ticks(900, 1200, 3, "geometric", "floor")
    >>> [price(i) for i in range(4)]
    [900, 990, 1090, 1200]
    """
    # floor(x + 1/2) is (floor(2x) + 1) // 2, so both roundings ask for one floor of a multiple of x.
    scale = 2 if rounding == "half_up" else 1
    floor = (_arithmetic if spacing == "arithmetic" else _geometric)(first, last, grids, scale)
    return floor if scale == 1 else lambda i: (floor(i) + 1) // 2


def _arithmetic(first: int, last: int, grids: int, scale: int) -> Callable[[int], int]:
    start, step = scale * first * grids, scale * (last - first)
    return lambda i: (start + i * step) // grids


def _geometric(first: int, last: int, grids: int, scale: int) -> Callable[[int], int]:
    growth = _WIDE.ln(_WIDE.divide(Decimal(last), Decimal(first)))

    def floor(i: int) -> int:
        if i in {0, grids}:
            return scale * (last if i else first)
        ratio = _WIDE.exp(_WIDE.divide(_WIDE.multiply(growth, Decimal(i)), Decimal(grids)))
        estimate = _WIDE.multiply(Decimal(scale * first), ratio)
        guess = int(estimate.to_integral_value(rounding=ROUND_FLOOR))
        # Sixty digits leave an error far below the margin, so only an estimate this near a whole number is in doubt.
        if not _MARGIN < _WIDE.subtract(estimate, Decimal(guess)) < 1 - _MARGIN:
            guess = _root(scale**grids * first ** (grids - i) * last**i, grids, guess)
        return guess

    return floor


def geometric_floor(first: int, last: int, grids: int, level: int) -> int:
    """Give the whole part of ``first (last / first) ** (level / grids)``, from whole numbers alone.

    >>> geometric_floor(100, 400, 2, 1), geometric_floor(900, 1200, 3, 1)
    (200, 990)
    """
    common = gcd(level, grids)
    degree, part = grids // common, level // common
    return _root(first ** (degree - part) * last**part, degree, round(first * (last / first) ** (level / grids)))


def _root(power: int, degree: int, guess: int) -> int:
    """Give the largest whole number whose ``degree``-th power is not above ``power``, starting from a near guess."""
    while guess**degree > power:
        guess -= 1
    while (guess + 1) ** degree <= power:
        guess += 1
    return guess


def _collapse(first: int, last: int, grids: int, spacing: Spacing, tick: Decimal) -> SpecError:
    # Steps of a tick or more always stay apart; the narrowest geometric step is the lowest one.
    most = last - first if spacing == "arithmetic" else int(log(last / first) / log1p(1 / first))
    fix = f"Use {most} grids or fewer, or a wider range." if most >= 2 else "Use a wider range."
    return SpecError(f"With {grids} grids some levels fall together on the tick {plain(tick)}.", fix)
