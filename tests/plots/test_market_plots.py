"""Figures of market data: what is drawn is what the frame holds, and holes are seen."""

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CandleError, InputError
from okxlab.model import Instrument
from okxlab.plots import plot_candles, plot_coverage, plot_depth, plot_funding, plot_spread
from okxlab.store import Series, Store


def candles(rows, *, absent=()):
    """Give one-minute bars of a seeded walk, some of them left out."""
    points = 100 + np.random.default_rng(2).normal(size=rows + 1).cumsum() / 50
    frame = pd.DataFrame(
        {"open": points[:-1], "high": points.max(), "low": points.min(), "close": points[1:], "volume": 2.0},
        index=pd.date_range("2024-01-01", periods=rows, freq="min", tz="UTC"),
    )
    return frame.drop(frame.index[list(absent)])


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def spans(trace):
    """Give the first and last time of each rectangle of a band."""
    xs = [x for x in trace.x if x is not None]
    return [(min(xs[at : at + 5]), max(xs[at : at + 5])) for at in range(0, len(xs), 5)]


def test_plot_candles_draws_each_bar_and_its_volume():
    """Few bars are drawn as they are, with their units on the axes."""
    bars = candles(300)
    bars.attrs["instrument"] = Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1")

    figure = plot_candles(bars)
    drawn = traces(figure)

    assert list(drawn["price"].close) == bars["close"].tolist()
    assert list(drawn["volume"].y) == bars["volume"].tolist()
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text) == ("price [USDT]", "volume [AAA]")
    assert figure.layout.title.text == "AAA-USDT: 300 bars"


def test_plot_candles_shows_a_hole_over_the_time_it_spans():
    """Ten absent minutes are a band from the first of them to the bar after, and the title counts them."""
    figure = plot_candles(candles(100, absent=range(40, 50)), title="minutes")

    ((begin, end),) = spans(traces(figure)["missing"])
    assert (begin, end) == (pd.Timestamp("2024-01-01 00:40", tz="UTC"), pd.Timestamp("2024-01-01 00:50", tz="UTC"))
    assert figure.layout.title.text == "minutes: 90 bars, 10 missing"


def test_plot_candles_marks_idle_bars_and_unknown_volume_apart():
    """Bars in which nobody traded and bars whose volume is unknown are two kinds of band."""
    bars = candles(100)
    bars.iloc[10:20] = [100.0, 100.0, 100.0, 100.0, 0.0]
    bars.loc[bars.index[50:53], "volume"] = np.nan

    drawn = traces(plot_candles(bars))

    assert [len(spans(drawn[kind])) for kind in ("idle", "no volume")] == [1, 1]
    assert drawn["idle"].fillcolor != drawn["no volume"].fillcolor


def test_plot_candles_of_many_bars_keeps_volume_and_holes():
    """Joined bars hold the whole volume, and a minute that is missing in a year is still a band."""
    bars = candles(400_000, absent=[123_456])

    drawn = traces(plot_candles(bars))

    assert len(drawn["price"].x) <= 5000
    assert sum(drawn["volume"].y) == bars["volume"].sum()
    assert len(spans(drawn["missing"])) == 1


def test_plot_candles_without_volume_draws_the_price_alone():
    """A frame of prices has one panel."""
    assert list(traces(plot_candles(candles(10).drop(columns="volume")))) == ["price"]


def test_plot_candles_refuses_what_cannot_be_traded_over():
    """Rows that go back are an error, not a line that goes back."""
    with pytest.raises(CandleError, match="earlier"):
        plot_candles(candles(10).iloc[::-1])


def test_plot_candles_shows_the_outage_of_a_recorded_exchange(shared):
    """The recorded outage is one idle band and one missing band that touch."""
    bars = ox.read_candles(
        shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet", start="2023-03-24", end="2023-03-25"
    )

    drawn = traces(plot_candles(bars))

    assert spans(drawn["idle"])[0][1] == spans(drawn["missing"])[0][0] == pd.Timestamp("2023-03-24 12:40", tz="UTC")


def test_plot_depth_sums_sizes_outward_from_the_best_price(paper):
    """The last point of a side is all that waits there, and the title tells the spread."""
    book = ox.order_book(paper, "BTC-USDT", depth=50)

    figure = plot_depth(book, title="BTC-USDT")
    bids, asks = figure.data

    assert bids.y[-1] == pytest.approx(book["bid_size"].sum())
    assert asks.y[-1] == pytest.approx(book["ask_size"].sum())
    assert (np.diff(bids.x) < 0).all()
    assert (np.diff(asks.x) > 0).all()
    assert "basis points" in figure.layout.title.text


