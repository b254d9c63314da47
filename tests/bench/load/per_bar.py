"""What a sweep is compared with: every grid played over every bar, straightforwardly, in compiled code."""

from time import perf_counter

import numpy as np
from numba import njit

from okxlab.grid import levels
from okxlab.grid.path import path, whole_ticks


@njit(cache=True, nogil=True)
def play(points, ladder, start):
    """Play one ladder over the points of every bar, four each; give its buys and sells."""
    grids = ladder.size - 1
    state, buys, sells = start, 0, 0
    for price in points:
        while state > 0 and price <= ladder[state - 1]:
            state -= 1
            buys += 1
        while state < grids and price >= ladder[state + 1]:
            state += 1
            sells += 1
    return buys, sells


def per_bar(candles, specs, instrument):
    """Play each grid, set by set; give the fills of each, and the seconds that playing took without any preparation."""
    prices, low_first = path(candles, instrument.tick)
    prices[~low_first, 1:3] = prices[~low_first, 2:0:-1]
    points = prices[:, [0, 2, 1, 3]].ravel().astype(np.int32)
    ladders = [
        2 * whole_ticks(levels(row.low, row.high, row.grids, row.spacing, instrument.tick), instrument.tick)
        for row in specs.itertuples()
    ]
    ladders = [ladder.astype(np.int32) for ladder in ladders]
    starts = [int(np.searchsorted(ladder[:-1], points[0])) for ladder in ladders]
    play(points[:8], ladders[0], starts[0])
    began = perf_counter()
    fills = [sum(play(points, ladder, start)) for ladder, start in zip(ladders, starts, strict=True)]
    return np.array(fills), perf_counter() - began
