"""How long a band of a recorded year of minutes takes, beside one backtest, and what it says.

Run it by hand: ``python tests/bench/bench_band.py``; it needs the recorded data beside the checkout. It prints figures
and passes no judgement on seconds.
"""

from pathlib import Path
from statistics import median
from timeit import repeat

import okxlab as ox

FILE = Path(__file__).parents[3] / "shared/data/BTC-USDT_1m_binance_20220101_20240625.parquet"
INSTRUMENT = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
GRIDS = (
    (24_000, 30_000, 50),
    (24_000, 30_000, 200),
    (16_000, 44_000, 200),
    (26_000, 27_000, 50),
    (16_000, 44_000, 1000),
)


def seconds(call, times=5):
    """Give the median of a few runs, after one that warms up."""
    call()
    return median(repeat(call, number=1, repeat=times))


def main():
    """Print one line a grid."""
    year = ox.read_candles(FILE, start="2023-01-01", end="2024-01-01")
    print(f"{len(year):,} recorded minutes, 1,000 sampled courses")
    for low, high, grids in GRIDS:
        spec = ox.GridSpec("BTC-USDT", low=low, high=high, grids=grids, investment=10_000)
        made = ox.band(spec, year, instrument=INSTRUMENT)
        whole = seconds(lambda spec=spec: ox.band(spec, year, instrument=INSTRUMENT))
        few = seconds(lambda spec=spec: ox.band(spec, year, instrument=INSTRUMENT, paths=1))
        plain = seconds(lambda spec=spec: ox.backtest(spec, year, instrument=INSTRUMENT))
        ends = " / ".join(f"{float(end):,.2f}" for end in made.ends["equity_end"])
        print(
            f"{low:,} to {high:,}, {grids:4} grids: {whole * 1e3:4.0f} ms, without samples {few * 1e3:4.0f} ms, "
            f"a backtest {plain * 1e3:3.0f} ms; {made.open_choices:6,} open choices, equity {ends}"
        )


if __name__ == "__main__":
    main()
