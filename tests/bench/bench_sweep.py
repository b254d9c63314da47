"""How fast a sweep is, from bars to table: rates beside peers that play the same grids, and the same fills.

Run it by hand: ``python tests/bench/bench_sweep.py``. It prints figures and passes no judgement on seconds. A peer is a
function of (candles, specs, instrument) that gives the fills of each grid and the seconds it took; it is handed as many
grids as it can take.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from okxlab.grid import index_path, sweep
from okxlab.model import Instrument

sys.path.insert(0, str(Path(__file__).parent / "load"))
from per_bar import per_bar

INSTRUMENT = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet"
YEAR = 525_600
# Each peer with the number of grids it is given.
PEERS = {"per-bar loop (numba)": (per_bar, 200)}
FRESH = """
import sys, time
began = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import bench_sweep as bench
candles = bench.synthetic()
specs = bench.drawn(candles, 1_000)
ready = time.perf_counter()
bench.sweep(candles, specs=specs, instrument=bench.INSTRUMENT)
print(f"imports and data {ready - began:.2f} s, the first sweep {time.perf_counter() - ready:.2f} s")
"""


def recorded():
    """Give the year 2023 of recorded minutes."""
    bars = pd.read_parquet(RECORDED)
    return bars.set_index(pd.to_datetime(bars.pop("ts"), unit="ms", utc=True)).loc["2023"]


def synthetic():
    """Give a seeded year of minutes with an annual volatility of 60 per cent, on the tick."""
    random = np.random.default_rng(7)
    steps = random.standard_normal((YEAR, 8)) * 0.6 / np.sqrt(8 * YEAR)
    points = np.round(50_000 * np.exp(np.cumsum(steps).reshape(YEAR, 8)), 1)
    opens = np.concatenate(([50_000.0], points[:-1, -1]))
    points = np.column_stack((opens, points))
    return pd.DataFrame(
        {"open": opens, "high": points.max(1), "low": points.min(1), "close": points[:, -1]},
        index=pd.date_range("2023-01-01", periods=YEAR, freq="min", tz="UTC"),
    )


def drawn(candles, count):
    """Draw grids around the median close: bounds 5 to 30 per cent away, 10 to 200 intervals, half of them geometric."""
    random, middle = np.random.default_rng(5), float(candles["close"].median())
    below, above = random.uniform(0.05, 0.30, (2, count))
    return pd.DataFrame(
        {
            "low": np.floor(middle * (1 - below) * 10) / 10,
            "high": np.floor(middle * (1 + above) * 10) / 10,
            "grids": random.choice([10, 20, 30, 50, 75, 100, 150, 200], count),
            "spacing": random.choice(["arithmetic", "geometric"], count),
            "investment": 10_000,
        }
    )


def seconds(call, times=5):
    """Give the median of a few runs, after one that warms up."""
    call()
    taken = []
    for _ in range(times):
        began = perf_counter()
        call()
        taken.append(perf_counter() - began)
    return median(taken)


def compare(name, candles):
    """Print 10,000 grids from bars on one core and on two, beside the peers."""
    specs, rules = drawn(candles, 10_000), {"instrument": INSTRUMENT, "progress": False}
    table = sweep(candles, specs=specs, **rules)
    fills = (table["buys"] + table["sells"]).to_numpy()
    one, two = (seconds(lambda n=n: sweep(candles, specs=specs, threads=n, **rules), 7) for n in (1, 2))
    index = index_path(candles, instrument=INSTRUMENT, narrowest=narrowest(specs))
    build = seconds(lambda: index_path(candles, instrument=INSTRUMENT, narrowest=index.narrowest))
    print(f"{name}: {len(candles):,} bars, {len(specs):,} grids drawn around {candles['close'].median():,.0f}")
    print(f"  mean {specs['grids'].mean():.1f} intervals and {fills.mean():,.0f} fills a grid")
    print(
        f"  from bars to table: one core {one * 1e3:.0f} ms, two {two * 1e3:.0f} ms ({len(specs) / one:,.0f} grids/s)"
    )
    print(f"  of which the index {build * 1e3:.0f} ms; it takes {index.nbytes / 1e6:.0f} MB")
    for peer, (play, count) in PEERS.items():
        found, _ = play(candles, specs[:count], INSTRUMENT)
        taken = median(play(candles, specs[:count], INSTRUMENT)[1] for _ in range(5))
        same = int((found == fills[:count]).sum())
        rate = count / taken
        print(
            f"  {peer}: {count} grids, {rate:,.0f} grids/s; ours is {len(specs) / one / rate:,.0f} times that;", end=" "
        )
        print(f"{same} of {count} have the same fills")


def narrowest(specs):
    """Give the width of the narrowest interval of all, in ticks."""
    ratio = (specs["high"] / specs["low"]) ** (1 / specs["grids"]) - 1
    steps = np.where(
        specs["spacing"] == "geometric", specs["low"] * ratio, (specs["high"] - specs["low"]) / specs["grids"]
    )
    return int(steps.min() * 10)


def million(candles):
    """Print a million grids, on one core and on two."""
    specs = drawn(candles, 1_000_000)
    for threads in (1, 2):
        taken = seconds(lambda n=threads: sweep(candles, specs=specs, instrument=INSTRUMENT, threads=n, progress=False))
        print(f"  1,000,000 grids on {threads}: {taken:.2f} s, table included")


def fresh():
    """Print the first sweep ever, with nothing compiled, and the first of a later process."""
    with tempfile.TemporaryDirectory() as cache:
        for what in ("nothing compiled yet", "compiled code kept"):
            told = subprocess.run(
                [sys.executable, "-c", FRESH, str(Path(__file__).parent)],
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            print(f"a fresh process, {what}: {told.stdout.strip()}")


def main():
    """Print the tables."""
    years = {"a synthetic year": synthetic()}
    if RECORDED.is_file():
        years["BTC-USDT 2023, recorded"] = recorded()
    for name, candles in years.items():
        compare(name, candles)
        million(candles)
    fresh()


if __name__ == "__main__":
    main()
