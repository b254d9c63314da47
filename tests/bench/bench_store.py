"""What the store takes and how fast it is: ratios against plain float64 Parquet, month files, zstd, in the same run.

``python tests/bench/bench_store.py`` takes four symbols and a year, ``--full`` twenty symbols and five years.
*pandas* is what ``to_parquet`` and ``read_parquet`` do by themselves; *pyarrow* the same with the least around it.
Appending is durable on all sides: a new file, on disk, renamed. What is read is compared bit for bit. It prints figures
and passes no judgement on seconds.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from okxlab.store import Series, Store

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
# price, decimals of the price, decimals of the volume
COINS = [(60_000, 1, 8), (3_000, 2, 6), (150, 2, 4), (8, 3, 4), (0.5, 4, 2), (0.02, 5, 0), (0.000012, 9, 0)]
READS, APPENDS = 40, 12


def walk(seed: int, start: str, end: str) -> pd.DataFrame:
    """Give seeded minutes of a coin: a walk on its tick, opens at the close before, volumes in lots."""
    price, decimals, lots = COINS[seed % len(COINS)]
    random = np.random.default_rng(seed)
    index = pd.date_range(start, end, freq="min", inclusive="left", tz="UTC", name="time", unit="us")
    calm = np.exp(np.repeat(random.normal(0, 0.5, len(index) // 240 + 1), 240)[: len(index)])
    close = price * np.exp(np.cumsum(random.normal(0, 0.0006, len(index)) * calm) * 0.3)
    spread = close[:, None] * np.abs(random.normal(0, 0.0004, (len(index), 2))) * calm[:, None]
    opened = np.r_[price, close[:-1]]
    values = {
        "open": opened,
        "high": np.maximum(opened, close) + spread[:, 0],
        "low": np.minimum(opened, close) - spread[:, 1],
        "close": close,
    }
    frame = pd.DataFrame({name: np.round(column, decimals) for name, column in values.items()}, index=index)
    return frame.assign(volume=np.round(random.lognormal(2, 1.5, len(index)) * 1_000 / price**0.9, lots) + 0.0)


def recorded() -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Give recorded bars, when they lie beside the checkout."""
    for file in sorted(SHARED.glob("*_1m_binance_*.parquet")) + sorted(SHARED.glob("*_5m_okx_*.parquet")):
        symbol, bar, *_ = file.stem.split("_")
        frame = pd.read_parquet(file)
        yield symbol, bar, frame.set_index(pd.to_datetime(frame.pop("ts"), unit="ms", utc=True).rename("time"))


class Plain:
    """Month files of float64, zstd: by pandas' defaults, or straight through pyarrow."""

    def __init__(self, root: Path, *, lean: bool) -> None:
        self.root, self.lean = root, lean

    def file(self, symbol: str, month: str) -> Path:
        return self.root / symbol / f"{month}.parquet"

    def put(self, symbol: str, month: str, frame: pd.DataFrame) -> None:
        """Write a month as a store must: beside it, to disk, renamed."""
        file = self.file(symbol, month)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        if self.lean:
            pq.write_table(pa.table({"ts": frame.index.as_unit("ms").asi8, **frame}), fresh, compression="zstd")
        else:
            frame.to_parquet(fresh, compression="zstd")
        to_disk(fresh)
        fresh.replace(file)
        to_disk(file.parent)

    def read(self, symbol: str, month: str, start=None, end=None) -> pd.DataFrame:
        """Read a month, or what of it lies in a span."""
        file, span = self.file(symbol, month), None
        if not self.lean:
            span = None if start is None else [("time", ">=", start), ("time", "<", end)]
            return pd.read_parquet(file, filters=span)
        table = pq.ParquetFile(file).read(use_threads=False)
        ts = table.column("ts").to_numpy()
        rows = slice(None) if start is None else slice(*np.searchsorted(ts, [ms(start), ms(end)]))
        index = pd.DatetimeIndex((ts[rows] * 1000).view("M8[us]")).tz_localize("UTC").rename("time")
        names = table.column_names[1:]
        return pd.DataFrame({name: table.column(name).to_numpy()[rows] for name in names}, index=index, copy=False)

    def read_all(self, symbol: str, months: list[str]) -> pd.DataFrame:
        """Read a whole series."""
        return pd.concat([self.read(symbol, month) for month in months])

    def append(self, symbol: str, month: str, day: pd.DataFrame) -> None:
        """Add a day without doubling a row."""
        both = pd.concat([self.read(symbol, month), day])
        self.put(symbol, month, both[~both.index.duplicated(keep="last")].sort_index())


def to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def ms(moment: pd.Timestamp) -> int:
    return int(moment.timestamp() * 1000)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    values = [frame[list(right.columns)].to_numpy(dtype=np.float64).ravel().view(np.uint64) for frame in (left, right)]
    return np.array_equal(*values) and (left.index == right.index).all()


