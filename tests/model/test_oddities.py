"""What is odd in candles is told with its treatment; the figures of the recorded files come out."""

import gzip
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CandleError, InputError
from okxlab.model import TREATMENTS, check_candles, in_order, oddities


def bars(times, **columns):
    """Give one-minute bars at some minutes of a day, at 10 with volume 1 unless told otherwise."""
    values = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 1.0} | columns
    index = pd.DatetimeIndex(pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(times, unit="min"), name="time")
    return pd.DataFrame(values, index=index)


def counted(found):
    """Give how many bars each kind concerns, the ends of the data apart."""
    inner = found[~found["kind"].isin(["starts mid-day", "ends mid-day"])]
    return inner.groupby("kind")["bars"].sum().to_dict()


def test_whole_day_of_sound_bars_has_nothing_odd():
    """A day from midnight to midnight is no row of the report, and the report keeps its columns."""
    found = oddities(bars(range(1440)))

    assert list(found.columns) == ["kind", "first", "last", "bars", "treatment"]
    assert found.empty
    assert found["first"].dtype == "datetime64[ms, UTC]"


def test_hole_is_told_with_its_first_and_last_absent_bar():
    """Three absent minutes are one row, and the treatment says that the path runs over them."""
    (hole,) = oddities(bars([0, 1, 2, 6, 7, *range(8, 1440)])).itertuples()

    assert (hole.kind, hole.bars) == ("missing", 3)
    assert (hole.first.minute, hole.last.minute) == (3, 5)
    assert "the path runs" in hole.treatment


def test_bars_in_which_nobody_traded_are_told_by_the_run():
    """Flat bars of zero volume are idle, run by run; a flat bar that traded and a bar that moved are not."""
    high = np.array([10.0, 10, 10, 11, 10, 11] + [11.0] * 1434)
    volume = np.array([0.0, 0, 5, 1, 0, 0] + [1.0] * 1434)

    found = oddities(bars(range(1440), high=high, low=10.0, volume=volume))

    assert found["kind"].tolist() == ["idle", "idle"]
    assert found["bars"].tolist() == [2, 1]


def test_volume_that_is_nan_is_told_as_unknown():
    """Mark prices have no volume: one row for the whole run, kept as NaN."""
    (odd,) = oddities(bars(range(1440), volume=np.nan)).itertuples()

    assert (odd.kind, odd.bars) == ("no volume", 1440)
    assert "not zero" in odd.treatment


def test_rows_that_are_refused_are_told_by_kind():
    """Equal rows of one time, other rows of one time, rows going back, and impossible prices, each counted apart."""
    frame = bars([0, 1, 1, 2, 2, 4, 3, 5], close=[10.0, 10, 10, 10, 10.5, 10, 10, np.inf])

    assert counted(oddities(frame)) == {"repeated": 1, "contradicted": 1, "backward": 1, "impossible": 1}


def test_frame_put_in_order_on_request_can_be_traded_over():
    """Sorted, and of rows that share a time the one that was asked for."""
    frame = bars([1, 0, 1], close=[10.0, 10.1, 10.2])

    assert check_candles(in_order(frame))["close"].tolist() == [10.1, 10.0]
    assert in_order(frame, keep="last")["close"].tolist() == [10.1, 10.2]
    assert frame["close"].tolist() == [10.0, 10.1, 10.2]


def test_prices_and_volumes_off_the_steps_are_told_and_nothing_is_rounded():
    """Steps come from the argument or from what the frame carries."""
    frame = bars(range(1440), close=[10.05] + [10.0] * 1439, volume=[0.15, np.nan] + [0.3] * 1438)
    frame.attrs["instrument"] = ox.Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1")
    finer = ox.Instrument("AAA-USDT", tick="0.05", lot="0.05", minimum="0.1")

    assert counted(oddities(frame)) == {"off tick": 1, "off lot": 1, "no volume": 1}
    assert counted(oddities(frame, instrument=finer)) == {"no volume": 1}


def test_bar_that_opens_off_the_beat_is_told():
    """A bar that opens ten seconds past the minute is none the store would keep."""
    assert counted(oddities(bars([0, 1, 2 + 1 / 6, 3, 4]))) == {"off beat": 1}


def test_length_of_a_bar_is_told_where_most_are_absent():
    """Of a pair that trades every other minute the length has to be said."""
    sparse = bars(range(0, 1440, 2))

    assert counted(oddities(sparse)) == {}
    assert counted(oddities(sparse, timeframe="1m")) == {"missing": 719}


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (pd.DataFrame({"close": [1.0]}), "no frame with a UTC index"),
        (bars(range(3)).drop(columns="high"), "lack the column 'high'"),
        (bars(range(3)).set_index(pd.DatetimeIndex(["2024-01-01", None, "2024-01-02"], tz="UTC")), "without a time"),
        (bars(range(3), close="ten"), "not a number"),
        (bars([0]), "does not tell its length"),
    ],
)
def test_what_is_no_frame_of_candles_is_refused(frame, complaint):
    """What cannot be looked at is said in a sentence."""
    with pytest.raises(CandleError, match=complaint):
        oddities(frame)


