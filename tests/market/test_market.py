"""Public data through the door, from a running paper exchange."""

import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CandleError, InputError, SymbolError
from okxlab.exchange import read
from okxlab.market import check_span, last_price

MINUTE = pd.Timedelta("1min")


def test_tickers_list_every_pair_in_one_call(paper):
    """One row a pair, sorted, with prices that are exactly what the exchange sent."""
    frame = ox.tickers(paper)
    raw = {row["instId"]: row for row in read(paper, "publicGetPublicInstruments", {"instType": "SPOT"})}

    assert len(frame) >= 20
    assert list(frame.index) == sorted(raw)
    assert (frame["bid"] < frame["ask"]).all()
    assert frame["time"].dt.tz is not None


def test_prices_lose_no_digit(paper):
    """A float of a ticker, written out again, is the text that the exchange sent."""
    sent = last_price(paper, "DOGE-USDT")
    with_float = float(sent)

    assert format(with_float, f".{len(sent.split('.')[-1])}f") == sent


@pytest.mark.parametrize("depth", [1, 5, 400])
def test_order_book_has_the_depth_asked_for(paper, depth):
    """As many levels as asked, best first on both sides."""
    book = ox.order_book(paper, "BTC/USDT", depth=depth)

    assert len(book) == depth
    assert book["bid"].is_monotonic_decreasing
    assert book["ask"].is_monotonic_increasing
    assert book["bid"].iloc[0] < book["ask"].iloc[0]


def test_order_book_of_no_levels_is_refused(paper):
    """A depth outside 1 to 5000 is refused before a request."""
    with pytest.raises(InputError, match="1 to 5000"):
        ox.order_book(paper, "BTC-USDT", depth=0)


def test_candles_cover_the_span_without_a_hole_across_both_endpoints(paper):
    """Three days of minutes, beyond the 1,440 recent ones: every minute once, in order."""
    end = ox.candles(paper, "BTC-USDT").index[-1]
    frame = ox.candles(paper, "BTC-USDT", start=end - pd.Timedelta(days=3), end=end)

    assert len(frame) == 3 * 1440
    assert (frame.index.to_series().diff().dropna() == MINUTE).all()
    assert frame.attrs["instrument"].symbol == "BTC-USDT"


def test_candles_of_days_begin_at_midnight_utc(paper):
    """Daily bars are UTC days, and agree with the minutes they are made of."""
    days = ox.candles(paper, "ETH-USDT", "1d")
    day = days.index[-1]
    minutes = ox.candles(paper, "ETH-USDT", start=day, end=day + pd.Timedelta(days=1))

    assert (days.index == days.index.normalize()).all()
    assert days["high"].iloc[-1] == minutes["high"].max()
    assert days["close"].iloc[-1] == minutes["close"].iloc[-1]


def test_candles_leave_the_unfinished_bar_out(paper):
    """The bar that is still forming is not among them."""
    newest = ox.candles(paper, "BTC-USDT").index[-1]
    forming = read(paper, "publicGetMarketCandles", {"instId": "BTC-USDT", "bar": "1m", "limit": "1"})[0]

    assert forming[8] == "0"
    assert newest < pd.Timestamp(int(forming[0]), unit="ms", tz="UTC")


def test_candles_of_an_unknown_bar_are_refused(paper):
    """A bar that does not exist is refused with those that do."""
    with pytest.raises(InputError, match="1m 3m 5m"):
        ox.candles(paper, "BTC-USDT", "7m")


def test_candles_of_an_empty_span_are_refused(paper):
    """A span that ends before it starts, or lies before the first candle, is no silent empty frame."""
    with pytest.raises(InputError, match="not after its start"):
        ox.candles(paper, "BTC-USDT", start="2024-01-02", end="2024-01-01")
    with pytest.raises(CandleError, match="no candles"):
        ox.candles(paper, "BTC-USDT", start="1999-01-01", end="1999-01-02")


