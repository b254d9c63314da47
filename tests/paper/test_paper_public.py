"""Public endpoints: every one has OKX's fields, pages as OKX does, and agrees with the market."""

import json
from decimal import Decimal
from time import process_time

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.route import Answer
from okxlab.paper.rest.table import routes
from tests.paper.conftest import StandingClock
from tests.paper.desk import open_desk

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_706_659_200_000  # 2024-01-31T00:00Z, a Wednesday
SWAP = {"instId": "BTC-USDT-SWAP"}
SPOT = {"instId": "BTC-USDT"}
LATER = {"module": "1", "instType": "SPOT", "dateAggrType": "daily", "begin": "1", "end": "2"}

BODY = {**SPOT, "algoOrdType": "grid", "gridNum": 10, "runType": "1", "maxPx": "95000", "minPx": "85000"}

ENDPOINTS = {
    "public/time": [{}],
    "public/instruments": [{"instType": kind} for kind in ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")],
    "market/tickers": [{"instType": "FUTURES"}, {"instType": "SWAP", "instFamily": "BTC-USDT"}],
    "market/ticker": [SPOT, SWAP, {"instId": "BTC-USD-SWAP"}],
    "market/books": [SPOT],
    "market/books-full": [{**SPOT, "sz": "5000"}],
    "market/candles": [SPOT, {**SWAP, "bar": "1s"}, {**SPOT, "bar": "3Dutc"}],
    "market/history-candles": [SPOT],
    "market/trades": [SPOT],
    "market/history-trades": [SPOT, {**SPOT, "type": "2"}],
    "market/option/instrument-family-trades": [{"instFamily": "BTC-USD"}],
    "public/option-trades": [{"instFamily": "BTC-USD"}],
    "market/platform-24-volume": [{}],
    "public/funding-rate": [SWAP, {"instId": "ANY"}],
    "public/funding-rate-history": [SWAP],
    "public/open-interest": [{"instType": "SWAP", **SWAP}, {"instType": "OPTION", "uly": "BTC-USD"}],
    "public/price-limit": [SPOT, SWAP],
    "public/opt-summary": [{"instFamily": "BTC-USD"}],
    "public/discount-rate-interest-free-quota": [{}, {"ccy": "BTC"}],
    "public/mark-price": [SWAP, {"instType": "SWAP"}],
    "public/position-tiers": [
        {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"},
        {"instType": "MARGIN", "tdMode": "isolated", "instId": "BTC-USDT"},
    ],
    "public/interest-rate-loan-quota": [{}],
    "public/insurance-fund": [{"instType": "SWAP", "instFamily": "BTC-USDT"}],
    "public/convert-contract-coin": [{**SWAP, "sz": "1"}],
    "public/instrument-tick-bands": [{"instType": "OPTION"}],
    "public/premium-history": [SWAP],
    "public/delivery-exercise-history": [
        {"instType": "FUTURES", "instFamily": "BTC-USDT"}, {"instType": "OPTION", "uly": "BTC-USD"}
    ],
    "public/market-data-history": [LATER],
    "market/index-tickers": [SPOT, {"quoteCcy": "EUR"}],
    "market/index-candles": [{"instId": "BTC-USD"}],
    "market/history-index-candles": [SPOT],
    "market/mark-price-candles": [SWAP],
    "market/history-mark-price-candles": [SWAP],
    "market/exchange-rate": [{}],
    "market/index-components": [{"index": "BTC-USDT"}],
}  # fmt: skip
ASKED = [(path, params) for path, every in ENDPOINTS.items() for params in every]
NOTHING = [
    ("public/settlement-history", {"instFamily": "BTC-USDT"}), ("public/estimated-settlement-info", SWAP),
    ("market/call-auction-details", SPOT), ("public/estimated-price", SWAP), ("system/status", {}),
    ("public/event-contract/series", {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def desk():
    return open_desk(PaperOptions(stepped=True), StandingClock())


def ask(desk, path, **params):
    """Give what an endpoint answers."""
    answer = routes()[f"/api/v5/{path}"]["GET"].act(desk.call(**params))
    return answer.rows if isinstance(answer, Answer) else answer


def fields_of(row):
    """Give the names in a row, those of nested rows after a sign a level, as OKX's tables list them."""
    found = {}
    for name, value in row.items():
        nested = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        found[name] = fields_of(nested) if isinstance(nested, dict) else {}
    return found


def documented(rows):
    """Give the names of OKX's table in the same form."""
    found, inner = {}, {}
    for row in rows:
        name = row["name"]
        depth = len(name) - len(name.lstrip("> ").lstrip()) and name.count(">")
        level = found if not depth else inner[depth - 1]
        level[name.lstrip("> ")] = inner[depth] = {}
    return found


@pytest.mark.parametrize(("path", "params"), ASKED, ids=lambda value: str(value).replace("/", "."))
def test_answer_has_the_fields_of_okx(shared, desk, path, params):
    """Every row has each field OKX lists and no other; candles have as many columns."""
    table = json.loads((shared / "reference" / "okx" / "fields.json").read_text())[f"GET /api/v5/{path}"]["response"]
    expected = documented(table)
    answer = ask(desk, path, **params)
    rows = [answer] if isinstance(answer, dict) else list(answer)

    assert rows
    for row in rows:
        if isinstance(row, list):
            assert len(row) == len(expected)
        else:
            agree(fields_of(row), expected)


def agree(found, expected):
    """Compare names, level by level; a nested table that is empty in this row says nothing."""
    assert found.keys() == expected.keys()
    for name, inner in found.items():
        if inner:
            agree(inner, expected[name])


@pytest.mark.parametrize(("path", "params"), NOTHING)
def test_what_is_not_there_is_an_empty_list(desk, path, params):
    """As OKX answers."""
    assert list(ask(desk, path, **params)) == []


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("market/ticker", {"instId": "NO-USDT"}, "51001"),
        ("public/instruments", {"instType": "SPOT", "instId": "NO-USDT"}, "51001"),
        ("market/index-tickers", {"instId": "NO-USD"}, "51001"),
        ("market/index-tickers", {}, "50014"),
        ("market/tickers", {}, "50014"),
        ("market/tickers", {"instType": "X"}, "51000"),
        ("public/funding-rate", SPOT, "51000"),
        ("public/mark-price", {}, "50014"),
        ("public/opt-summary", {}, "50014"),
        ("public/position-tiers", {"instType": "SWAP", "tdMode": "cross"}, "50014"),
        ("public/position-tiers", {"instType": "SWAP", "tdMode": "cross", "instFamily": "NO-USD"}, "51001"),
        ("market/candles", {**SPOT, "bar": "7m"}, "51000"),
        ("market/history-trades", {**SPOT, "type": "2", "before": "5"}, "50039"),
        ("public/convert-contract-coin", {**SWAP, "sz": "x"}, "51000"),
        ("public/market-data-history", {"module": "1"}, "50014"),
    ],
)
def test_wrong_question_is_refused(desk, path, params, code):
    """With OKX's code."""
    with pytest.raises(Refusal) as refused:
        ask(desk, path, **params)

    assert refused.value.code == code


def test_mark_and_index_agree_wherever_they_are_told(desk):
    """The last candle closes at the mark or index price, and funding pays the premium of one over the other."""
    (mark,), (index,) = ask(desk, "public/mark-price", **SWAP), ask(desk, "market/index-tickers", **SPOT)
    (rate,) = ask(desk, "public/funding-rate", **SWAP)
    premium = Decimal(mark["markPx"]) / Decimal(index["idxPx"]) - 1

    assert ask(desk, "market/mark-price-candles", **SWAP)[0][4] == mark["markPx"]
    assert ask(desk, "market/index-candles", **SPOT)[0][4] == index["idxPx"]
    assert abs(premium - Decimal(rate["premium"])) < Decimal("0.00001")
    assert abs(Decimal(ask(desk, "public/premium-history", **SWAP)[0]["premium"]) - premium) < Decimal("0.00001")
    assert ask(desk, "market/index-tickers", instId="BTC-USD")[0]["idxPx"] != ""


def test_funding_history_pages_by_funding_time(desk):
    """Every eight hours, newest first, after and before exclusive."""
    rows = ask(desk, "public/funding-rate-history", **SWAP, limit="10")
    times = [int(row["fundingTime"]) for row in rows]

    assert times == [START - place * 8 * HOUR for place in range(10)]
    assert ask(desk, "public/funding-rate-history", **SWAP, after=str(times[2]), limit="3") == rows[3:6]
    assert ask(desk, "public/funding-rate-history", **SWAP, before=str(times[2])) == rows[:2]
    assert len(ask(desk, "public/funding-rate-history", **SWAP)) == 271  # three months


def test_mark_candles_page_and_their_minutes_make_hours(desk):
    """As candles do, a hundred at most; the history holds completed ones only."""
    minutes = ask(desk, "market/history-mark-price-candles", **SWAP, limit="500")
    hours = ask(desk, "market/history-mark-price-candles", **SWAP, bar="1H", limit="2")
    within = [row for row in minutes if int(row[0]) >= int(hours[0][0])]

    assert len(minutes) == 100
    assert {row[5] for row in minutes} == {"1"}
    assert len(within) == 60
    assert hours[0][1:5] == [
        within[-1][1], max((row[2] for row in within), key=Decimal), min((row[3] for row in within), key=Decimal),
        within[0][4],
    ]  # fmt: skip
    assert ask(desk, "market/history-mark-price-candles", **SWAP, after=minutes[4][0], limit="3") == minutes[5:8]


def test_families_are_found_by_either_name(desk):
    """instFamily, and uly as it was once called."""
    by_family = ask(desk, "public/instruments", instType="OPTION", instFamily="BTC-USD")

    assert by_family == ask(desk, "public/instruments", instType="OPTION", uly="BTC-USD")
    assert {row["instFamily"] for row in by_family} == {"BTC-USD"}
    assert ask(desk, "public/underlying", instType="OPTION") == [["BTC-USD", "ETH-USD"]]


def test_options_that_end_in_the_hour_have_an_estimated_price_and_then_a_history():
    """First what they will pay, then what they paid; what has ended is listed no more."""
    desk = open_desk(PaperOptions(stepped=True), StandingClock())
    desk.step(4 * (7 * 60 + 30))
    ending = ask(desk, "public/estimated-price", instType="OPTION", instFamily="BTC-USD")
    name = ending[0]["instId"]
    history = ask(desk, "public/delivery-exercise-history", instType="OPTION", instFamily="BTC-USD")

    assert {row["settlePx"] for row in ending} == {ask(desk, "market/index-tickers", instId="BTC-USD")[0]["idxPx"]}
    assert "240131" in name
    assert [int(row["ts"]) for row in history[:2]] == [START + 8 * HOUR - DAY, START + 8 * HOUR - 2 * DAY]
    assert {row["type"] for row in history[0]["details"]} == {"exercised", "expired_otm"}


def test_futures_ended_on_fridays(desk):
    """Each week one of the family was delivered."""
    rows = ask(desk, "public/delivery-exercise-history", instType="FUTURES", instFamily="BTC-USDT", limit="3")

    assert [row["details"][0]["insId"] for row in rows] == [
        "BTC-USDT-240126", "BTC-USDT-240119", "BTC-USDT-240112"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "asked", "size"),
    [
        ("BTC-USDT-SWAP", {"sz": "0.5", "px": "50000"}, "50"),
        ("BTC-USDT-SWAP", {"sz": "50", "px": "50000", "type": "2"}, "0.5"),
        ("BTC-USDT-SWAP", {"sz": "25000", "px": "50000", "unit": "usds"}, "50"),
        ("BTC-USD-SWAP", {"sz": "0.5", "px": "50000"}, "250"),
        ("BTC-USD-SWAP", {"sz": "250", "px": "50000", "type": "2"}, "0.5"),
    ],
)
def test_coins_and_contracts_convert_both_ways(desk, name, asked, size):
    """A linear contract stands for coins, an inverse one for dollars."""
    (row,) = ask(desk, "public/convert-contract-coin", instId=name, **asked)

    assert row["sz"] == size


def test_deep_book_goes_on_where_the_short_one_ends(desk):
    """The same levels, and more of them; their orders are counted in the third column."""
    (short,), (full,) = ask(desk, "market/books", **SPOT, sz="400"), ask(desk, "market/books-full", **SPOT, sz="5000")

    assert [[px, sz, count] for px, sz, _, count in short["asks"]] == full["asks"][:400]
    assert len(full["bids"]) > 400


@pytest.mark.parametrize(
    ("bar", "length"), [("2Dutc", 2 * DAY), ("3D", 3 * DAY), ("5Dutc", 5 * DAY), ("1Mutc", None), ("3M", None)]
)
def test_long_bars_follow_each_other(desk, bar, length):
    """Two, three and five days, months and quarters, each opening where the one before ended."""
    rows = ask(desk, "market/candles", **SPOT, bar=bar, limit="5")
    times = [int(row[0]) for row in rows]

    assert [row[8] for row in rows] == ["0", "1", "1", "1", "1"]
    if length:
        assert [after - before for before, after in zip(times[1:], times, strict=False)] == [length] * 4
    elif bar == "1Mutc":
        assert times == [1_704_067_200_000, 1_701_388_800_000, 1_698_796_800_000, 1_696_118_400_000, 1_693_526_400_000]
    else:
        assert times[0] == 1_704_067_200_000 - 8 * HOUR


@pytest.mark.parametrize("candles", [0, 1, 63, 64, 200])
def test_day_of_a_ticker_is_that_of_its_candles(candles):
    """Wherever the market has come to since the ticker was asked first, our own trades included."""
    desk = open_desk(PaperOptions(stepped=True), StandingClock())
    ask(desk, "market/tickers", instType="SWAP", instFamily="ETH-USDT")
    desk.step(4 * candles + 1)
    desk.place({"instId": "ETH-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1000"})
    desk.step(9)
    for name in ("ETH-USDT", "ETH-USDT-SWAP"):
        (ticker,) = ask(desk, "market/ticker", instId=name)
        rows, after = [], str(2**60)
        for _ in range(5):
            rows += ask(desk, "market/candles", instId=name, limit="300", after=after)
            after = rows[-1][0]
        day = [row for row in rows if int(row[0]) > int(ticker["ts"]) - DAY]

        assert len(day) == 1440
        assert ticker["open24h"] == day[-1][1]
        assert Decimal(ticker["high24h"]) == max(Decimal(row[2]) for row in day)
        assert Decimal(ticker["low24h"]) == min(Decimal(row[3]) for row in day)
        assert Decimal(ticker["vol24h"]) == sum(Decimal(row[5]) for row in day)
        assert float(ticker["volCcy24h"]) == pytest.approx(sum(float(row[6]) for row in day))


def test_tickers_of_500_pairs_are_quick():
    """Asked again in the same place nearly free, and after a move still far below a turn of the clock."""
    desk = open_desk(PaperOptions(stepped=True), StandingClock())
    assert len(ask(desk, "market/tickers", instType="SPOT")) > 500
    spent = []
    for points in (0, 1, 4):
        desk.step(points)
        began = process_time()
        ask(desk, "market/tickers", instType="SPOT")
        spent.append(process_time() - began)

    assert spent[0] < 0.03
    assert max(spent[1:]) < 0.3


def test_public_endpoints_need_no_key_on_the_wire(shared_exchange):
    """Asked and answered without a signature, in OKX's envelope; a body is taken where OKX takes one."""
    asked = [
        ("GET", "market/index-components?index=BTC-USDT", b""),
        ("GET", "public/opt-summary?uly=ETH-USD", b""),
        ("GET", "market/books-full?instId=BTC-USDT&sz=5000", b""),
        ("POST", "tradingBot/grid/min-investment", json.dumps(BODY).encode()),
    ]
    for method, path, body in asked:
        answer = shared_exchange.send(method, f"/api/v5/{path}", body, {"Content-Type": "application/json"})

        assert (answer.status, answer.body["code"], answer.body["msg"]) == (200, "0", "")
        assert answer.body["data"]
