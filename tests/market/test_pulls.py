"""Every public pull, from a running paper exchange."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CredentialsError, InputError, SymbolError
from okxlab.exchange import read

FRAMES = {
    "instruments": ox.instruments,
    "options": lambda session: ox.instruments(session, "OPTION"),
    "tickers": ox.tickers,
    "swap tickers": lambda session: ox.tickers(session, "SWAP"),
    "funding_rates": ox.funding_rates,
    "open_interest": ox.open_interest,
    "open options": lambda session: ox.open_interest(session, "OPTION"),
    "mark_prices": ox.mark_prices,
    "index_prices": ox.index_prices,
}
SWAP = "BTC-USDT-SWAP"
MINUTE = pd.Timedelta("1min")


@pytest.mark.parametrize("pull", FRAMES.values(), ids=FRAMES)
def test_pull_of_a_kind_is_indexed_by_symbol_in_order(paper, pull):
    """Each instrument has one row, under OKX's id, sorted; times are UTC."""
    frame = pull(paper)

    assert len(frame) > 100
    assert frame.index.name == "symbol"
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    assert {str(kind.tz) for kind in frame.dtypes if isinstance(kind, pd.DatetimeTZDtype)} == {"UTC"}


def test_tickers_of_more_than_500_pairs_come_in_one_call(paper):
    """One call, one row a pair, and every number is the one that was sent."""
    frame = ox.tickers(paper)
    sent = {row["instId"]: row for row in read(paper, "publicGetMarketTickers", {"instType": "SPOT"})}
    opened = {name: float(row["sodUtc0"]) for name, row in sent.items()}

    assert len(frame) > 500
    assert frame["open_utc"].to_dict() == opened


def test_tickers_exact_are_decimals(paper):
    """Asked for exactly, a price is the Decimal of what was sent."""
    frame = ox.tickers(paper, "SWAP", exact=True)

    assert {type(price) for price in frame["open_24h"]} == {Decimal}
    assert frame["open_24h"].astype(float).equals(ox.tickers(paper, "SWAP")["open_24h"])


def test_instruments_of_swaps_tell_the_contract(paper):
    """What a contract is worth, in what it settles, and in which steps it trades."""
    swap = ox.instruments(paper, "SWAP").loc[SWAP]

    assert (swap["base"], swap["quote"], swap["settle"], swap["family"]) == ("BTC", "USDT", "USDT", "BTC-USDT")
    assert (swap["contract_type"], swap["contract_value"], swap["contract_currency"]) == (
        "linear",
        Decimal("0.01"),
        "BTC",
    )
    assert isinstance(swap["tick"], Decimal)
    assert pd.isna(swap["expiry"])
    assert swap["strike"] is None


def test_instruments_of_options_tell_strike_and_expiry(paper):
    """The terms agree with the name, for one family or for all of them."""
    options = ox.instruments(paper, "option", family="BTC/USD")
    name, first = options.index[0], options.iloc[0]

    assert name.split("-")[3:] == [str(first["strike"]), first["option_type"]]
    assert first["expiry"].strftime("%y%m%d") == name.split("-")[2]
    assert set(options["family"]) == {"BTC-USD"}
    assert set(ox.instruments(paper, "OPTION")["family"]) == {"BTC-USD", "ETH-USD"}


@pytest.mark.parametrize("depth", [401, 5000])
def test_order_book_goes_5000_levels_deep(paper, depth):
    """Beyond 400 levels the whole book is asked for; both ways show the same best levels, with their orders."""
    book = ox.order_book(paper, SWAP, depth=depth)

    assert len(book) == depth
    assert book["bid"].is_monotonic_decreasing
    assert book["ask"].is_monotonic_increasing
    assert (book[["bid_orders", "ask_orders"]] >= 1).all(axis=None)


def test_trades_are_the_newest_in_order(paper):
    """As many as asked for, oldest first, with the side that took."""
    trades = ox.trades(paper, "BTC/USDT", limit=500)

    assert len(trades) == 500
    assert trades.index.is_monotonic_increasing
    assert trades["id"].is_monotonic_increasing
    assert set(trades["side"]) == {"buy", "sell"}


