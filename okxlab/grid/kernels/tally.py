"""The count of a whole sweep: what each grid did over a path, in whole numbers, without playing it."""

from typing import NamedTuple

import numpy as np
from numba import njit

from okxlab.grid.kernels.blocks import Blocks, rises
from okxlab.grid.kernels.walk import Flags, Ints, Whole

# The columns of a count. Prices are in ticks; a sum is over every fill of its kind.
LAUNCH_UNITS, SELLS, BUYS, LAUNCH_SOLD, UNITS_END = 0, 1, 2, 3, 4
SOLD_AT, LAUNCH_SOLD_AT, BOUGHT_AT, CLOSED_AT, WAITS_AT, STATE = 5, 6, 7, 8, 9, 10
COLUMNS = 11

# What STATE says of a row.
COUNTED, COLLAPSED, UNSETTLED, TOO_LARGE = 0, 1, 2, 3

# One more than the most intervals a grid may have.
MOST_LEVELS = 1001

# Sums below this stay whole in 64 bits.
_ROOM = 2.0**61


class Ends(NamedTuple):
    """Launch price, lowest and highest point of a path in half ticks; ``strict`` is 1 where fills ask for more."""

    start: int
    bottom: int
    top: int
    strict: int


class Ladders(NamedTuple):
    """The grids of a sweep: bounds in ticks, number of intervals, whether their steps are geometric."""

    low: Ints
    high: Ints
    grids: Ints
    geometric: Flags


@njit(cache=True, nogil=True)
def _first_from(levels: Ints, start: Whole, stop: Whole, price: Whole) -> Whole:  # pragma: no cover - compiled
    """Give the first place from ``start`` on whose level is at or above ``price``, else ``stop``."""
    while start < stop:
        middle = (start + stop) >> 1
        if levels[middle] < price:
            start = middle + 1
        else:
            stop = middle
    return start


@njit(cache=True, nogil=True)
def _arithmetic(levels: Ints, low: Whole, high: Whole, grids: Whole) -> None:  # pragma: no cover - compiled
    """Write ``low + i (high - low) // grids`` for every i, carrying the remainder along."""
    step, rest = (high - low) // grids, (high - low) % grids
    level, carried = low, 0
    for i in range(grids + 1):
        levels[i] = level
        carried += rest
        over = carried >= grids
        carried -= grids * over
        level += step + over


@njit(cache=True, nogil=True)
def _geometric(levels: Ints, low: Whole, high: Whole, grids: Whole) -> Whole:  # pragma: no cover - compiled
    """Write the whole part of ``low (high / low) ** (i / grids)`` for every i.

    A price this near a whole tick that floats cannot tell its side is written as -1. Gives how many are.
    """
    growth = np.log(high / low)
    ratio, price, unsure = np.exp(growth / grids), float(low), 0
    for i in range(1, grids):
        price *= ratio
        # Each product rounds once and the ratio is off by a few roundings, some of them multiplied by i.
        margin = price * (i + 4 + growth) * 2.0**-50
        level = np.int64(price + margin)
        doubt = level > price - margin
        levels[i] = -1 if doubt else level
        unsure += doubt
    levels[0], levels[grids] = low, high
    return unsure


@njit(cache=True, nogil=True)
def _waiting_at_end(
    levels: Ints, grids: Whole, waiting: Whole, tail: Ints, strict: Whole
) -> Whole:  # pragma: no cover - compiled
    """Give how many intervals wait for a buy after the path's last swings, from how many did before them."""
    falls = tail[0] < tail[1]
    for price in tail:
        if falls:
            waiting = min(waiting, _first_from(levels, 0, grids, (price + strict + 1) >> 1))
        else:
            waiting = max(waiting, _first_from(levels, 1, grids + 1, ((price - strict) >> 1) + 1) - 1)
        falls = not falls
    return waiting


@njit(cache=True, nogil=True)
def _count(blocks: Blocks, ends: Ends, levels: Ints, grids: Whole, row: Ints) -> None:  # pragma: no cover - compiled
    """Write the count of one grid."""
    waiting = _first_from(levels, 0, grids, (ends.start + 1) >> 1)
    reached = _first_from(levels, 1, grids + 1, ((ends.top - ends.strict) >> 1) + 1) - 1
    begin = _first_from(levels, 0, grids, (ends.bottom + ends.strict + 1) >> 1)
    at_end = _waiting_at_end(levels, grids, waiting, blocks.tail, ends.strict)
    launch_sold = max(0, reached - waiting)
    sells = sold_at = bought_at = 0
    below, above = ends.strict + ends.bottom, ends.strict - ends.bottom
    for i in range(begin, reached):
        times = rises(blocks, 2 * levels[i] - below, 2 * levels[i + 1] + above)
        sells += times
        sold_at += times * levels[i + 1]
        bought_at += times * levels[i]
    closed_at, waits_at, launch_sold_at = bought_at, 0, 0
    for i in range(waiting):
        waits_at += levels[i]
    for i in range(waiting, waiting + launch_sold):
        launch_sold_at += levels[i + 1]
        closed_at -= levels[i]
    # What holds a unit at the end and did not at launch was bought once more than sold, and the other way about.
    for i in range(min(at_end, waiting), max(at_end, waiting)):
        bought_at += levels[i] if at_end < waiting else -levels[i]
    row[LAUNCH_UNITS], row[UNITS_END] = grids - waiting, grids - at_end
    row[SELLS], row[BUYS], row[LAUNCH_SOLD] = sells, sells + waiting - at_end, launch_sold
    row[SOLD_AT], row[BOUGHT_AT], row[CLOSED_AT] = sold_at, bought_at, closed_at
    row[LAUNCH_SOLD_AT], row[WAITS_AT] = launch_sold_at, waits_at
    row[STATE] = COUNTED if (2.0 * sells + grids) * levels[grids] < _ROOM else TOO_LARGE


@njit(cache=True, nogil=True)
def tally(  # noqa: PLR0917  compiled code is called by position
    blocks: Blocks, ends: Ends, ladders: Ladders, order: Ints, settled: Ints, counts: Ints
) -> tuple[Ints, Ints]:  # pragma: no cover - compiled, so no line of it is seen running
    """Count the rows listed in ``order`` and write them into ``counts``; all their intervals are of this size or wider.

    A geometric level this near a whole tick that floats cannot tell its side is taken from ``settled``, in turn; once
    that is used up the row is left UNSETTLED. Gives those levels: their rows and their numbers, in the same turn.
    """
    levels = np.empty(MOST_LEVELS, np.int64)
    most = found = taken = 0
    for number in order:
        most += ladders.grids[number]
    unsure = np.empty((2, most), np.int64)
    for number in order:
        low, high, grids = ladders.low[number], ladders.high[number], ladders.grids[number]
        row, doubts = counts[number], 0
        if ladders.geometric[number]:
            doubts = _geometric(levels, low, high, grids)
        else:
            _arithmetic(levels, low, high, grids)
        left = doubts > 0 and taken == settled.size
        for i in range(grids if doubts else 0):
            if levels[i] < 0 and left:
                unsure[0, found], unsure[1, found] = number, i
                found += 1
            elif levels[i] < 0:
                levels[i] = settled[taken]
                taken += 1
        if left:
            row[STATE] = UNSETTLED
        elif levels[1] == levels[0]:
            row[STATE] = COLLAPSED
        else:
            _count(blocks, ends, levels, grids, row)
    return unsure[0, :found].copy(), unsure[1, :found].copy()
