"""Candle files: what goes in comes out, and what cannot be traded over is refused."""

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CandleError, InputError
from okxlab.model import check_candles, gaps
from okxlab.store import write_candles


def bars(times, **changes):
    frame = pd.DataFrame(
        {"ts": times, "open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 1.0}, dtype="object"
    )
    for name, (row, value) in changes.items():
        frame.loc[row, name] = value
    return frame


def minutes(count):
    return [1_704_067_200_000 + 60_000 * row for row in range(count)]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_candles_of_both_formats_read_the_same(tmp_path, suffix):
    """CSV and Parquet with millisecond stamps give the same UTC frame."""
    frame, file = bars(minutes(3)).astype("float64").astype({"ts": "int64"}), tmp_path / f"c.{suffix}"
    frame.to_csv(file, index=False) if suffix == "csv" else frame.to_parquet(file, index=False)
    read = ox.read_candles(file)

    assert list(read.columns) == ["open", "high", "low", "close", "volume"]
    assert read.index[0] == pd.Timestamp("2024-01-01", tz="UTC")
    assert len(read) == 3


def test_csv_with_iso_times_reads_as_utc(tmp_path):
    """Times written as text without a zone are UTC."""
    bars(["2024-01-01 00:00", "2024-01-01 00:01"]).to_csv(tmp_path / "c.csv", index=False)

    assert ox.read_candles(tmp_path / "c.csv").index[1] == pd.Timestamp("2024-01-01 00:01", tz="UTC")


def test_written_candles_come_back_bit_for_bit(tmp_path):
    """Prices that are not on any tick survive the way to disk and back."""
    rng = np.random.default_rng(3)
    close = rng.uniform(1, 2, 50)
    index = pd.date_range("2024-01-01", periods=50, freq="min", tz="UTC", name="time")
    frame = pd.DataFrame({"open": close, "high": close + 1, "low": close / 2, "close": close}, index=index)
    again = ox.read_candles(write_candles(frame, tmp_path / "c.parquet"))

    assert (again.to_numpy() == frame.to_numpy()).all()
    assert (again.index == frame.index).all()


def test_candles_that_carry_their_instrument_are_written(tmp_path):
    """What a frame knows of its instrument stays with the frame, and keeps nobody from writing it."""
    bars(minutes(3)).to_csv(tmp_path / "c.csv", index=False)
    frame = ox.read_candles(tmp_path / "c.csv")
    frame.attrs["instrument"] = ox.Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1")

    assert ox.read_candles(write_candles(frame, tmp_path / "c.parquet")).equals(frame)
    assert frame.attrs["instrument"].symbol == "AAA-USDT"


def test_span_is_from_start_up_to_but_not_including_end(tmp_path):
    """A row at the end of the span is left out."""
    bars(minutes(5)).to_csv(tmp_path / "c.csv", index=False)
    read = ox.read_candles(tmp_path / "c.csv", start="2024-01-01 00:01", end="2024-01-01 00:03")

    assert [time.minute for time in read.index] == [1, 2]


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (bars([*minutes(2), minutes(1)[0]]), "row 2 .* earlier"),
        (bars([*minutes(2), minutes(2)[1]]), "row 2 .* repeats"),
        (bars(minutes(3), close=(1, "nan")), "row 1 .* not finite"),
        (bars(minutes(3), high=(2, "inf")), "row 2 .* not finite"),
        (bars(minutes(3), low=(0, -1.0)), "row 0 .* not positive"),
        (bars(minutes(3), high=(1, 10.5)), "row 1 .* outside"),
        (bars(minutes(3)).drop(columns="low"), "lack the column 'low'"),
        (bars(minutes(3)).drop(columns="ts"), "no column 'ts'"),
        (bars(minutes(3), open=(1, "ten")), "not a number"),
        (bars(["soon", "later"]), "times .* cannot be read"),
        (bars([]), "no candles"),
    ],
)
def test_file_that_cannot_be_traded_over_is_refused_by_row(tmp_path, frame, complaint):
    """Each fault is named with its row; nothing is repaired."""
    frame.to_csv(tmp_path / "c.csv", index=False)

    with pytest.raises(CandleError, match=complaint):
        ox.read_candles(tmp_path / "c.csv")


def test_file_that_is_not_there_or_not_parquet_is_refused(tmp_path):
    """A missing file and a file of something else are two clear errors."""
    with pytest.raises(CandleError, match="no file"):
        ox.read_candles(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(CandleError, match="cannot be read"):
        ox.read_candles(tmp_path / "text.parquet")


def test_gaps_are_reported_and_not_refused(tmp_path):
    """A hole of three minutes is listed with the bars on either side."""
    times = [time for row, time in enumerate(minutes(10)) if row not in {4, 5, 6}]
    bars(times).to_csv(tmp_path / "c.csv", index=False)
    found = gaps(ox.read_candles(tmp_path / "c.csv"))

    assert found["missing"].tolist() == [3]
    assert found["after"].iloc[0].minute == 3


def test_real_candles_read_with_the_gap_their_manifest_lists(shared):
    """A year and a half of real minutes has exactly the one hole it is known to have."""
    frame = ox.read_candles(shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet")
    found = gaps(frame)

    assert len(frame) == 1_306_000
    assert found["missing"].tolist() == [80]
    assert check_candles(frame) is frame


@pytest.mark.parametrize(
    "stamp",
    [1_704_067_200, 1_704_067_200_000_000, 1_704_067_200_000_000_000, 10**20, "1970-01-01 00:00", "2424-01-01", ""],
    ids=["seconds", "microseconds", "nanoseconds", "huge", "1970", "2424", "none"],
)
def test_file_whose_times_no_market_has_is_refused(tmp_path, stamp):
    """Another unit than milliseconds is not read as another century."""
    bars([*minutes(1), stamp]).iloc[1:].to_csv(tmp_path / "c.csv", index=False)

    with pytest.raises(CandleError, match="Give milliseconds"):
        ox.read_candles(tmp_path / "c.csv")


def test_file_with_a_header_only_says_that_it_is_empty(tmp_path):
    """The file is at fault, not the span."""
    bars([]).to_csv(tmp_path / "c.csv", index=False)

    with pytest.raises(CandleError, match=r"no candles in c\.csv"):
        ox.read_candles(tmp_path / "c.csv", start="2024-01-01")


@pytest.mark.parametrize("start", ["garbage", "NaT", 1704067200, ""])
def test_span_that_is_no_date_is_refused_by_name(tmp_path, start):
    """What cannot be read as a date is named, with how to write one."""
    bars(minutes(3)).to_csv(tmp_path / "c.csv", index=False)

    with pytest.raises(InputError, match=r"start is .* not a date"):
        ox.read_candles(tmp_path / "c.csv", start=start)


def test_candles_without_a_time_in_one_row_are_refused():
    """A row whose index is NaT cannot be traded over."""
    index = pd.DatetimeIndex(["2024-01-01", None, "2024-01-02"], tz="UTC")
    frame = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0}, index=index)

    with pytest.raises(CandleError, match="row 1 has no time"):
        check_candles(frame)
