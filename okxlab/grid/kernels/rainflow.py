"""Rainflow: a path taken apart into its closed cycles and what is left of it."""

import numpy as np
from numba import njit

from okxlab.grid.kernels.walk import Ints


@njit(cache=True, nogil=True)
def rainflow(turns: Ints) -> tuple[Ints, Ints, Ints]:  # pragma: no cover - compiled, so no line of it is seen running
    """Give every rise of a path, innermost cycles taken out first: where it begins, where it ends, and the residue.

    ``turns`` alternate between minima and maxima. Two neighbouring turns that lie between the two around them are a
    closed cycle: the path without it does to every interval what it did before, but for that one rise and fall. What
    cannot be shortened further is the residue; its rises are listed too. So an interval sells as often as there are
    rises that begin at or below its lower price and end at or above its upper one.
    """
    begins = np.empty(turns.size, np.int64)
    ends = np.empty(turns.size, np.int64)
    stack = np.empty(turns.size, np.int64)
    rises = height = 0
    for turn in turns:
        stack[height] = turn
        height += 1
        while height >= 4:
            before, left, right, after = stack[height - 4], stack[height - 3], stack[height - 2], stack[height - 1]
            low, high = min(left, right), max(left, right)
            if not (min(before, after) <= low and high <= max(before, after)):
                break
            begins[rises] = low
            ends[rises] = high
            rises += 1
            stack[height - 3] = after
            height -= 2
    for place in range(height - 1):
        if stack[place] < stack[place + 1]:
            begins[rises] = stack[place]
            ends[rises] = stack[place + 1]
            rises += 1
    return begins[:rises].copy(), ends[:rises].copy(), stack[:height].copy()
