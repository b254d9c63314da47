"""Rows as OKX really sent them, in the dialects of 2021 to 2026, with all that is odd in them."""

import gzip
import json
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import Unreadable

DAYS = ("20210722", "20220227", "20220513")
JKORF = "JKorf+OKX.Net/Endpoints/UnifiedApi"
NAUTILUS = "nautechsystems+nautilus_trader"
# path, recorded file, pull, and a column with what its first row says
PULLS = [
    ("market/tickers", f"{JKORF}/ExchangeData/GetTickers.txt", lambda s: ox.tickers(s, "SWAP"), ("last", 9999.99)),
    (
        "market/trades",
        f"{JKORF}/ExchangeData/GetRecentTrades.txt",
        lambda s: ox.trades(s, "BTC-USDT"),
        ("id", 242720719),
    ),
    ("market/trades", f"{NAUTILUS}/http_get_trades.json", lambda s: ox.trades(s, "BTC-USDT"), ("side", "buy")),
    (
        "market/books",
        f"{JKORF}/ExchangeData/GetOrderBook.txt",
        lambda s: ox.order_book(s, "BTC-USDT"),
        ("bid", 41006.3),
    ),
    ("market/books", f"{NAUTILUS}/http_get_order_book.json", lambda s: ox.order_book(s, "BTC-USDT"), ("bid_orders", 1)),
    ("market/index-tickers", f"{JKORF}/ExchangeData/GetIndexTickers.txt", ox.index_prices, ("price", 43350)),
    ("public/mark-price", f"{NAUTILUS}/http_get_mark_price.json", ox.mark_prices, ("mark", 84660.1)),
    (
        "public/funding-rate",
        f"{JKORF}/ExchangeData/GetFundingRates.txt",
        ox.funding_rates,
        ("premium", 0.0001233824646391),
    ),
    ("public/open-interest", f"{JKORF}/ExchangeData/GetOpenInterests.txt", ox.open_interest, ("coins", 555.55)),
    (
        "public/price-limit",
        f"{JKORF}/ExchangeData/GetLimitPrice.txt",
        lambda s: ox.price_limits(s, "BTC-USDT-SWAP"),
        ("highest_buy", Decimal("17057.9")),
    ),
    (
        "public/position-tiers",
        f"{NAUTILUS}/http_get_position_tiers.json",
        lambda s: ox.position_tiers(s, "BTC-USDT"),
        ("maintenance_margin", Decimal("0.03")),
    ),
]


def recorded(shared, file):
    """Give the rows of a recorded answer, a JSON file or one with the request's lines before it."""
    text = (shared / "reference/okx/recorded" / file).read_text("utf-8")
    return json.loads(text[text.index("{") :])["data"]


def listings(shared, day):
    """Give the recorded rows of a day by their kind."""
    with gzip.open(shared / f"data/okx_instruments_{day}.json.gz") as file:
        responses = json.load(file)["responses"]
    rows = {}
    for answer in responses:
        body = answer["body"]
        rows.setdefault(answer["instType"], []).extend((json.loads(body) if isinstance(body, str) else body)["data"])
    return rows


@pytest.mark.parametrize("day", DAYS)
def test_listing_of_another_year_is_read_whole(shared, told, day):
    """Lists of 21 and 27 fields give every row, its exact steps, and what is not told as missing."""
    rows = listings(shared, day)
    session = told({"public/instruments": lambda asked: rows[asked["instType"][0]]})
    frames = {kind: ox.instruments(session, kind, family="BTC-USD" if kind == "OPTION" else None) for kind in rows}

    for kind, frame in frames.items():
        sent = {row["instId"]: row for row in rows[kind]}
        assert {name: str(step) for name, step in frame["tick"].items()} == {
            name: str(Decimal(row["tickSz"])) for name, row in sent.items()
        }
        assert (frame["code"].isna() & (frame["rule"] == "")).all()
    assert (frames["SWAP"]["base"] + "-" + frames["SWAP"]["quote"] == frames["SWAP"]["family"]).all()
    options = frames["OPTION"]
    assert (options.index.str.split("-").str[3].astype(float) == options["strike"].astype(float)).all()
    assert (options.index.str.split("-").str[2] == options["expiry"].dt.strftime("%y%m%d")).all()


