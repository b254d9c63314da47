"""The turning points of a path that matter to intervals of a certain width."""

import numpy as np
import numpy.typing as npt
from numba import njit

from okxlab.grid.kernels.walk import Flags, Ints

Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def zigzag(
    bars: tuple[Floats, Floats, Floats, Floats], wide: Ints, low_first: Flags, swing: float
) -> Floats:  # pragma: no cover - compiled, so no line of it is seen running
    """Give the turning points of the candles' path, swings smaller than ``swing`` left out, in time's order.

    ``bars`` are open, high, low and close. ``wide`` lists the rows whose range reaches ``swing``, ``low_first`` tells
    of each whether its low is visited before its high. An interval at least ``swing`` wide has at most one of its two
    prices in any other row, so there the order within the row does not matter, nor do its open and close. The first
    and the last turning point are the ends of the first and the last swing; a path without one gives its two extremes.
    """
    opens, highs, lows, closes = bars
    turns = np.empty(4 * opens.size + 2, np.float64)
    used = next_wide = way = 0
    bottom = top = opens[0]
    for row in range(opens.size):
        low, high = lows[row], highs[row]
        is_wide = next_wide < wide.size and wide[next_wide] == row
        next_wide += is_wide
        if (way > 0 and high <= top and low > top - swing) or (way < 0 and low >= bottom and high < bottom + swing):
            continue
        first = not is_wide or low_first[next_wide - 1]
        for point in range(0 if is_wide else 1, 4 if is_wide else 3):
            if point % 3 == 0:
                price = opens[row] if point == 0 else closes[row]
            else:
                price = low if first == (point == 1) else high
            # `bottom` and `top` are the extremes since the last turn; before the first one, since the start.
            if way >= 0 and price > top:
                top = price
            if way <= 0 and price < bottom:
                bottom = price
            turned = (
                (way > 0 and price <= top - swing)
                or (way < 0 and price >= bottom + swing)
                or (way == 0 and top - bottom >= swing)
            )
            if not turned:
                continue
            falls = price == bottom if way == 0 else way > 0
            turns[used] = top if falls else bottom
            used += 1
            way = -1 if falls else 1
            bottom = top = price
    turns[used] = top if way > 0 else bottom
    used += 1
    if way == 0:
        turns[used] = top
        used += 1
    return turns[:used].copy()
