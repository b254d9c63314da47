"""The fast walk over a year of candles, every fill in order."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# A whole number: Python's own outside, of 64 bits in compiled code.
Whole = Any


# Fills there is room for at first.
_ROOM = 2**15
# Candles whose extremes are looked at together.
_SPAN = 32


@njit(cache=True, nogil=True)
def spans(path: Ints) -> Ints:  # pragma: no cover - compiled, so no line of it is seen running
    """Give the highest high and the lowest low of every 32 candles, a row each, so that `walk` can pass over them."""
    rows = path.shape[0]
    extremes = np.empty(((rows + _SPAN - 1) // _SPAN, 2), np.int64)
    for span in range(extremes.shape[0]):
        first = span * _SPAN
        high, low = path[first, 1], path[first, 2]
        for row in range(first + 1, min(first + _SPAN, rows)):
            high, low = max(high, path[row, 1]), min(low, path[row, 2])
        extremes[span, 0], extremes[span, 1] = high, low
    return extremes


@njit(cache=True, nogil=True)
def walk(  # noqa: PLR0917  compiled code is called by position
    path: Ints, extremes: Ints, low_first: Flags, buy_at: Ints, sell_at: Ints, start: int
) -> tuple[Ints, Ints, Flags]:  # pragma: no cover - compiled, so no line of it is seen running
    """Play a ladder over candles and give every fill in order: candle, interval, whether it is a buy.

    All prices are half ticks (see `path`). ``path`` has one row a candle: open, high, low, close; ``extremes`` are its
    `spans`. The whole state is one number: the intervals from ``state`` up hold a unit and rest a sell, those below
    rest a buy. So only two orders can be next: the buy of interval ``state - 1``, filled at ``buy_at[state]`` or below,
    and the sell of interval ``state``, filled at ``sell_at[state]`` or above.
    """
    candle, level, buy = np.empty(_ROOM, np.int64), np.empty(_ROOM, np.int64), np.empty(_ROOM, np.bool_)
    row, state, used = 0, start, 0
    while True:
        place = row, state, used
        row, state, used = _stretch((path, extremes, low_first), (buy_at, sell_at), place, (candle, level, buy))
        if row == path.shape[0]:
            return candle[:used], level[:used], buy[:used]
        more = max(candle.size, 4 * buy_at.size)
        candle = np.concatenate((candle, np.empty(more, np.int64)))
        level = np.concatenate((level, np.empty(more, np.int64)))
        buy = np.concatenate((buy, np.empty(more, np.bool_)))


@njit(cache=True, nogil=True)
def _stretch(
    road: tuple[Ints, Ints, Flags],
    triggers: tuple[Ints, Ints],
    place: tuple[int, int, int],
    fills: tuple[Ints, Ints, Flags],
) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Play on from a row, a state and a number of fills while there is room for the fills of one more candle.

    Room is made outside: a loop that may put other arrays in the place of these is four times slower.
    """
    path, extremes, low_first = road
    buy_at, sell_at = triggers
    candle, level, buy = fills
    begin, state, used = place
    rows, last = path.shape[0], candle.size - 4 * buy_at.size
    falls_to, rises_to = buy_at[state], sell_at[state]
    for span in range(begin // _SPAN, extremes.shape[0]):
        if extremes[span, 1] > falls_to and extremes[span, 0] < rises_to:
            continue
        for row in range(max(begin, span * _SPAN), min(rows, (span + 1) * _SPAN)):
            if path[row, 2] > falls_to and path[row, 1] < rises_to:
                continue
            if used > last:
                return row, state, used
            for point in range(4):
                # Columns in the order the price visits them: 0, then 2 and 1 or 1 and 2, then 3.
                price = path[row, 3 - point if low_first[row] and 0 < point < 3 else point]
                while price <= buy_at[state]:
                    state -= 1
                    candle[used], level[used], buy[used] = row, state, True
                    used += 1
                while price >= sell_at[state]:
                    candle[used], level[used], buy[used] = row, state, False
                    state += 1
                    used += 1
            falls_to, rises_to = buy_at[state], sell_at[state]
    return rows, state, used
