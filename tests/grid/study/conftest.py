"""What the study's tests share: an instrument, and candles of a seeded walk."""

import numpy as np
import pandas as pd
import pytest

from okxlab.model import Instrument


@pytest.fixture(scope="session")
def coin():
    return Instrument("AAA-USDT", tick="0.05", lot="0.0001", minimum="0.0001")


@pytest.fixture(scope="session")
def hours(coin):
    """Give twenty days of hours that wander about 100 and trade through many levels."""
    rng = np.random.default_rng(31)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.008, 480))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(rng.normal(0, 0.5, (2, 480))).round(2)
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) + spread[0],
        "low": np.minimum(opened, close) - spread[1],
        "close": close,
    }
    made = pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=480, freq="h", tz="UTC", name="time"))
    made.attrs["instrument"] = coin
    return made
