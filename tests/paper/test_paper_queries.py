"""What can be looked up over the wire: orders, fills, balances, with OKX's fields and paging."""

import json
from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.rest import history
from tests.paper.desk import open_desk

ROUTES = {
    "GET /api/v5/trade/order": "trade/order?instId=BTC-USDT&clOrdId=mine",
    "GET /api/v5/trade/orders-pending": "trade/orders-pending",
    "GET /api/v5/trade/orders-history": "trade/orders-history?instType=SPOT",
    "GET /api/v5/trade/fills": "trade/fills",
    "GET /api/v5/trade/fills-history": "trade/fills-history?instType=SPOT",
    "GET /api/v5/market/ticker": "market/ticker?instId=BTC-USDT",
    "GET /api/v5/market/books": "market/books?instId=BTC-USDT",
    "GET /api/v5/market/trades": "market/trades?instId=BTC-USDT",
    "GET /api/v5/public/instruments": "public/instruments?instType=SPOT",
    "GET /api/v5/account/balance": "account/balance",
    "GET /api/v5/account/config": "account/config",
    "GET /api/v5/account/trade-fee": "account/trade-fee?instType=SPOT",
    "GET /api/v5/asset/currencies": "asset/currencies",
}


def buy(exchange, **fields):
    return exchange.place(ordType="market", px=None, sz="0.01", tgtCcy="base_ccy", **fields)


@pytest.mark.parametrize("route", ROUTES)
def test_row_has_every_field_okx_lists(shared, shared_exchange, route):
    """Fields that mean nothing here are there, empty."""
    listed = json.loads((shared / "reference" / "okx" / "fields.json").read_text())[route]["response"]
    buy(shared_exchange)
    shared_exchange.place(clOrdId="mine")

    row = shared_exchange.rows(ROUTES[route])[0]

    assert {field["name"] for field in listed if not field["name"].startswith(">")} <= row.keys()


def test_fill_row_says_when_in_the_feed_it_happened(exchange):
    """Protocol time is the machine's, feedTs the candle's."""
    exchange.step(points=9)
    row = buy(exchange, clOrdId="one", tag="bot")

    (fill,) = exchange.rows(f"trade/fills?ordId={row['ordId']}")

    assert (fill["feedTs"], fill["clOrdId"], fill["tag"], fill["execType"]) == ("1706659320000", "one", "bot", "T")
    assert (fill["fee"], fill["feeCcy"], fill["feeRate"]) == ("-0.00001", "BTC", "-0.001")
    assert int(fill["ts"]) > 1_750_000_000_000


def test_balance_is_exact_and_shows_what_is_held(exchange):
    """Every digit, in OKX's nesting."""
    price = Decimal(exchange.rows("market/ticker?instId=BTC-USDT")[0]["last"])
    buy(exchange)
    exchange.place(sz="0.1", px="80000.1")

    (row,) = exchange.rows("account/balance")
    details = {detail["ccy"]: detail for detail in row["details"]}

    assert details["BTC"]["cashBal"] == "0.00999"
    assert Decimal(details["USDT"]["cashBal"]) == 100000 - price * Decimal("0.01")
    assert details["USDT"]["frozenBal"] == "8000.01"
    assert Decimal(details["USDT"]["availBal"]) == Decimal(details["USDT"]["eq"]) - Decimal("8000.01")
    assert Decimal(row["totalEq"]) == 100000 - price * Decimal("0.00001")
    (only,) = exchange.rows("account/balance?ccy=BTC")
    assert [detail["ccy"] for detail in only["details"]] == ["BTC"]


def test_account_is_a_spot_account_that_cannot_withdraw(exchange):
    """The key's label and rights are those of a paper key."""
    (config,) = exchange.rows("account/config")

    assert (config["acctLv"], config["posMode"], config["label"]) == ("2", "net_mode", "paper")
    assert (config["perm"], config["ip"]) == ("read_only,trade", "")
    assert exchange.rows("asset/balances") == exchange.rows("system/status") == []


def test_lists_page_by_id_exclusively_newest_first(exchange, order):
    """After is older than, before is newer than an id, for open orders, finished ones and fills alike."""
    batch = [order(ordType="market", px=None, sz="0.0001", tgtCcy="base_ccy")] * 3 + [order()] * 3
    ids = [row["ordId"] for row in exchange.post("trade/batch-orders", batch).body["data"]]

    def found(path, key="ordId"):
        return [row[key] for row in exchange.rows(path)]

    assert found("trade/orders-pending") == ids[5:2:-1]
    assert found(f"trade/orders-pending?after={ids[5]}&limit=1") == [ids[4]]
    assert found(f"trade/orders-pending?before={ids[3]}") == [ids[5], ids[4]]
    assert found("trade/orders-history?instType=SPOT&state=filled") == ids[2::-1]
    assert found(f"trade/orders-history?instType=SPOT&after={ids[2]}&before={ids[0]}") == [ids[1]]
    bills = found("trade/fills", "billId")
    assert found(f"trade/fills?after={bills[0]}&limit=1", "billId") == [bills[1]]
    assert found(f"trade/fills-history?instType=SPOT&before={bills[1]}", "billId") == [bills[0]]
    assert found("trade/fills?instId=ETH-USDT") == found("trade/orders-pending?instType=SWAP") == []


def test_fills_are_narrowed_by_time(exchange):
    """Both ends are inclusive, in protocol time."""
    buy(exchange)
    (fill,) = exchange.rows("trade/fills")
    ts = int(fill["ts"])

    assert exchange.rows(f"trade/fills?begin={ts}&end={ts}") == [fill]
    assert exchange.rows(f"trade/fills?begin={ts + 1}") == exchange.rows(f"trade/fills?end={ts - 1}") == []


def test_unfilled_cancel_is_forgotten_after_two_hours(clock, order):
    """OKX keeps orders canceled without a fill for two hours, and never in the archive."""
    desk = open_desk(PaperOptions(stepped=True), clock)
    gone = desk.place(order())
    desk.cancel({"instId": "BTC-USDT", "ordId": str(gone.id)})

    def listed(**which):
        return [row.id for row in history.finished(desk.call(instType="SPOT"), kept=history.WEEK, **which)]

    named = desk.call(instId="BTC-USDT", ordId=str(gone.id))
    assert (listed(unfilled=True), listed(unfilled=False)) == ([gone.id], [])
    assert history.one(named).id == gone.id
    clock.sleep(2 * 3600 + 1)
    assert listed(unfilled=True) == []
    with pytest.raises(Exception, match="no such order"):
        history.one(named)
