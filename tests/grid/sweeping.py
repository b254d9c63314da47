"""A sweep of its own process, for tests that end it: python sweeping.py FOLDER."""

import signal
import sys

import numpy as np
import pandas as pd

from okxlab.grid import sweep
from okxlab.model import Instrument

COIN = Instrument("AAA-USDT", tick="0.01", lot="0.0001", minimum="0.0001")
# 532,480 grids: 32 parts and a half
PARTS = 33
LISTS = {
    "low": np.arange(80, 96, 0.05).round(2).tolist(),
    "high": np.arange(104, 130, 0.5).round(2).tolist(),
    "grids": [2, 3, 5, 8, 10, 13, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200],
    "spacing": ["arithmetic", "geometric"],
    "investment": 1000,
}


def walk():
    """Give two thousand seeded minutes around 100."""
    rng = np.random.default_rng(41)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.002, 2000))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(rng.normal(0, 0.1, (2, 2000))).round(2)
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) + spread[0],
        "low": np.minimum(opened, close) - spread[1],
        "close": close,
    }
    return pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=2000, freq="min", tz="UTC"))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background would not hear it
    sweep(walk(), **LISTS, instrument=COIN, resume=sys.argv[1], threads=1, progress=False)
