"""How fast a backtest is: ratios against the plain reference and against one pass over the same numbers.

Run it by hand: ``python tests/bench/bench_backtest.py``. It prints figures and passes no judgement on seconds.
"""

import sys
from decimal import Decimal
from pathlib import Path
from statistics import median
from timeit import repeat

import numpy as np
import pandas as pd

from okxlab.grid import GridSpec, backtest
from okxlab.model import Instrument, check_candles

sys.path.insert(0, str(Path(__file__).parents[1] / "grid"))
import plain_reference

YEAR = 525_600
SAMPLE = 20_000
INSTRUMENT = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")


def minutes(rows, *, decimals):
    """Give a seeded year of minutes that swings back to where it began; decimals=None keeps every float digit."""
    random = np.random.default_rng(7)
    steps = random.normal(0, 0.0008, rows * 4)
    level = np.zeros(rows * 4 + 1)
    for i, step in enumerate(steps):
        level[i + 1] = level[i] * 0.99998 + step
    points = 60_000 * np.exp(level)
    points = points if decimals is None else np.round(points, decimals)
    windows = np.lib.stride_tricks.sliding_window_view(points, 5)[::4]
    return pd.DataFrame(
        {"open": windows[:, 0], "high": windows.max(1), "low": windows.min(1), "close": windows[:, 4]},
        index=pd.date_range("2023-01-01", periods=rows, freq="min", tz="UTC"),
    )


def seconds(call, times=5):
    """Give the median of a few runs, after one that warms up."""
    call()
    return median(repeat(call, number=1, repeat=times))


def main():
    """Print the table."""
    for decimals in (1, 2, None):
        year = minutes(YEAR, decimals=decimals)
        checked = seconds(lambda year=year: check_candles(year))
        sample = year.iloc[:SAMPLE]
        rows = [tuple(Decimal(repr(float(price))) for price in row) for row in sample.to_numpy()]
        for grids in (10, 50, 200):
            spec = GridSpec("BTC-USDT", low=54_000, high=66_000, grids=grids, investment=10_000)
            result = backtest(spec, sample, instrument=INSTRUMENT)
            plain = seconds(lambda made=result.ladder, rows=rows: plain_reference.play(made, rows), times=1)
            fast = seconds(lambda spec=spec, sample=sample: backtest(spec, sample, instrument=INSTRUMENT))
            whole = seconds(lambda spec=spec, year=year: backtest(spec, year, instrument=INSTRUMENT))
            fills = len(backtest(spec, year, instrument=INSTRUMENT).fills)
            print(
                f"decimals {decimals!s:>4}, {grids:3} grids: year of minutes {whole * 1e3:6.0f} ms, {fills:7,} fills,"
                f" {whole / checked:4.1f} x checking the candles; {SAMPLE:,} rows {plain / fast:6.0f} x the reference"
            )


if __name__ == "__main__":
    main()
