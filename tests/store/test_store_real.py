"""Recorded market data through the store: every bit comes back, and its known holes are known to the store."""

import numpy as np
import pandas as pd
import pytest

from okxlab.store import Series, Store

DAY = pd.Timedelta(days=1)


def recorded(file):
    """Read a recorded file as a frame by time."""
    frame = pd.read_parquet(file)
    return frame.set_index(pd.to_datetime(frame.pop("ts"), unit="ms", utc=True).rename("time"))


def same_bits(left, right):
    return all(
        np.array_equal(left[name].to_numpy().view(np.uint64), right[name].to_numpy().view(np.uint64)) for name in right
    )


def test_a_spot_outage_is_absent_and_not_missing(shared, tmp_path):
    """Thirty months of BTC-USDT minutes lack the 80 minutes of the outage of March 2023 and nothing else."""
    frame = recorded(shared / "data/BTC-USDT_1m_binance_20220101_20240625.parquet")
    minutes, store = Series("binance", "candles", "BTC-USDT", "1m"), Store(tmp_path)
    store.write(minutes, frame, span=("2022-01-01", frame.index[-1] + pd.Timedelta(minutes=1)), source="archive")

    holes = store.absent(minutes)
    assert holes["start"].tolist() == [pd.Timestamp("2023-03-24 12:40", tz="UTC")]
    assert holes["bars"].tolist() == [80]
    assert store.missing(minutes, frame.index[0], frame.index[-1]) == []
    assert same_bits(store.read(minutes), frame)
    assert store.verify().empty


@pytest.mark.parametrize("pattern", ["*_okx_*.parquet", "*_freqtradetest_*.parquet", "*_1h_binance_*.parquet"])
def test_every_recorded_bar_and_rate_comes_back_bit_for_bit(shared, tmp_path, pattern):
    """Bars with gaps, bars of illiquid pairs, and funding rates come back as recorded, file by file."""
    store, files = Store(tmp_path), sorted((shared / "data").glob(pattern))
    assert files
    for file in files:
        symbol, bar, exchange, *_ = file.stem.split("_")
        kind, bar = ("funding", "") if bar == "funding" else ("candles", bar)
        series = Series(exchange, kind, symbol, bar)
        frame = recorded(file)
        before = len(store.read(series))
        written = store.write(series, frame, source="archive")

        read = store.read(series, frame.index[0], frame.index[-1] + pd.Timedelta(milliseconds=1))
        assert written.added == len(store.read(series)) - before
        assert same_bits(read, frame)
    assert store.verify().empty


@pytest.mark.parametrize("day", ["OKEX_20210722", "OKX_20220227", "OKX_20220513"])
def test_recorded_trades_come_back_with_their_ids(shared, tmp_path, day):
    """Trades of one millisecond stay apart, and a second write of the same tape adds nothing."""
    tape = recorded(shared / f"data/{day}_trades.parquet")
    store, count = Store(tmp_path), 0
    for symbol, trades in tape.groupby("inst"):
        series = Series("okx", "trades", str(symbol))
        frame = trades[["price", "size", "side"]].assign(id=trades["trade_id"]).sort_index()
        count += store.write(series, frame, source="tape").added

        assert store.write(series, frame, source="tape").unchanged == len(frame)
        assert same_bits(store.read(series)[["price", "size"]], frame.sort_values(["time", "id"])[["price", "size"]])
    assert count == len(tape)
    assert store.verify().empty
