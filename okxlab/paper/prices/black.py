"""What an option is worth when its underlying's log price is normal, and how that changes: Black's formula in floats.

Prices are in coin: dollars over the forward. Arrays are taken as well as single numbers.
"""

from dataclasses import dataclass
from math import erf, pi, sqrt
from typing import Any

import numpy as np

_GRID = np.linspace(-8, 8, 8001)
_BELOW = np.array([0.5 * (1.0 + erf(value / sqrt(2.0))) for value in _GRID.tolist()])
_LEAST = 1e-9  # of time and of deviation
_YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Greeks:
    """How a call or put changes: in dollars (Black-Scholes) and in coin (PA).

    ``delta`` and ``gamma`` are by a dollar of the forward, ``vega`` by a hundredth of volatility, ``theta`` by a day.
    In coin, ``delta`` is what a holder who counts in coin is exposed to: the dollar delta less the price.
    """

    delta: float
    gamma: float
    vega: float
    theta: float
    coin_delta: float
    coin_gamma: float
    coin_vega: float
    coin_theta: float


def normal(value: Any) -> Any:
    """Give the chance that a standard normal number is below a value; of arrays to six digits, from a table."""
    if isinstance(value, float):
        return 0.5 * (1.0 + erf(value / sqrt(2.0)))
    return np.interp(value, _GRID, _BELOW)


def price(right: str, forward: Any, strike: float, deviation: Any) -> Any:
    """Give the price in coin.

    Parameters
    ----------
    right
        ``C`` or ``P``.
    forward, strike
        In dollars.
    deviation
        Volatility times the root of the years left.
    """
    spread = np.maximum(deviation, _LEAST)
    upper = np.log(forward / strike) / spread + spread / 2
    call = normal(upper) - strike / forward * normal(upper - spread)
    out = call if right == "C" else call - 1 + strike / forward
    return np.maximum(out, 0.0)


def greeks(right: str, forward: float, strike: float, sigma: float, years: float) -> Greeks:
    """Give the greeks of one option; volatility is a share a year."""
    years = max(years, _LEAST)
    spread = sigma * sqrt(years)
    upper = np.log(forward / strike) / spread + spread / 2
    density = float(np.exp(-upper * upper / 2) / sqrt(2 * pi))
    delta = float(normal(upper)) - (0.0 if right == "C" else 1.0)
    gamma = density / (forward * spread)
    vega = forward * density * sqrt(years) / 100
    theta = -forward * density * sigma / (2 * sqrt(years)) / _YEAR_DAYS
    coin_delta = delta - float(price(right, forward, strike, spread))
    return Greeks(
        delta, gamma, vega, theta, coin_delta, gamma - coin_delta / forward, vega / forward, theta / forward
    )  # fmt: skip