def test_plot_depth_of_a_book_with_an_empty_side_says_so():
    """A book without asks is drawn, and no spread is made up."""
    book = pd.DataFrame({"bid_size": [1.0], "bid": [99.0], "ask": [np.nan], "ask_size": [np.nan]})

    figure = plot_depth(book)

    assert len(figure.data[1].x) == 0
    assert "one side is empty" in figure.layout.title.text
    with pytest.raises(InputError, match="no column 'ask'"):
        plot_depth(book.drop(columns="ask"))


def test_plot_spread_draws_basis_points_over_time():
    """A column of times serves as well as an index, and a moment with an empty side breaks the line."""
    times = pd.date_range("2024-01-01", periods=3, freq="s", tz="UTC")
    quotes = pd.DataFrame({"time": times, "bid": [99.0, np.nan, 99.5], "ask": [101.0, 101.0, 100.5]})

    (line,) = plot_spread(quotes).data
    (same,) = plot_spread(quotes.set_index("time")).data

    assert np.array_equal(line.y, [200.0, np.nan, 100.0], equal_nan=True)
    assert list(line.x) == list(same.x)
    assert not line.connectgaps


def test_plot_spread_of_many_moments_keeps_the_widest():
    """One wide moment among a hundred thousand is drawn at its own time."""
    quotes = pd.DataFrame(
        {"bid": 99.0, "ask": 101.0}, index=pd.date_range("2024-01-01", periods=100_000, freq="s", tz="UTC")
    )
    quotes.iloc[77_777, 1] = 110.0

    (line,) = plot_spread(quotes).data

    assert len(line.x) <= 5000
    assert pd.DatetimeIndex(line.x)[int(np.argmax(line.y))] == quotes.index[77_777]


@pytest.mark.parametrize("quotes", [pd.DataFrame({"bid": [1.0], "ask": [2.0]}), pd.DataFrame({"bid": [1.0]})])
def test_plot_spread_without_times_or_prices_is_refused(quotes):
    """What is needed is named."""
    with pytest.raises(InputError, match="Give a"):
        plot_spread(quotes)


def test_plot_funding_parts_who_pays_and_sums_up(shared):
    """Recorded rates: bars above and below zero make up the file, and the sum ends at theirs."""
    rates = pd.read_parquet(shared / "data" / "BTC-USDT-SWAP_funding_okx_20251013_20260115.parquet")
    rates.index = pd.to_datetime(rates.pop("ts"), unit="ms", utc=True)

    figure = plot_funding(rates, title="BTC-USDT-SWAP")
    drawn = traces(figure)

    assert (len(drawn["longs pay"].x), len(drawn["shorts pay"].x)) == (284 - 60, 60)
    assert drawn["sum"].y[-1] == pytest.approx(100 * rates["funding_rate"].sum())
    assert "284 payments" in figure.layout.title.text


def test_plot_funding_tells_a_year_of_the_mean_rate():
    """One hundredth of a per cent every eight hours is 10.95 % a year."""
    index = pd.date_range("2024-01-01", periods=9, freq="8h", tz="UTC")

    assert "+10.95 % a year" in plot_funding(pd.DataFrame({"funding_rate": 0.0001}, index=index)).layout.title.text
    with pytest.raises(InputError, match="no frame of funding rates"):
        plot_funding(pd.DataFrame({"rate": [0.1]}))


def test_plot_coverage_shows_each_series_with_its_spans_and_holes(tmp_path):
    """What was asked for, what the source did not have, and what nobody asked for between two spans."""
    store, first, second = Store(tmp_path), *(Series("okx", "candles", f"{base}-USDT", "1m") for base in ("BTC", "ETH"))
    store.write(first, candles(1440, absent=range(40, 50)), span=("2024-01-01", "2024-01-02"), source="okx")
    store.write(second, candles(60), source="okx")
    store.write(second, candles(60).shift(freq="12h"), source="okx")

    figure = plot_coverage(store)
    drawn = traces(figure)

    assert [y for y in drawn["covered"].y if y] == [str(first)] * 2 + [str(second)] * 4
    assert [pd.Timestamp(x) for x in drawn["absent"].x if x is not None] == [
        pd.Timestamp("2024-01-01 00:40", tz="UTC"),
        pd.Timestamp("2024-01-01 00:50", tz="UTC"),
    ]
    assert list(figure.layout.yaxis.categoryarray) == [str(second), str(first)]
    assert figure.layout.title.text == "2 series, 1,550 rows, 10 bars absent, holes: 1"


def test_plot_coverage_of_an_empty_store_says_how_to_fill_it(tmp_path):
    """There is nothing to draw, and that is an error with its next step."""
    with pytest.raises(InputError, match="nothing in the store"):
        plot_coverage(Store(tmp_path))