def test_row_to_keep_is_the_first_or_the_last():
    """There is no third rule."""
    with pytest.raises(InputError, match="keep is 'mean'"):
        in_order(bars([0]), keep="mean")


def test_every_kind_has_its_treatment():
    """Whatever is found says what is done with it."""
    frame = bars([1, 1, 2, 2, 5, 4, 6 + 1 / 6, 7], close=[10.0, 10, 10, 9.97, 10, 10, 10, np.nan], volume=0.01)
    frame.loc[frame.index[4], ["open", "high", "low", "close", "volume"]] = [10.0, 10, 10, 10, 0]
    frame.loc[frame.index[5], "volume"] = np.nan
    found = oddities(frame, instrument=ox.Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1"))

    assert set(found["kind"]) == set(TREATMENTS)
    assert found["treatment"].str.len().min() > 10


def recorded(shared, name):
    return ox.read_candles(shared / "data" / f"{name}.parquet")


def test_outage_of_a_spot_exchange_is_told_as_it_was(shared):
    """72 idle minutes from 11:28, then 80 absent ones from 12:40, and nothing else in two and a half years."""
    found = oddities(recorded(shared, "BTC-USDT_1m_binance_20220101_20240625"))

    assert found[["kind", "bars"]].values.tolist() == [["idle", 72], ["missing", 80]]
    assert found["first"].tolist() == [pd.Timestamp(f"2023-03-24 {at}", tz="UTC") for at in ("11:28", "12:40")]
    assert found["last"].tolist() == [pd.Timestamp(f"2023-03-24 {at}", tz="UTC") for at in ("12:39", "13:59")]


def test_listing_in_the_middle_of_a_day_is_told(shared):
    """ARB began at 15:00, so that 900 minutes of its first day are no hole; 1,210 and 80 absent minutes are."""
    found = oddities(recorded(shared, "ARB-USDT_1m_binance_20230323_20240625"))
    longest = found[found["kind"] == "missing"].nlargest(1, "bars").iloc[0]

    assert counted(found) == {"missing": 1290, "idle": 490}
    assert found.iloc[0][["kind", "bars"]].tolist() == ["starts mid-day", 900]
    assert (longest["bars"], longest["first"]) == (1210, pd.Timestamp("2023-07-27 03:50", tz="UTC"))


def test_outages_of_swaps_are_idle_runs_and_the_end_is_told(shared):
    """The swap's 189 idle bars lie in 21 runs, three of them of known length and place; its data end at 18:50."""
    found = oddities(recorded(shared, "BTC-USDT-SWAP_5m_okx_20220501_20221231"))
    idle = found[found["kind"] == "idle"].set_index("first")["bars"]
    known = {"2022-12-18 08:40": 122, "2022-11-10 09:15": 11, "2022-07-07 10:00": 9}

    assert (len(idle), idle.sum()) == (21, 189)
    assert {at: idle[pd.Timestamp(at, tz="UTC")] for at in known} == known
    assert found.iloc[-1][["kind", "bars"]].tolist() == ["ends mid-day", 61]
    assert found.iloc[-1]["first"] == pd.Timestamp("2022-12-31 18:50", tz="UTC")


@pytest.mark.parametrize(
    ("name", "holes", "absent", "idle"),
    [
        ("BTC-USDT_1h_binance_20170817_20240421", 28, 128, 4),
        ("UNITTEST-BTC_1m_freqtradetest_20171104_20171114", 538, 717, 0),
        ("XRP-ETH_1m_freqtradetest_20191011_20191013", 676, 1091, 0),
    ],
)
def test_holes_of_recorded_files_are_the_ones_they_are_known_for(shared, name, holes, absent, idle):
    """So many holes, so many bars absent, so many bars in which nobody traded."""
    found = oddities(recorded(shared, name))
    missing = found[found["kind"] == "missing"]

    assert (len(missing), missing["bars"].sum()) == (holes, absent)
    assert found[found["kind"] == "idle"]["bars"].sum() == idle


def test_recorded_swaps_lie_on_the_steps_of_their_day(shared):
    """Closes of eight swaps all lie on the tick, volumes are all whole contracts, by the list recorded in May 2022."""
    with gzip.open(shared / "data" / "okx_instruments_20220513.json.gz") as file:
        answers = json.load(file)["responses"]
    listed = {row["instId"]: row for answer in answers for row in answer["body"]["data"]}
    files = sorted((shared / "data").glob("*-SWAP_5m_okx_20220501_*.parquet"))
    kinds = {}
    for file in files:
        row, candles = listed[file.name.split("_")[0]], ox.read_candles(file)
        lot = Decimal(row["ctVal"]) * Decimal(row["lotSz"])
        steps = ox.Instrument(row["instId"], tick=row["tickSz"], lot=lot, minimum=lot)
        closes = candles.assign(open=candles["close"], high=candles["close"], low=candles["close"])
        kinds[file.name] = set(oddities(closes, instrument=steps)["kind"])

    assert len(kinds) == 8
    assert all(not found & {"off tick", "off lot"} for found in kinds.values())