def timed(calls: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Run each call once and give its seconds, on the wall and on the cores."""
    seconds = {}
    for name, call in calls.items():
        began, busy = time.perf_counter(), time.process_time()
        call()
        seconds[name] = time.perf_counter() - began, time.process_time() - busy
    return seconds


def told(title: str, rounds: list[dict[str, tuple[float, float]]]) -> None:
    """Print the median, and what it is of the others' on the wall and, in brackets, on the cores."""
    wall, cores = ({name: median(one[name][i] for one in rounds) for name in rounds[0]} for i in (0, 1))
    ratios = ", ".join(
        f"{wall['store'] / wall[name]:.2f} ({cores['store'] / cores[name]:.2f}) of {name}"
        for name in ("pandas", "pyarrow")
    )
    print(f"  {title:34} store {wall['store'] * 1e3:8.2f} ms: {ratios}", flush=True)


def fill(
    frames: Iterator[tuple[Series, pd.DataFrame]], store: Store, plain: dict[str, Plain]
) -> dict[Series, list[str]]:
    """Write everything everywhere, tell how long a month took, and give the months of each series."""
    months, rounds = {}, []
    for series, frame in frames:
        by_month = {str(month): part for month, part in frame.groupby(frame.index.strftime("%Y-%m"))}
        months[series] = list(by_month)
        for month, part in by_month.items():
            calls = {name: partial(one.put, series.symbol, month, part) for name, one in plain.items()}
            rounds.append(timed({**calls, "store": partial(store.write, series, part, source="bench")}))
    told("write a month", rounds)
    return months


def read_spans(store: Store, plain: dict[str, Plain], months: dict[Series, list[str]]) -> None:
    """Time reads of months and of days chosen by lot, and compare what they give."""
    random = np.random.default_rng(3)
    for title, days in (("read a month", 0), ("read a day", 1)):
        rounds = []
        for _ in range(READS):
            series = list(months)[random.integers(len(months))]
            month = months[series][random.integers(max(1, len(months[series]) - 1))]
            first = pd.Timestamp(month, tz="UTC") + pd.Timedelta(days=int(random.integers(27)) * days)
            last = first + (pd.Timedelta(days=1) if days else pd.offsets.MonthBegin())
            span = (first, last) if days else ()
            calls = {name: partial(one.read, series.symbol, month, *span) for name, one in plain.items()}
            calls["store"] = partial(store.read, series, first, last)
            for call in calls.values():
                call()  # from the page cache, all of them
            rounds.append(timed(calls))
            assert all(same_bits(call(), calls["pandas"]()) for call in calls.values())
        told(title, rounds)


def append_days(store: Store, plain: dict[str, Plain], months: dict[Series, list[str]]) -> None:
    """Time days added to the middle of a month of minutes."""
    rounds = []
    for number, series in enumerate([one for one in months if one.timeframe == "1m"][:4]):
        frame = walk(number, "2030-01-01", "2030-02-01")
        begun = frame[frame.index.day <= 10]
        store.write(series, begun, source="bench")
        for one in plain.values():
            one.put(series.symbol, "2030-01", begun)
        for day in range(11, 11 + APPENDS):
            part = frame[frame.index.day == day]
            span = (part.index[0], part.index[0] + pd.Timedelta(days=1))
            calls = {name: partial(one.append, series.symbol, "2030-01", part) for name, one in plain.items()}
            rounds.append(timed({**calls, "store": partial(store.write, series, part, span=span, source="bench")}))
        assert same_bits(store.read(series, "2030-01-01", "2030-02-01"), plain["pandas"].read(series.symbol, "2030-01"))
    told("append a day", rounds)


def read_all(store: Store, plain: dict[str, Plain], months: dict[Series, list[str]]) -> None:
    """Time whole series."""
    rounds = []
    for series in list(months)[:5]:
        calls = {name: partial(one.read_all, series.symbol, months[series]) for name, one in plain.items()}
        calls["store"] = partial(store.read, series)
        rounds.append(timed(calls))
        assert same_bits(calls["store"](), calls["pandas"]())
    told(f"read all {len(months[series])} months of a series", rounds)


def measure(title: str, frames: Iterator[tuple[Series, pd.DataFrame]], folder: Path) -> None:
    """Print the figures of one kind of data."""
    print(title)
    store = Store(folder / "store", Later())
    plain = {"pandas": Plain(folder / "pandas", lean=False), "pyarrow": Plain(folder / "pyarrow", lean=True)}
    months = fill(frames, store, plain)
    rows, size = store.coverage()["rows"].sum(), store.coverage()["bytes"].sum()
    files = {name: sum(file.stat().st_size for file in (folder / name).rglob("*.parquet")) for name in plain}
    ratios = ", ".join(f"{size / files[name]:.2f} of {name}" for name in files)
    print(f"  {rows:,} rows, {len(months)} series: {size / rows:.1f} bytes a row: {ratios}")
    read_all(store, plain, months)
    read_spans(store, plain, months)
    if any(series.timeframe == "1m" for series in months):
        append_days(store, plain, months)


class Later:
    """A clock after everything that is made here."""

    def now_ms(self) -> int:
        return ms(pd.Timestamp("2031-01-01", tz="UTC"))

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        del seconds


def main() -> None:
    """Print the table, in a folder that is removed again."""
    symbols, end = (20, "2024-01-01") if "--full" in sys.argv else (4, "2020-01-01")
    made = ((Series("okx", "candles", f"C{seed}-USDT", "1m"), walk(seed, "2019-01-01", end)) for seed in range(symbols))
    with tempfile.TemporaryDirectory() as folder:
        measure("seeded walks on a tick", made, Path(folder) / "made")
        real = [(Series("okx", "candles", symbol, bar), frame) for symbol, bar, frame in recorded()]
        if real:
            measure("recorded bars", iter(real), Path(folder) / "real")


if __name__ == "__main__":
    main()
