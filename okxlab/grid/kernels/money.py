"""The money of a counted sweep: every amount exact in 128 bits, handed over as the float nearest to it."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from okxlab.grid.kernels.tally import (
    BOUGHT_AT,
    BUYS,
    CLOSED_AT,
    LAUNCH_SOLD,
    LAUNCH_SOLD_AT,
    LAUNCH_UNITS,
    SELLS,
    SOLD_AT,
    STATE,
    WAITS_AT,
)
from okxlab.grid.kernels.walk import Ints, Whole
from okxlab.grid.kernels.wide import above, minus, nearest, plus, product, times

Amounts = npt.NDArray[np.float64]

# The rows of the amounts, all but the last two in quote currency.
PROFIT, FLOATING, FEES, QUOTE_END, EQUITY_END, SIZE, BASE_END = 0, 1, 2, 3, 4, 5, 6
AMOUNTS = 7

# What STATE says of a row besides what the count says.
TOO_SMALL, INEXACT, REFUSED = 4, 5, 6

_FLOAT_ROOM = 2.0**123
_UNIT_ROOM = 2.0**50
_COST_ROOM = 2.0**61


class Scale(NamedTuple):
    """Whole factors that bring every amount to one smallest decimal, for quote and for base currency.

    The unit is the largest q with ``q * (WAITS_AT * cost_tick + LAUNCH_UNITS * cost_launch) * cost <= investment *
    funds``; a sell offers ``q * maker_kept // maker_one`` lots, of a launch unit ``q * taker_kept // taker_one``. The
    rest multiplies: ``invested`` the investment, ``launch`` lots bought at the launch price and ``launch_fee`` their
    fee; ``bought``, ``sold`` and ``fee`` lots times ticks: paid, received after the fee, and the fee; ``launch_kept``,
    ``bought_kept`` and ``offered`` lots in base currency; ``mark`` base into quote.
    """

    cost_tick: int
    cost_launch: int
    cost: int
    funds: int
    maker_kept: int
    maker_one: int
    taker_kept: int
    taker_one: int
    invested: int
    launch: int
    launch_fee: int
    bought: int
    sold: int
    fee: int
    launch_kept: int
    bought_kept: int
    offered: int
    mark: int
    lot: int
    smallest: int


class Units(NamedTuple):
    """The powers of ten that one unit of quote, of base and of lots is, as two floats each that add up to it."""

    quote: float
    quote_rest: float
    base: float
    base_rest: float
    lot: float
    lot_rest: float


@njit(cache=True, nogil=True)
def _unit(row: Ints, investment: Whole, scale: Scale) -> Whole:  # pragma: no cover - compiled
    """Give the unit in lots, or -1 where the numbers are too large for it."""
    cost = np.float64(row[WAITS_AT]) * scale.cost_tick + np.float64(row[LAUNCH_UNITS]) * scale.cost_launch
    guess = np.float64(investment) * scale.funds / (cost * scale.cost)
    if cost * scale.cost >= _COST_ROOM or guess >= _UNIT_ROOM:
        return -1
    each = (row[WAITS_AT] * scale.cost_tick + row[LAUNCH_UNITS] * scale.cost_launch) * scale.cost
    funds, unit = product(investment, scale.funds), np.int64(guess)
    while above(product(unit, each), funds):
        unit -= 1
    while not above(product(unit + 1, each), funds):
        unit += 1
    return unit


@njit(cache=True, nogil=True)
def _kept(unit: Whole, kept: Whole, one: Whole) -> Whole:  # pragma: no cover - compiled
    """Give ``unit * kept // one`` without the whole product."""
    return (unit // one) * kept + (unit % one) * kept // one


@njit(cache=True, nogil=True)
def _fits(row: Ints, investment: Whole, unit: Whole, scale: Scale) -> Any:  # pragma: no cover - compiled
    """Tell whether no amount of the row, nor any part of one, leaves 128 bits."""
    lots = 2.0 * unit
    traded = lots * (np.float64(row[BOUGHT_AT]) + np.float64(row[SOLD_AT]) + np.float64(row[CLOSED_AT]))
    base = lots * (row[LAUNCH_UNITS] + row[BUYS] + row[SELLS])
    quote = np.float64(investment) * scale.invested + traded * (scale.bought + scale.sold + abs(scale.fee))
    quote += lots * row[LAUNCH_UNITS] * (scale.launch + abs(scale.launch_fee))
    return quote + base * (scale.launch_kept + scale.bought_kept + scale.offered) * scale.mark < _FLOAT_ROOM


@njit(cache=True, nogil=True)
def settle_counts(  # noqa: PLR0917  compiled code is called by position
    counts: Ints, rows: Ints, investment: Ints, scale: Scale, units: Units, amounts: Amounts
) -> None:  # pragma: no cover - compiled, so no line of it is seen running
    """Write the amounts of the counted rows, or say in STATE why a row has none."""
    values = np.empty(AMOUNTS, np.float64)
    for number in rows:
        row, invested = counts[number], investment[number]
        if row[STATE] != 0:
            continue
        unit = _unit(row, invested, scale) if invested >= 0 else -1
        if 0 <= unit < scale.smallest:
            row[STATE] = TOO_SMALL
            continue
        if unit < 0 or not _fits(row, invested, unit, scale):
            row[STATE] = INEXACT
            continue
        rotated = _kept(unit, scale.maker_kept, scale.maker_one)
        launched = _kept(unit, scale.taker_kept, scale.taker_one)
        value = plus(product(rotated, row[SOLD_AT] - row[LAUNCH_SOLD_AT]), product(launched, row[LAUNCH_SOLD_AT]))
        offered = plus(product(rotated, row[SELLS] - row[LAUNCH_SOLD]), product(launched, row[LAUNCH_SOLD]))
        paid, closed = product(unit, row[BOUGHT_AT]), product(unit, row[CLOSED_AT])
        launch, launch_sold = product(unit, row[LAUNCH_UNITS]), product(unit, row[LAUNCH_SOLD])
        received = times(value, scale.sold)
        base = plus(times(launch, scale.launch_kept), times(product(unit, row[BUYS]), scale.bought_kept))
        base = minus(base, times(offered, scale.offered))
        worth = times(base, scale.mark)
        quote = minus(plus(product(invested, scale.invested), received), times(paid, scale.bought))
        quote = minus(quote, times(launch, scale.launch))
        profit = minus(minus(received, times(closed, scale.bought)), times(launch_sold, scale.launch))
        floating = minus(worth, times(minus(paid, closed), scale.bought))
        floating = minus(floating, times(minus(launch, launch_sold), scale.launch))
        fees = plus(times(launch, scale.launch_fee), times(plus(paid, value), scale.fee))
        sure = True
        for place, amount in enumerate((profit, floating, fees, quote, plus(quote, worth))):
            values[place], certain = nearest(amount, units.quote, units.quote_rest)
            sure &= certain
        values[SIZE], certain = nearest(product(unit, scale.lot), units.lot, units.lot_rest)
        sure &= certain
        values[BASE_END], certain = nearest(base, units.base, units.base_rest)
        if sure and certain:
            for place in range(AMOUNTS):
                amounts[place, number] = values[place]
        else:
            row[STATE] = INEXACT
