"""Logging in, and the channels of one's own: orders, account, balances and positions."""

import json

import pytest

from tests.paper.wire import credentials


@pytest.fixture
def wire(shared_exchange, connect):
    """Give a connection that has logged in."""
    one = connect(shared_exchange, "private")
    assert one.login(shared_exchange.told)["code"] == "0"
    return one


@pytest.fixture(autouse=True)
def _no_orders_left(shared_exchange):
    yield
    for row in shared_exchange.rows("trade/orders-pending"):
        shared_exchange.post("trade/cancel-order", {"instId": row["instId"], "ordId": row["ordId"]})


def test_a_login_is_confirmed(shared_exchange, connect):
    """A good login is confirmed with code 0 and the connection's id, and so is a second one."""
    wire = connect(shared_exchange, "private")
    for _ in range(2):
        told = wire.login(shared_exchange.told)
        assert told == {"event": "login", "code": "0", "msg": "", "connId": told["connId"]}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"apiKey": ""}, "60005"),
        ({"apiKey": "nobody"}, "60032"),
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": "1600000000"}, "60006"),
        ({"passphrase": "wrong"}, "60024"),
        ({"sign": "wrong"}, "60007"),
        ({"sign": None}, "60007"),
    ],
)
def test_a_wrong_login_is_refused_by_its_code(shared_exchange, connect, wrong, code):
    """Each wrong part of a login has its code, and the connection stays logged out."""
    wire = connect(shared_exchange, "private")
    assert wire.login(shared_exchange.told, **wrong)["code"] == code
    assert wire.subscribe("orders", instType="ANY")["code"] == "60011"


def test_a_login_half_a_minute_off_is_refused(shared_exchange, connect):
    """A login whose clock is more than 30 seconds off is refused."""
    wire = connect(shared_exchange, "private")
    assert wire.ask("login", credentials(shared_exchange.told, drift=-32))["code"] == "60006"
    assert wire.ask("login", credentials(shared_exchange.told, drift=-28))["code"] == "0"


def test_every_change_of_an_order_is_told_as_rest_shows_it(shared_exchange, wire):
    """An order's life is told change by change, nothing before it, and the last row is REST's."""
    wire.subscribe("orders", instType="ANY")
    placed = shared_exchange.place(px="80000", clOrdId="life1")
    shared_exchange.post("trade/cancel-order", {"instId": "BTC-USDT", "ordId": placed["ordId"]})
    pushes = [wire.push("orders") for _ in range(2)]
    assert [push["data"][0]["state"] for push in pushes] == ["live", "canceled"]
    assert pushes[0]["arg"]["instType"] == "ANY"
    assert pushes[0]["arg"]["uid"] == shared_exchange.rows("account/config")[0]["uid"]
    (shown,) = shared_exchange.rows("trade/order?instId=BTC-USDT&clOrdId=life1")
    told = pushes[1]["data"][0]
    assert {name: told[name] for name in shown} == shown


def test_a_filled_order_is_told_with_its_fill(shared_exchange, wire):
    """A taker's order is told with price, size and fee of its fill."""
    wire.subscribe("orders", instType="SPOT", instId="BTC-USDT")
    placed = shared_exchange.place(ordType="market", px=None, sz="0.01", tgtCcy="base_ccy")
    told = wire.until(lambda push: push.get("data", [{}])[0].get("state") == "filled")["data"][0]
    (fill,) = shared_exchange.rows(f"trade/fills?ordId={placed['ordId']}")
    assert (told["ordId"], told["tradeId"], told["fillPx"]) == (placed["ordId"], fill["tradeId"], fill["fillPx"])
    assert (told["fillFee"], told["fillFeeCcy"], told["execType"]) == (fill["fee"], fill["feeCcy"], "T")


@pytest.mark.parametrize("arg", [{"instType": "SWAP"}, {"instType": "ANY", "instId": "ETH-USDT"}])
def test_orders_of_another_kind_or_instrument_are_not_told(shared_exchange, wire, arg):
    """A subscription hears only what it asked for."""
    wire.subscribe("orders", **arg)
    shared_exchange.place()
    assert wire.rest(0.2) == []


def test_the_account_is_told_at_first_and_when_an_order_holds_something(shared_exchange, wire):
    """A snapshot comes first, and a push when an order sets something aside; both are what REST shows."""
    wire.subscribe("account", extraParams='{"updateInterval": "0"}')
    first = wire.push("account")
    assert (first["eventType"], first["curPage"], first["lastPage"]) == ("snapshot", 1, True)
    shared_exchange.place(px="80000", sz="0.01")
    told = wire.push("account")
    assert told["eventType"] == "event_update"
    (shown,) = shared_exchange.rows("account/balance")
    frozen = [
        {row["ccy"]: (row["availBal"], row["frozenBal"]) for row in one["details"]} for one in (told["data"][0], shown)
    ]
    assert frozen[0] == frozen[1]
    assert frozen[0]["USDT"][1] != "0"


def test_one_currency_of_the_account_can_be_asked_for(wire):
    """A subscription of one currency is told of that alone."""
    wire.subscribe("account", ccy="USDT")
    push = wire.push("account")
    assert push["arg"]["ccy"] == "USDT"
    assert [row["ccy"] for row in push["data"][0]["details"]] == ["USDT"]


