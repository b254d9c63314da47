"""The fast walk over a year of candles, every fill in order."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# A whole number: Python's own outside, of 64 bits in compiled code.
Whole = Any


@njit(cache=True)
def walk(
    path: Ints, low_first: Flags, buy_at: Ints, sell_at: Ints, start: int
) -> tuple[Ints, Ints, Flags]:  # pragma: no cover - compiled, so no line of it is seen running
    """Play a ladder over candles and give every fill in order: candle, interval, whether it is a buy.

    All prices are half ticks (see `path`). ``path`` has one row a candle: open, high, low, close. The whole state is
    one number: the intervals from ``state`` up hold a unit and rest a sell, those below rest a buy. So only two orders
    can be next: the buy of interval ``state - 1``, filled at ``buy_at[state]`` or below, and the sell of interval
    ``state``, filled at ``sell_at[state]`` or above.
    """
    state = start
    used = 0
    candle = np.empty(1024, np.int64)
    level = np.empty(1024, np.int64)
    buy = np.empty(1024, np.bool_)
    for row in range(path.shape[0]):
        if path[row, 2] > buy_at[state] and path[row, 1] < sell_at[state]:
            continue
        for point in range(4):
            # Columns in the order the price visits them: 0, then 2 and 1 or 1 and 2, then 3.
            column = 3 - point if low_first[row] and 0 < point < 3 else point
            price = path[row, column]
            while price <= buy_at[state] or price >= sell_at[state]:
                if used == candle.size:
                    candle = np.concatenate((candle, np.empty(used, np.int64)))
                    level = np.concatenate((level, np.empty(used, np.int64)))
                    buy = np.concatenate((buy, np.empty(used, np.bool_)))
                falls = price <= buy_at[state]
                state -= falls
                candle[used] = row
                level[used] = state
                buy[used] = falls
                state += not falls
                used += 1
    return candle[:used], level[:used], buy[:used]