def test_trades_history_of_a_span_is_whole(paper):
    """Between two moments every trade is there once: minutes of them add up to the candles' volumes."""
    candles = ox.candles(paper, "BTC-USDT").iloc[-40:-10]
    trades = ox.trades_history(paper, "BTC-USDT", start=candles.index[0], end=candles.index[-1] + MINUTE)
    volumes = trades["size"].resample("1min").sum()

    assert trades["id"].is_unique
    assert len(trades) > 100
    assert np.allclose(volumes, candles["volume"])


def test_trades_history_between_ids_is_the_same_as_between_their_times(paper):
    """A span by ids begins with the first id and ends before the last."""
    newest = ox.trades_history(paper, "BTC-USDT", limit=350)
    first, last = newest["id"].iloc[[0, -1]]

    between = ox.trades_history(paper, "BTC-USDT", start=int(first), end=int(last))
    assert len(newest) == 350
    assert between.equals(newest.iloc[:-1])


def test_pulled_trades_and_funding_go_into_the_store_as_they_are(paper, tmp_path):
    """What is pulled can be kept, and comes back the same."""
    store, trades = ox.Store(tmp_path), ox.trades_history(paper, "BTC-USDT", limit=200)
    funding = ox.funding_history(paper, SWAP)[["funding_rate", "realized_rate"]]
    kept = ox.Series("paper", "trades", "BTC-USDT"), ox.Series("paper", "funding", SWAP)
    for series, frame in zip(kept, (trades, funding), strict=True):
        store.write(series, frame, source="pull")

    assert store.read(kept[0])[list(trades)].astype({"side": "str"}).equals(trades)
    assert store.read(kept[1]).equals(funding)


def test_trades_history_before_anything_is_empty_and_typed(paper):
    """A span without trades is an empty frame of the same columns."""
    none = ox.trades_history(paper, "BTC-USDT", start="2001-01-01", end="2001-01-02")

    assert none.empty
    assert list(none.dtypes) == list(ox.trades(paper, "BTC-USDT").dtypes)


def test_funding_history_is_every_payment_of_a_span(paper):
    """Every eight hours one, and the newest agrees with what the rates of now call the last one settled."""
    history = ox.funding_history(paper, "BTC/USDT:USDT")
    part = ox.funding_history(paper, SWAP, start=history.index[3], end=history.index[9])
    now = ox.funding_rates(paper, SWAP)

    assert (history.index.to_series().diff().dropna() == pd.Timedelta("8h")).all()
    assert part.equals(history.iloc[3:9])
    assert now["settled_rate"].iloc[0] == history["realized_rate"].iloc[-1]
    assert now["funding_time"].iloc[0] == history.index[-1] + pd.Timedelta("8h")


def test_price_limits_lie_around_the_mark(paper):
    """One row a symbol, in the order asked for, exact."""
    limits = ox.price_limits(paper, ["ETH-USDT-SWAP", "BTC/USDT"])

    assert list(limits.index) == ["ETH-USDT-SWAP", "BTC-USDT"]
    assert (limits["lowest_sell"] < limits["highest_buy"]).all()
    assert limits["enabled"].all()
    assert len(ox.price_limits(paper, "BTC-USDT")) == 1


@pytest.mark.parametrize("symbol", [SWAP, "BTC/USDT", "BTC-USD-270326-100000-C"])
def test_position_tiers_ask_for_more_the_larger_they_are(paper, symbol):
    """Tiers follow on each other; margins rise and leverage falls."""
    tiers = ox.position_tiers(paper, symbol, mode="isolated")

    assert list(tiers.index) == list(range(1, len(tiers) + 1))
    assert (tiers["above"].iloc[1:].to_numpy() > tiers["up_to"].iloc[:-1].to_numpy()).all()
    assert tiers["maintenance_margin"].is_monotonic_increasing


def test_option_chain_has_one_row_a_contract_in_order(paper):
    """Calls and puts of each strike, by expiry; a call's delta falls as its strike rises."""
    chain = ox.option_chain(paper, "ETH/USD")
    first = chain[(chain["expiry"] == chain["expiry"].iloc[0]) & (chain["type"] == "C")]

    assert set(chain.index) == set(ox.instruments(paper, "OPTION", family="ETH-USD").index)
    assert chain[["expiry", "strike"]].apply(tuple, axis=1).is_monotonic_increasing
    assert first["delta"].is_monotonic_decreasing
    assert chain[["mark", "delta", "gamma", "vega", "theta", "mark_volatility", "forward"]].notna().all(axis=None)
    assert chain.attrs == {"greeks": "BS", "settle": "ETH"}


