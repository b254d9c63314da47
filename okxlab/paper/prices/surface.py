"""The volatility that options are priced with: a level that swings slowly, a term, and a smile around the forward.

Floats all through: they make up markets, and nothing is booked with them.
"""

from typing import Any

import numpy as np

from okxlab.paper.prices.noise import Floats, key, waves

_LEVELS = {"BTC": 0.52, "ETH": 0.68}
_SWINGS = ((20_160, 0.1), (2880, 0.05), (240, 0.01))  # of the log, minutes and size
_NEAR = 0.12  # so much more (or, when it swings down, less) for what ends soon
_NEAR_YEARS = 0.06
_SKEW, _CURVE, _WIDEST = -0.04, 0.03, 4.0  # of the smile, and how many deviations it reaches
_LEAST, _MOST = 0.15, 3.0


def level(seed: int, coin: str, minutes: Floats) -> Floats:
    """Give a coin's volatility (a share a year) for the far future at times, in minutes since 1970, ascending."""
    out: Floats = _LEVELS[coin] * np.exp(waves(key(seed, f"{coin}/volatility"), minutes, _SWINGS))
    return out


def volatility(base: Any, years: Any, distance: Any) -> Any:
    """Give the volatility of an option.

    Parameters
    ----------
    base
        The `level`.
    years
        Left until expiry.
    distance
        The log of strike over forward.
    """
    left = np.maximum(years, 1e-6)
    near = 1 + _NEAR * np.exp(-left / _NEAR_YEARS)
    steps = _WIDEST * np.tanh(distance / (base * np.sqrt(np.maximum(left, 1 / 365))) / _WIDEST)
    return np.clip(base * near * (1 + _SKEW * steps + _CURVE * steps**2), _LEAST, _MOST)
