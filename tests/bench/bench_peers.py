"""A grid beside the backtesters people use: vectorbt, hftbacktest, backtesting.py; bars and grids a second, and fills.

Run it by hand: ``python tests/bench/bench_peers.py``. Each peer lives in an environment of its own, made on first use
(which needs a package index), plays the same grids on as many bars as it can take, and is timed while it plays only: no
import, no conversion, nothing compiled. It prints figures and passes no judgement on seconds.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from okxlab.grid import backtest, ladder, sweep
from okxlab.grid.backtest import triggers
from okxlab.grid.kernels import spans, walk
from okxlab.grid.path import path, whole_ticks
from okxlab.grid.spec import GridSpec
from okxlab.model import exact

sys.path.insert(0, str(Path(__file__).parent))
from bench_sweep import INSTRUMENT, RECORDED, YEAR, drawn, recorded, synthetic

HERE = Path(__file__).parent / "peers"
HOMES = Path(sys.prefix) / "peers"
ROUNDS = 5
# What is installed for each peer, how many bars of the year it is given, and how many of the drawn grids.
PEERS = {
    "vectorbt": ("vectorbt==1.2.0", YEAR, 20),
    "hftbacktest": ("hftbacktest==2.4.4", YEAR, 4),
    "backtesting": ("backtesting==0.6.6", 20_000, 4),
}


def python(peer):
    """Give the peer's own interpreter, or nothing where it cannot be installed."""
    found = HOMES / peer / "bin" / "python"
    if not (HOMES / peer / "ready").exists():
        venv.create(HOMES / peer, with_pip=True, clear=True)
        command = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEERS[peer][0]]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        (HOMES / peer / "ready").touch()
    return found


def grids(candles, count):
    """Give drawn grids as specifications."""
    return [GridSpec(INSTRUMENT.symbol, **row) for row in drawn(candles, count).to_dict("records")]


def play(peer, candles, specs):
    """Let a peer play, and give its fills for each grid and the seconds it took; nothing where it is not there."""
    interpreter = python(peer)
    if interpreter is None:
        return None
    levels = [[float(price) for price in made(spec, candles).levels] for spec in specs]
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.npz"
        np.savez(
            job,
            bars=candles[["open", "high", "low", "close"]].to_numpy(),
            low_first=path(candles, INSTRUMENT.tick)[1],
            levels=np.concatenate(levels),
            lengths=[len(one) for one in levels],
            size=0.001,
            rounds=ROUNDS,
        )
        told = subprocess.run(
            [interpreter, HERE / f"{peer}_peer.py", job], capture_output=True, text=True, check=True, cwd=HERE
        )
    answer = json.loads(told.stdout.splitlines()[-1])
    return np.array(answer["fills"]), answer["seconds"]


def made(spec, candles):
    """Give the ladder a grid becomes at the first open."""
    return ladder(spec, INSTRUMENT, exact(float(candles["open"].iloc[0])))


def seconds(call):
    """Give the median of a few runs, after one that warms up."""
    call()
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter()
        call()
        taken.append(perf_counter() - began)
    return median(taken)


def ours(candles, specs):
    """Give the fills of each grid, and the seconds of the kernel on a prepared path and of the whole backtest."""
    prices, low_first = path(candles, INSTRUMENT.tick)
    ladders = [made(spec, candles) for spec in specs]
    states = [
        (*triggers(2 * whole_ticks(one.levels, INSTRUMENT.tick), through=False), one.spec.grids - one.launch_units)
        for one in ladders
    ]
    extremes = spans(prices)
    fills = [len(walk(prices, extremes, low_first, *state)[0]) for state in states]
    kernel = seconds(lambda: [walk(prices, extremes, low_first, *state) for state in states])
    whole = seconds(lambda: [backtest(spec, candles, instrument=INSTRUMENT) for spec in specs])
    return np.array(fills), kernel, whole


def compare(name, year):
    """Print every peer on one year, and what the kernel, the backtest and the sweep are times it, a bar and a grid."""
    many = drawn(year, 10_000)
    swept = (
        len(many)
        * len(year)
        / seconds(lambda: sweep(year, specs=many, instrument=INSTRUMENT, threads=1, progress=False))
    )
    print(f"{name}: {len(year):,} bars; a sweep of {len(many):,} grids on one core does {swept / 1e6:,.0f} M bars/s")
    for peer, (_, bars, count) in PEERS.items():
        candles, specs = year.iloc[:bars], grids(year, count)
        answer = play(peer, candles, specs)
        if answer is None:
            print(f"  {peer} cannot be installed here")
            continue
        theirs, taken = answer
        fills, kernel, whole = ours(candles, specs)
        work = len(candles) * count
        print(
            f"  {peer}, {len(candles):,} bars, {count} grids: {work / taken / 1e6:,.3f} M bars/s; ours, ledger kept, is"
            f" {taken / kernel:,.0f} times that (the whole call {taken / whole:,.1f}), the sweep"
            f" {swept / (work / taken):,.0f} times. Fills {theirs.sum():,}, ours {fills.sum():,}"
        )


def main():
    """Print the tables."""
    compare("a synthetic year", synthetic())
    if RECORDED.is_file():
        compare("BTC-USDT 2023, recorded", recorded())


if __name__ == "__main__":
    main()