@pytest.mark.parametrize(
    "call",
    [
        lambda session: ox.candles(session, "NOPE-USDT"),
        lambda session: ox.order_book(session, "NOPE-USDT"),
        lambda session: ox.instrument(session, "NOPE-USDT"),
        lambda session: ox.instrument(session, "not a symbol"),
    ],
)
def test_unknown_symbol_is_one_clear_error(paper, call):
    """Every helper refuses a symbol that is not listed by the same error."""
    with pytest.raises(SymbolError):
        call(paper)


def test_history_from_a_file_carries_the_exchange_steps(paper, tmp_path):
    """Candles of a file come back cut to whole days, with the instrument attached."""
    index = pd.date_range("2024-01-01", periods=3 * 1440, freq="min", tz="UTC")
    pd.DataFrame({"ts": index.as_unit("ms").asi8, "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0}).to_csv(
        tmp_path / "c.csv", index=False
    )
    frame = ox.history(paper, "BTC-USDT", days=1, start="2024-01-02", file=tmp_path / "c.csv")

    assert len(frame) == 1440
    assert frame.index[0] == pd.Timestamp("2024-01-02", tz="UTC")
    assert frame.attrs["instrument"] == ox.instrument(paper, "BTC-USDT")


def test_history_kept_in_a_store_is_read_from_it_and_stays_the_same(paper, tmp_path):
    """The days are kept as they come, and the second time they come from there, instrument and all."""
    store = ox.Store(tmp_path)
    start = f"{ox.candles(paper, 'BTC-USDT').index[-1] - pd.Timedelta(days=3):%Y-%m-%d}"
    first, again = (
        ox.history(paper, "BTC-USDT", days=1, start=start, store=place, progress=False) for place in (store, tmp_path)
    )

    assert store.coverage()["rows"].sum() == len(first) == 1440
    pd.testing.assert_frame_equal(first, again)
    assert again.attrs["instrument"] == ox.instrument(paper, "BTC-USDT")


@pytest.mark.parametrize("back", [pd.Timedelta(0), 1400 * MINUTE, pd.Timedelta(days=3)])
def test_candles_without_a_start_are_the_300_before_the_end(paper, back):
    """However far back the end lies, the 300 finished bars before it come, from one endpoint or both."""
    end = ox.candles(paper, "BTC-USDT").index[-1] - back
    frame = ox.candles(paper, "BTC-USDT", end=end)

    assert len(frame) == 300
    assert frame.index[-1] == end - MINUTE
    assert frame.index[0] == end - 300 * MINUTE


def test_candles_without_a_span_are_the_newest_300(paper):
    """The default is what it says: three hundred finished bars."""
    assert len(ox.candles(paper, "BTC-USDT")) == 300


@pytest.mark.parametrize(
    "call",
    [
        lambda session: ox.candles(session, "BTC-USDT", start="yesterdayish"),
        lambda session: ox.candles(session, "BTC-USDT", end="NaT"),
        lambda session: ox.candles(session, "BTC-USDT", start=1704067200),
        lambda session: ox.history(session, "BTC-USDT", days=10**9),
        lambda session: ox.history(session, "BTC-USDT", days=float("nan")),
        lambda session: ox.history(session, "BTC-USDT", days="7"),
        lambda session: ox.history(session, "BTC-USDT", start="NaT"),
        lambda session: ox.history(session, "BTC-USDT", start="9999-12-31"),
        lambda session: ox.order_book(session, "BTC-USDT", depth="5"),
        lambda session: ox.order_book(session, "BTC-USDT", depth=2.5),
    ],
)
def test_value_that_cannot_be_used_is_one_clear_error(paper, call):
    """Dates, days and depths of the wrong kind are refused by our own error, which says what to write."""
    with pytest.raises(InputError, match=r"(is not a date|days is|depth is).*(Write|Ask)"):
        call(paper)


@pytest.mark.parametrize("span", [{"start": "2150-01-01"}, {"start": "1999-01-01"}, {"days": 0}, {"start": "soon"}])
def test_span_without_candles_is_found_out_before_they_are_pulled(paper, span):
    """A span that would give nothing is refused with a read or two; one that gives something passes."""
    check_span(paper, "BTC-USDT", days=2)
    with pytest.raises(InputError):
        check_span(paper, "BTC-USDT", **{"days": 2, **span})
