"""Prices as half ticks, in one pass."""

import numpy as np
from numba import njit

from okxlab.grid.kernels.contract import Floats
from okxlab.grid.kernels.walk import Ints


@njit(cache=True, nogil=True)
def halves(
    prices: Floats, numerator: int, scale: float
) -> Ints:  # pragma: no cover - compiled, so no line of it is seen running
    """Write prices, in one row, as half ticks of ``numerator / scale``; they are below 10**15 smallest decimals.

    Three roundings put the quotient off by less than 0.4, so ``near`` is under one tick from the price. ``near *
    numerator`` has at most fifteen digits and the division rounds once: that is the float that names the tick, and no
    other decimal as short does, so comparing the floats compares the decimals.
    """
    made = np.empty(prices.size, np.int64)
    for place in range(prices.size):
        price = prices[place]
        near = np.int64(np.rint(price * scale / numerator))
        named = (near * numerator) / scale
        made[place] = 2 * near + (price > named) - (price < named)
    return made
