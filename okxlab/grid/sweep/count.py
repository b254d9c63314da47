"""Counting: the rows of a sweep put to the index, on as many threads as there are."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from okxlab.grid.kernels import Ints
from okxlab.grid.kernels.money import AMOUNTS, INEXACT, REFUSED, Amounts, settle_counts
from okxlab.grid.kernels.tally import COLUMNS, COUNTED, STATE, TOO_LARGE, Ladders, tally
from okxlab.grid.levels import geometric_floor
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.rows import Block
from okxlab.grid.sweep.scale import Money

# Rows one thread takes at a time.
_SLICE = 2048
_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Counts (one row each, the columns of `kernels.tally`) and amounts (one column each, rows of `kernels.money`)."""

    counts: Ints
    amounts: Amounts


def count(index: PathIndex, block: Block, money: Money, pool: Executor) -> Counted:
    """Count the rows of a block. What became of a row is in STATE."""
    rows = block.refused.size
    counted = Counted(np.zeros((rows, COLUMNS), np.int64), np.zeros((AMOUNTS, rows)))
    counted.counts[:, STATE] = np.where(block.refused, REFUSED, TOO_LARGE)
    if not index.blocks:
        return counted
    sizes = np.searchsorted(index.widths, 2 * (block.steps + index.ends.strict), side="right") - 1
    sizes[block.refused] = -1

    def work(task: tuple[int, Ints]) -> None:
        size, numbers = task
        unsure = tally(index.blocks[size], index.ends, block.ladders, numbers, _NOTHING, counted.counts)
        if unsure[0].size:
            _settle(index, size, block.ladders, unsure, counted.counts)
        if money.compiled:
            settle_counts(counted.counts, numbers, block.investment, money.scale, money.units, counted.amounts)

    list(pool.map(work, _tasks(sizes.astype(np.int16))))
    if not money.compiled:
        counted.counts[counted.counts[:, STATE] == COUNTED, STATE] = INEXACT
    return counted


def _tasks(sizes: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> Iterator[tuple[int, Ints]]:
    order = np.argsort(sizes, kind="stable")
    starts = np.searchsorted(sizes[order], np.arange(sizes.max(initial=0) + 2))
    for size, (start, stop) in enumerate(pairwise(starts.tolist())):
        for first in range(start, stop, _SLICE):
            yield size, order[first : min(stop, first + _SLICE)]


def _settle(index: PathIndex, size: int, ladders: Ladders, unsure: tuple[Ints, Ints], counts: Ints) -> None:
    """Count the rows again whose levels floats could not tell, with those levels worked out in whole numbers."""
    numbers, places = unsure
    floors = [
        geometric_floor(int(ladders.low[row]), int(ladders.high[row]), int(ladders.grids[row]), int(i))
        for row, i in zip(numbers, places, strict=True)
    ]
    again = numbers[np.concatenate(([True], numbers[1:] != numbers[:-1]))]
    tally(index.blocks[size], index.ends, ladders, again, np.array(floors, dtype=np.int64), counts)