def test_balance_and_position_tells_a_snapshot_and_then_what_a_fill_moved(shared_exchange, wire):
    """After a fill the two balances it moved are told, with the trade."""
    wire.subscribe("balance_and_position")
    assert wire.push("balance_and_position")["data"][0]["eventType"] == "snapshot"
    placed = shared_exchange.place(ordType="market", px=None, sz="0.01", tgtCcy="base_ccy")
    (told,) = wire.push("balance_and_position")["data"]
    (fill,) = shared_exchange.rows(f"trade/fills?ordId={placed['ordId']}")
    assert (told["eventType"], told["trades"]) == ("filled", [{"instId": "BTC-USDT", "tradeId": fill["tradeId"]}])
    shown = {row["ccy"]: row["cashBal"] for row in shared_exchange.rows("account/balance")[0]["details"]}
    assert {row["ccy"]: row["cashBal"] for row in told["balData"]} == {name: shown[name] for name in ("BTC", "USDT")}


def test_an_order_that_only_holds_moves_no_balance(shared_exchange, wire):
    """An order that rests is no news to balance_and_position."""
    wire.subscribe("balance_and_position")
    wire.push("balance_and_position")
    shared_exchange.place()
    assert wire.rest(0.2) == []


def test_the_positions_begin_with_a_snapshot_even_of_none(wire):
    """The positions channel begins with a snapshot."""
    wire.subscribe("positions", instType="ANY")
    push = wire.push("positions")
    assert push["eventType"] == "snapshot"


@pytest.mark.parametrize("channel", ["books-l2-tbt", "books50-l2-tbt"])
def test_the_fastest_books_need_a_higher_fee_level(shared_exchange, connect, channel):
    """Who has logged in still is not let into the books of the highest levels."""
    wire = connect(shared_exchange, "public")
    wire.login(shared_exchange.told)
    assert wire.subscribe(channel, instId="BTC-USDT")["code"] == "64003"


def test_the_shared_path_serves_every_channel(shared_exchange, connect):
    """One path serves public, private and business channels to one connection."""
    wire = connect(shared_exchange)
    wire.login(shared_exchange.told)
    for arg in (
        {"channel": "tickers", "instId": "BTC-USDT"},
        {"channel": "candle1m", "instId": "BTC-USDT"},
        {"channel": "orders", "instType": "ANY"},
        {"channel": "orders-algo", "instType": "ANY"},
        {"channel": "deposit-info"},
    ):
        assert wire.subscribe(**arg)["arg"] == arg


def test_rows_are_made_only_while_somebody_listens(serve, connect):
    """An account is watched from its first subscription of orders to its last one's end."""
    served = serve()
    first, second = connect(served), connect(served)
    for wire in (first, second):
        wire.login(served.told)
        wire.subscribe("orders", instType="ANY")
    assert served.account.watched == 1
    first.unsubscribe("orders", instType="ANY")
    assert served.account.watched == 1
    second.unsubscribe("orders", instType="ANY")
    assert served.account.watched == 0


def test_algo_orders_are_told_on_a_channel_of_their_own(shared_exchange, connect):
    """A trigger order is told on orders-algo, a trailing one on algo-advance, which begins with what stands."""
    wire = connect(shared_exchange, "business")
    wire.login(shared_exchange.told)
    wire.subscribe("orders-algo", instType="SPOT")
    asked = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "sz": "0.01", "tgtCcy": "base_ccy"}
    trigger = {**asked, "ordType": "trigger", "triggerPx": "50000", "orderPx": "49000"}
    (placed,) = shared_exchange.post("trade/order-algo", trigger).body["data"]
    told = wire.push("orders-algo")["data"][0]
    assert (told["algoId"], told["state"]) == (placed["algoId"], "live")
    shared_exchange.post("trade/cancel-algos", [{"instId": "BTC-USDT", "algoId": placed["algoId"]}])
    assert wire.push("orders-algo")["data"][0]["state"] == "canceled"
    trailing = {**asked, "ordType": "move_order_stop", "callbackRatio": "0.05"}
    (placed,) = shared_exchange.post("trade/order-algo", trailing).body["data"]
    assert wire.rest(0.2) == []
    wire.subscribe("algo-advance", instType="SPOT")
    assert [row["algoId"] for row in wire.push("algo-advance")["data"]] == [placed["algoId"]]
    shared_exchange.post("trade/cancel-algos", [{"instId": "BTC-USDT", "algoId": placed["algoId"]}])
    assert wire.push("algo-advance")["data"][0]["state"] == "canceled"


@pytest.mark.parametrize(("place", "channel"), [("private", "account"), ("business", "algo-advance")])
def test_a_push_has_every_field_okx_lists_for_it(shared_exchange, connect, shared, place, channel):
    """Also those that the endpoint which shows the same does not have."""
    fields = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "move_order_stop", "sz": "0.01"}
    (algo,) = shared_exchange.post("trade/order-algo", {**fields, "callbackRatio": "0.05"}).body["data"]
    wire = connect(shared_exchange)
    wire.login(shared_exchange.told)

    wire.subscribe(channel, instType="SPOT")
    (row,) = wire.push(channel)["data"]
    shared_exchange.post("trade/cancel-algos", [{"instId": "BTC-USDT", "algoId": algo["algoId"]}])

    table = json.loads((shared / "reference" / "okx" / "fields.json").read_text())[f"WS /ws/v5/{place} {channel}"]
    names = [field["name"] for field in table["push_or_reply"]]
    names = names[names.index("data") + 1 :]
    assert {name[2:] for name in names if name.startswith("> ")} <= row.keys()
    for detail in row.get("details", []):
        assert {name[3:] for name in names if name.startswith(">> ")} <= detail.keys()