def test_option_chain_names_the_convention_of_its_greeks(paper):
    """In the coin, a call's delta is less than in dollars by its own price; the prices are the same."""
    dollars, coins = (ox.option_chain(paper, greeks=greeks) for greeks in ("BS", "PA"))
    calls = dollars["type"] == "C"

    assert (coins.loc[calls, "delta"] <= dollars.loc[calls, "delta"]).all()
    assert (coins["vega"].abs() < dollars["vega"].abs()).mean() > 0.9
    assert coins.attrs["greeks"] == "PA"


def test_fee_rates_are_positive_when_paid(paper):
    """By the group that the listing names of each instrument."""
    fees = ox.fee_rates(paper)

    assert fees.loc[ox.instruments(paper).loc["BTC-USDT", "fee_group"], "taker"] == Decimal("0.001")
    assert (fees["maker"] < fees["taker"]).all()


def test_fee_rates_without_a_key_say_what_is_missing(derivatives):
    """They are the account's own: a session without keys cannot ask."""
    with pytest.raises(CredentialsError, match="needs a key"):
        ox.fee_rates(derivatives[0])


def test_server_time_is_now_in_utc(paper):
    """It rises, in UTC."""
    first, second = ox.server_time(paper), ox.server_time(paper)

    assert str(first.tz) == "UTC"
    assert pd.Timedelta(0) <= second - first < pd.Timedelta("1min")


def test_system_status_is_empty_and_typed_while_nothing_is_announced(paper):
    """No upgrade, no row."""
    status = ox.system_status(paper)

    assert status.empty
    assert str(status["begin"].dtype) == "datetime64[us, UTC]"


def test_mark_prices_stay_near_their_index(paper):
    """A swap is marked near the index behind it."""
    marks, indices = ox.mark_prices(paper)["mark"], ox.index_prices(paper)["price"]

    assert abs(marks[SWAP] / indices["BTC-USDT"] - 1) < 0.01


@pytest.mark.parametrize(
    "call",
    [
        lambda session: ox.tickers(session, "MARGIN"),
        lambda session: ox.instruments(session, "SPOTS"),
        lambda session: ox.open_interest(session, "SPOT"),
        lambda session: ox.mark_prices(session, None),
        lambda session: ox.trades(session, "BTC-USDT", limit=501),
        lambda session: ox.trades_history(session, "BTC-USDT", limit=0),
        lambda session: ox.trades_history(session, "BTC-USDT", start=-1),
        lambda session: ox.trades_history(session, "BTC-USDT", end="soon"),
        lambda session: ox.position_tiers(session, SWAP, mode="crossed"),
        lambda session: ox.option_chain(session, greeks="dollars"),
        lambda session: ox.order_book(session, SWAP, depth=5001),
    ],
)
def test_value_that_cannot_be_asked_for_is_refused_here(derivatives, call):
    """Nothing leaves, and the error says what can be asked for."""
    session, seen = derivatives

    with pytest.raises(InputError, match=r"(Use|Ask|Write)"):
        call(session)
    assert seen == []


@pytest.mark.parametrize(
    "call",
    [
        lambda session: ox.trades(session, "NOPE-USDT"),
        lambda session: ox.trades_history(session, "NOPE-USDT"),
        lambda session: ox.funding_rates(session, "NOPE-USDT-SWAP"),
        lambda session: ox.funding_history(session, "NOPE-USDT-SWAP"),
        lambda session: ox.price_limits(session, "NOPE-USDT"),
        lambda session: ox.position_tiers(session, "NOPE-USDT-SWAP"),
        lambda session: ox.option_chain(session, "NOPE-USD"),
    ],
)
def test_what_is_not_listed_is_one_clear_error(paper, call):
    """Every pull of one symbol refuses one that is not listed by the same error."""
    with pytest.raises(SymbolError, match="NOPE"):
        call(paper)
