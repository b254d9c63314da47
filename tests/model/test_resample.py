"""Longer candles: exact prices, volumes rounded once, holes counted; recorded minutes come to recorded hours."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import okxlab as ox
from okxlab.errors import CandleError, InputError
from okxlab.model import check_candles, resample, timeframe_length

PRICES = ["open", "high", "low", "close"]


def bars(minutes, volume=0.1, begin="2024-01-01"):
    """Give one-minute bars of a seeded walk at some minutes after a beginning."""
    rng = np.random.default_rng(5)
    minutes = np.array(list(minutes))
    open_, close = rng.uniform(90, 110, (2, len(minutes)))
    spread = rng.uniform(0, 3, (2, len(minutes)))
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) + spread[0],
            "low": np.minimum(open_, close) - spread[1],
            "close": close,
            "volume": volume,
        },
        index=pd.DatetimeIndex(pd.Timestamp(begin, tz="UTC") + pd.to_timedelta(minutes, unit="min"), name="time"),
    )


@given(st.sets(st.integers(0, 300), min_size=2), st.sampled_from(["5m", "15m", "1h", "1d"]))
def test_each_bar_is_what_its_own_bars_come_to(minutes, timeframe):
    """Bar by bar: the first open, the highest high, the lowest low, the last close, the exact sum, the absent bars."""
    candles = bars(sorted(minutes))
    length = timeframe_length(timeframe)

    joined = resample(candles, timeframe, source="1m")

    for opening, bar in joined.iterrows():
        inside = candles[(candles.index >= opening) & (candles.index < opening + length)]
        exact = sum(Fraction(volume) for volume in inside["volume"])
        assert bar["open"] == inside["open"].iloc[0]
        assert (bar["high"], bar["low"]) == (inside["high"].max(), inside["low"].min())
        assert (bar["close"], bar["volume"]) == (inside["close"].iloc[-1], float(exact))
        assert bar["missing"] == length / pd.Timedelta(minutes=1) - len(inside)
    assert joined["missing"].sum() + len(candles) == len(joined) * (length / pd.Timedelta(minutes=1))


def test_joined_bars_are_candles_again():
    """What comes out can be traded over, and knows its instrument."""
    candles = bars(range(600))
    candles.attrs["instrument"] = ox.Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1")

    joined = check_candles(resample(candles, "1h"))

    assert joined.attrs["instrument"] is candles.attrs["instrument"]
    assert [time.hour for time in joined.index] == list(range(10))


def test_bars_begin_at_utc_days_and_on_mondays():
    """A week that began on Sunday night belongs to the Monday before."""
    candles = bars(range(0, 3 * 1440, 60), begin="2024-01-06 22:00")

    assert [time.isoformat() for time in resample(candles, "1w", source="1h").index] == [
        "2024-01-01T00:00:00+00:00",
        "2024-01-08T00:00:00+00:00",
    ]
    assert [time.day for time in resample(candles, "1d", source="1h").index] == [6, 7, 8, 9]


def test_incomplete_bars_are_marked_or_dropped_and_counted():
    """A hole and both ends make bars incomplete; a bar of which nothing is there is not made up."""
    candles = bars([*range(3, 10), *range(12, 20), *range(30, 33)])

    marked = resample(candles, "5m")
    dropped = resample(candles, "5m", incomplete="drop")

    assert [time.minute for time in marked.index] == [0, 5, 10, 15, 30]
    assert marked["missing"].tolist() == [3, 0, 2, 0, 2]
    assert [time.minute for time in dropped.index] == [5, 15]
    assert dropped.attrs["dropped"] == 3


def test_unknown_volume_makes_the_sum_unknown():
    """One NaN in an hour is no hour of smaller volume."""
    joined = resample(bars(range(120), volume=[np.nan] + [1.0] * 119), "1h")

    assert np.isnan(joined["volume"].iloc[0])
    assert joined["volume"].iloc[1] == 60


@pytest.mark.parametrize(
    ("timeframe", "options", "complaint"),
    [
        ("7m", {}, "no bar '7m'"),
        ("2d", {}, "no bar '2d'"),
        ("hour", {}, "no bar 'hour'"),
        ("30s", {}, "no whole number of bars of 60 s"),
        ("5m", {"source": "3m"}, "no whole number of bars of 180 s"),
        ("5m", {"incomplete": "fill"}, "incomplete is 'fill'"),
    ],
)
def test_length_that_bars_cannot_be_joined_to_is_refused(timeframe, options, complaint):
    """What does not divide a day, or is no multiple, is named."""
    with pytest.raises(InputError, match=complaint):
        resample(bars(range(10)), timeframe, **options)


def test_bar_that_opens_off_the_minute_is_refused():
    """It would belong to two bars."""
    with pytest.raises(CandleError, match=r"row 2 .* opens where no bar of 60 s does"):
        resample(bars([0, 1, 2.5, 3, 4]), "5m")


def test_recorded_minutes_come_to_the_recorded_hours(shared):
    """Two and a half years of minutes equal another recorder's hours: prices exactly, volumes at six decimals."""
    minutes = ox.read_candles(shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet")
    hours = ox.read_candles(shared / "data" / "BTC-USDT_1h_binance_20170817_20240421.parquet")

    joined = resample(minutes, "1h")
    common = joined.index.intersection(hours.index)
    ours, theirs = joined.loc[common], hours.loc[common]

    assert len(common) == 20_198
    assert (ours[PRICES].to_numpy() == theirs[PRICES].to_numpy()).all()
    assert (np.rint(ours["volume"] * 1e6) == np.rint(theirs["volume"] * 1e6)).all()
    assert joined[joined["missing"] > 0]["missing"].to_dict() == {pd.Timestamp("2023-03-24 12:00", tz="UTC"): 20}
