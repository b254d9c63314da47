"""The index of one size of interval: how many rises begin at or below one price and end at or above another.

The rises are kept twice, ordered by where they begin and by where they end, both cut into blocks. A table holds, for
every pair of blocks, how many rises stand before the one and at or after the other; what is left of a question is
answered by looking through one block of each order, all of it at once and without a branch.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from okxlab.grid.kernels.walk import Ints, Whole

Small = npt.NDArray[np.int32]

# As many rises as are compared at once.
LANE = 32

_ONE = np.uint64(1)


class Blocks(NamedTuple):
    """The rises of one size and larger; prices are half ticks above the path's lowest.

    ``begin`` and ``end`` are the rises by where they begin, ``end_sorted`` and ``place`` (in the first order) by where
    they end, both filled up to whole blocks of ``width``. ``table[a, b]`` counts the rises before block ``a`` of the
    first order that stand in block ``b`` of the second or later. ``begin_head`` and ``end_head`` are the blocks' first
    prices; ``begin_at`` and ``end_at`` give the block to begin with for a price, shifted right by ``shift``. ``tail``
    is what the path's last swings of that size leave of its end: absolute half ticks.
    """

    width: int
    begin: Small
    end: Small
    end_sorted: Small
    place: Small
    table: Small
    begin_head: Small
    end_head: Small
    begin_at: Small
    end_at: Small
    shift: int
    tail: Ints


@njit(cache=True, nogil=True)
def block_table(
    place: Small, count: int, width: int
) -> Small:  # pragma: no cover - compiled, so no line of it is seen running
    """Count the rises before each block of the first order that stand in each block of the second or later.

    ``place`` gives the place in the first order of each rise of the second, of which the first ``count`` are rises.
    """
    blocks = place.size // width
    row = np.zeros(blocks, np.int32)
    table = np.zeros((blocks, blocks), np.int32)
    second = np.empty(count, np.int32)
    for number in range(count):
        second[place[number]] = number // width
    for block in range(1, blocks):
        for number in range((block - 1) * width, block * width):
            row[second[number]] += 1
        total = 0
        for other in range(blocks - 1, -1, -1):
            total += row[other]
            table[block, other] = total
    return table


@njit(cache=True, nogil=True)
def rises(
    blocks: Blocks, low: Whole, high: Whole
) -> Whole:  # pragma: no cover - compiled, so no line of it is seen running
    """Count the rises that begin at or below ``low`` and end at or above ``high``, both within the path's prices."""
    first = np.uint64(blocks.begin_at[np.uint64(low >> blocks.shift)])
    while blocks.begin_head[first + _ONE] <= low:
        first += _ONE
    last = np.uint64(blocks.end_at[np.uint64((high - 1) >> blocks.shift)])
    while blocks.end_head[last + _ONE] < high:
        last += _ONE
    left, right = first * np.uint64(blocks.width), last * np.uint64(blocks.width)
    below, above, edge, found = np.int32(low), np.int32(high), np.int32(left), np.int32(0)
    # A difference is negative where its comparison fails; the sign of both in one is taken for each rise of a lane.
    for lane in range(0, blocks.width, LANE):
        for step in range(LANE):
            i, j = left + np.uint64(lane + step), right + np.uint64(lane + step)
            found -= np.int32(~((below - blocks.begin[i]) | (blocks.end[i] - above))) >> np.int32(31)
            found += np.int32((blocks.end_sorted[j] - above) & (blocks.place[j] - edge)) >> np.int32(31)
    return np.int64(blocks.table[first, last]) + found


@njit(cache=True, nogil=True)
def order_of(keys: Ints) -> Ints:  # pragma: no cover - compiled, so no line of it is seen running
    """Give the places of the keys, which are not negative, from the smallest to the largest; equal ones keep theirs."""
    order, other = np.empty(keys.size, np.int64), np.empty(keys.size, np.int64)
    starts = np.empty(2049, np.int64)
    top: Whole = 0
    digit = 0
    for place in range(keys.size):
        order[place] = place
        top = max(top, keys[place])
    while top >> digit > 0:
        for bucket in range(2049):
            starts[bucket] = 0
        for key in keys:
            starts[((key >> digit) & 2047) + 1] += 1
        for bucket in range(2048):
            starts[bucket + 1] += starts[bucket]
        for key_place in order:
            digits = (keys[key_place] >> digit) & 2047
            other[starts[digits]] = key_place
            starts[digits] += 1
        order, other = other, order
        digit += 11
    return order
