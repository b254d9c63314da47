"""The path of the price through candles, in whole numbers that compare as the exact decimals do.

A float stands for the shortest decimal that names it. A price that is ``k`` ticks is written as the half tick ``2k``,
one strictly between ``k`` and ``k + 1`` ticks as ``2k + 1``. Levels are even, so ``<``, ``<=``, ``=`` between a price
and a level are the same in half ticks as in decimals, and no price was rounded.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import CandleError
from okxlab.grid.kernels import Flags, Ints, halves
from okxlab.grid.money import EXACT
from okxlab.model import PRICES, exact, plain

Floats = npt.NDArray[np.float64]

# Up to fifteen significant digits no two decimals share a float, and powers of ten up to 1e22 are exact floats.
_DIGITS = 10**15
_POWERS = 22


def half_ticks(prices: Floats, tick: Decimal) -> Ints:
    """Write prices (float64, any shape) as half ticks (int64, same shape), exactly.

    Raises
    ------
    CandleError
        When a price is 10**15 smallest decimals of the tick or more: a float does not tell such prices apart.

    Examples
    --------
    >>> half_ticks(np.array([0.3, 0.34, 0.4]), Decimal("0.1"))
    array([6, 7, 8])
    """
    numerator, places = _fraction(tick)
    scale = 10.0**places
    _check_size(prices, scale, tick)
    flat = np.ascontiguousarray(prices, dtype=np.float64).ravel()
    return halves(flat, numerator, scale).reshape(prices.shape)


def whole_ticks(prices: Sequence[Decimal], tick: Decimal) -> Ints:
    """Give prices that are on the tick as whole ticks (int64).

    >>> whole_ticks([Decimal("0.3"), Decimal("1")], Decimal("0.1"))
    array([ 3, 10])
    """
    ticks = [int(EXACT.divide_int(price, tick)) for price in prices]
    if ticks[-1] >= _DIGITS:
        raise _too_fine(prices[-1], tick)
    return np.array(ticks, dtype=np.int64)


def path(candles: pd.DataFrame, tick: Decimal) -> tuple[Ints, Flags]:
    """Give the candles' open, high, low, close in half ticks, int64 of shape (rows, 4), and where the low comes first.

    The price goes from the open to the nearer extreme (on a tie the low), to the other extreme, to the close.
    """
    prices = np.ascontiguousarray(candles[PRICES].to_numpy(dtype=np.float64))
    return half_ticks(prices, tick), low_first(prices)


def low_first(prices: Floats) -> Flags:
    """Tell for each row of open, high, low, close whether its low is visited before its high.

    >>> low_first(np.array([[0.2, 0.3, 0.1, 0.2], [0.2, 0.25, 0.1, 0.2]]))
    array([ True, False])
    """
    opens, highs, lows = prices[:, 0], prices[:, 1], prices[:, 2]
    lead = (highs - opens) - (opens - lows)
    answer = lead >= 0
    # Seven half-units in the last place bound all roundings: those of the floats read as decimals and those above.
    near = np.flatnonzero((np.abs(lead) <= highs * 2.0**-50) & (highs > lows))
    answer[near] = _settle(prices[near, :3])
    return answer


def _settle(prices: Floats) -> Flags:
    """Decide near-ties exactly, in whole multiples of the fewest decimals that name all three prices."""
    answer = np.zeros(len(prices), dtype=np.bool_)
    rest = np.arange(len(prices))
    for places in range(_POWERS + 1):
        rows = prices[rest]
        whole = np.rint(rows * 10.0**places)
        named = ((whole < _DIGITS) & (whole / 10.0**places == rows)).all(axis=1)
        opens, highs, lows = whole[named].astype(np.int64).T
        answer[rest[named]] = 2 * opens <= highs + lows
        rest = rest[~named]
        if not rest.size:
            return answer
    for row in rest:
        open_, high, low = (exact(float(price)) for price in prices[row])
        answer[row] = _midway(open_, high, low)
    return answer


def _midway(open_: Decimal, high: Decimal, low: Decimal) -> bool:
    return EXACT.add(open_, open_) <= EXACT.add(high, low)


def _fraction(tick: Decimal) -> tuple[int, int]:
    """Write the tick as a whole number over a power of ten: its numerator and the power."""
    numerator, denominator = tick.as_integer_ratio()
    places = 0
    while 10**places % denominator:
        places += 1
    return numerator * (10**places // denominator), places


def _check_size(prices: Floats, scale: float, tick: Decimal) -> None:
    top = float(prices.max(initial=0.0))
    if top * scale >= _DIGITS or scale > 10.0**_POWERS:
        raise _too_fine(exact(top), tick)


def _too_fine(price: Decimal, tick: Decimal) -> CandleError:
    return CandleError(
        f"A price of {plain(price)} in ticks of {plain(tick)} needs more digits than a float holds.",
        "Give the tick the instrument trades in, from ox.instruments().",
    )