@pytest.mark.parametrize("answer", PULLS, ids=[row[1].split("/")[-1] for row in PULLS])
def test_recorded_answer_is_read(shared, told, answer):
    """What was recorded of OKX comes out as a frame that says the same."""
    path, file, pull, (column, first) = answer
    frame = pull(told({path: recorded(shared, file)}))

    assert len(frame) >= 1
    assert frame[column].iloc[0] == first


def test_fields_that_were_not_sent_yet_are_missing(shared, told):
    """Open interest of before 2024 has no dollars: NaN."""
    frame = ox.open_interest(
        told({"public/open-interest": recorded(shared, f"{JKORF}/ExchangeData/GetOpenInterests.txt")})
    )

    assert frame["usd"].isna().all()


def test_rows_that_nobody_can_trade_are_left_out(told):
    """A row without an id, as OKX lists before an opening, is no instrument; one with null and empty fields is."""
    opening = {"instId": "NEW-USDT", "instType": "SPOT", "state": "preopen", "baseCcy": "NEW", "quoteCcy": "USDT"}
    nulls = dict.fromkeys(("tickSz", "lotSz", "minSz", "lever", "instIdCode", "expTime", "uly"))
    rows = [{"instId": "", "instType": "SPOT", "state": "preopen", "tickSz": ""}, {**opening, **nulls}]
    frame = ox.instruments(told({"public/instruments": rows}))

    assert list(frame.index) == ["NEW-USDT"]
    assert frame[["tick", "lot", "minimum", "leverage", "expiry", "code"]].isna().all(axis=None)
    assert frame.loc["NEW-USDT", ["family", "contract_type", "strike"]].tolist() == ["", "", None]


def test_tickers_of_what_has_not_traded_are_nan(told):
    """Empty and absent prices are NaN or NaT, and take nothing from the other rows."""
    rows = [
        {"instId": "B-USDT", "last": "1.5", "bidPx": "", "askPx": None, "ts": "1704067200000"},
        {"instId": "A-USDT", "last": "", "ts": ""},
        {"instId": "", "last": "7", "ts": "1704067200000"},
    ]
    frame = ox.tickers(told({"market/tickers": rows}))

    assert list(frame.index) == ["A-USDT", "B-USDT"]
    assert frame.loc["B-USDT", "last"] == 1.5
    assert frame.loc["B-USDT"].isna().sum() == 11
    assert frame.loc["A-USDT"].isna().all()


@pytest.mark.parametrize("text", ["abc", "1,2", "[1", "true", "nan", "1_0"])
@pytest.mark.parametrize("exact", [False, True])
def test_text_that_is_no_number_is_an_error_of_its_own(told, text, exact):
    """A price that is none is not turned into something else."""
    rows = [{"instId": "A-USDT", "last": text, "ts": "1704067200000"}]

    with pytest.raises(Unreadable, match="where a number belongs"):
        ox.tickers(told({"market/tickers": rows}), exact=exact)


def test_book_with_an_empty_side_is_half_a_book(told):
    """Nobody sells: the asks are NaN."""
    row = {"bids": [["10", "2", "0", "3"], ["9", "1", "0", "1"]], "asks": [], "ts": "1704067200000"}
    book = ox.order_book(told({"market/books": [row]}), "BTC-USDT")

    assert book["bid"].tolist() == [10.0, 9.0]
    assert book[["ask", "ask_size", "ask_orders"]].isna().all(axis=None)


def test_fees_in_the_old_dialect_are_read(shared, told, monkeypatch, tmp_path):
    """An answer without fee groups gives its rates under an empty group."""
    for name in ("KEY", "SECRET", "PASSPHRASE"):
        monkeypatch.setenv(f"OKX_API_{name}", "made-up")
    answers = {
        "public/time": lambda _: [{"ts": str(SystemClock().now_ms())}],
        "account/config": [{"perm": "read_only", "ip": "127.0.0.1"}],
        "account/trade-fee": recorded(shared, f"{NAUTILUS}/http_get_trade_fee_response.json"),
    }

    assert ox.fee_rates(told(answers)).loc["", ["maker", "taker"]].tolist() == [Decimal("0.0008"), Decimal("0.001")]
