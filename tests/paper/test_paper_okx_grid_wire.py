"""OKX's grid bots over the wire: ccxt's methods, the channels, and a death in the middle of it."""

import json
import random
import time
from decimal import Decimal
from itertools import pairwise

import ccxt
import pytest

from okxlab.clock import SystemClock
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.archive.consistency import contradictions
from okxlab.paper.streams.terms import Terms
from tests.paper.bots import SPOT, SWAP, start
from tests.paper.contracts import contract_desk

RANGE = {"instId": "BTC-USDT", "algoOrdType": "grid", "minPx": "88000", "maxPx": "92000", "gridNum": "20"}
ROOT = "tradingBot/grid"
QUICK = Terms(beat=0.01, soon=0.001, repeat=0.0)


def launched(exchange, **more):
    """Start a bot and give its id."""
    (row,) = exchange.post(f"{ROOT}/order-algo", RANGE | {"quoteSz": "10000"} | more).body["data"]
    assert row["sCode"] == "0", row
    return row["algoId"]


def details(exchange, number, kind="grid"):
    """Give all that is told of a bot."""
    (row,) = exchange.rows(f"{ROOT}/orders-algo-details?algoOrdType={kind}&algoId={number}")
    return row


def sub_orders(exchange, number, kind):
    return exchange.rows(f"{ROOT}/sub-orders?algoOrdType=grid&algoId={number}&type={kind}")


def test_ccxt_runs_a_bot_by_its_implicit_methods(exchange):
    """Start, look, change, take out, stop: as a user of ccxt does it."""
    place = {"rest": exchange.told["rest"], "ws": exchange.told["ws"]}
    okx = ccxt.okx(
        {
            "apiKey": exchange.told["api_key"], "secret": exchange.told["api_secret"],
            "password": exchange.told["passphrase"], "urls": {"api": dict(place), "test": dict(place)},
            "enableRateLimit": False,
        }
    )  # fmt: skip
    told = okx.private_post_tradingbot_grid_order_algo(RANGE | {"quoteSz": "10000", "algoClOrdId": "mine"})
    named = {"algoOrdType": "grid", "algoId": told["data"][0]["algoId"]}
    exchange.step(points="2000")
    row = okx.private_get_tradingbot_grid_orders_algo_details(named)["data"][0]
    pages = okx.private_get_tradingbot_grid_sub_orders(named | {"type": "filled", "limit": "10"})["data"]
    older = {"type": "filled", "limit": "100", "after": pages[-1]["ordId"]}
    rest = okx.private_get_tradingbot_grid_sub_orders(named | older)["data"]
    bot = {"algoId": named["algoId"], "instId": "BTC-USDT"}
    okx.private_post_tradingbot_grid_amend_order_algo(bot | {"slTriggerPx": "80000"})
    (taken,) = okx.private_post_tradingbot_grid_withdraw_income({"algoId": named["algoId"]})["data"]
    stopped = okx.private_post_tradingbot_grid_stop_order_algo([bot | {"algoOrdType": "grid", "stopType": "1"}])
    (past,) = okx.private_get_tradingbot_grid_orders_algo_history({"algoOrdType": "grid"})["data"]
    balance = okx.fetch_balance()
    with pytest.raises(ccxt.BadRequest):
        okx.private_post_tradingbot_grid_order_algo(RANGE | {"gridNum": "1", "quoteSz": "100"})
    with pytest.raises(ccxt.InsufficientFunds):
        okx.private_post_tradingbot_grid_order_algo(RANGE | {"quoteSz": "999999"})
    okx.session.close()

    assert (told["data"][0]["algoClOrdId"], row["state"], row["activeOrdNum"]) == ("mine", "running", "20")
    assert len(pages) == 10
    assert len(pages) + len(rest) == int(row["tradeNum"]) - 9  # ten units were bought by one order
    assert sum(order["side"] == "sell" for order in pages + rest) == int(row["arbitrageNum"]) > 5
    assert Decimal(taken["profit"]) <= Decimal(row["gridProfit"])
    assert stopped["data"][0]["sCode"] == "0"
    assert (past["slTriggerPx"], past["state"], past["cancelType"]) == ("80000", "stopped", "1")
    assert balance["USDT"]["total"] == pytest.approx(100_000 + float(past["totalPnl"]), abs=1)


def test_a_bot_outlives_kill_9_and_follows_each_fill_once(launch, tmp_path):
    """Five deaths in the middle of steps: every fill has one order that follows it, and the books agree."""
    chance, file, number = random.Random(7), tmp_path / "paper.db", ""  # noqa: S311 - a plan, not a secret
    for _ in range(5):
        exchange = launch("--stepped", "--data", file)
        number = number or launched(exchange)
        assert details(exchange, number)["activeOrdNum"] == "20"
        exchange.step(points="400")
        exchange.link.request(
            "POST", "/okxlab/step", body=b'{"points":"300"}', headers={"X-Okxlab-Token": exchange.told["control"]}
        )
        time.sleep(chance.random() * 0.01)
        exchange.process.kill()
        exchange.process.wait(10)
        exchange.link.close()
        again = open_exchange(PaperOptions(stepped=True, data=file), SystemClock())
        assert contradictions(again.venue, again.archive) == []
        again.close()

    exchange = launch("--stepped", "--data", file)
    live, filled, row = *(sub_orders(exchange, number, kind) for kind in ("live", "filled")), details(exchange, number)
    limits = [order for order in filled if order["ordType"] == "limit"]
    assert len(limits) > 20
    assert len(live) == len({order["px"] + order["side"] for order in live}) == 20
    sides = {}
    for order in sorted(limits, key=lambda order: int(order["ordId"])):
        step = int(order["px"]) // 200 - (order["side"] == "sell")
        sides.setdefault(step, []).append(order["side"])
    assert all(one != other for turns in sides.values() for one, other in pairwise(turns))
    assert Decimal(row["investment"]) + Decimal(row["totalPnl"]) == Decimal(row["curQuoteSz"]) + Decimal(
        row["curBaseSz"]
    ) * Decimal(exchange.rows("market/ticker?instId=BTC-USDT")[0]["last"])
    stopping = [{"algoId": number, "instId": "BTC-USDT", "algoOrdType": "grid", "stopType": "2"}]
    assert exchange.post(f"{ROOT}/stop-order-algo", stopping).body["code"] == "0"
    assert exchange.rows("trade/orders-pending") == []


def test_a_stopped_bot_is_known_after_a_restart(launch, tmp_path):
    """Its row and its orders are there, its money is its owner's, and a new one gets an id of its own."""
    exchange = launch("--stepped", "--data", tmp_path / "paper.db")
    number = launched(exchange)
    exchange.step(points="500")
    stopping = [{"algoId": number, "instId": "BTC-USDT", "algoOrdType": "grid", "stopType": "1"}]
    exchange.post(f"{ROOT}/stop-order-algo", stopping)
    before = details(exchange, number), sub_orders(exchange, number, "filled")
    exchange.process.kill()
    exchange.process.wait(10)

    exchange = launch("--stepped", "--data", tmp_path / "paper.db")

    assert (details(exchange, number), sub_orders(exchange, number, "filled")) == before
    assert int(launched(exchange)) > max(int(order["ordId"]) for order in before[1])


def test_the_wire_takes_what_clients_send(exchange):
    """Numbers, booleans and empty texts; a list where OKX takes a list; unknown bots and other people's are refused."""
    body = {**RANGE, "gridNum": 20, "quoteSz": 10000, "tag": "", "algoClOrdId": "", "triggerParams": []}
    (row,) = exchange.post(f"{ROOT}/order-algo", json.dumps(body).encode()).body["data"]
    stopping = {"algoId": row["algoId"], "instId": "BTC-USDT", "algoOrdType": "grid", "stopType": "1"}
    assert row["sCode"] == "0"
    assert exchange.post(f"{ROOT}/stop-order-algo", stopping).status == 400
    answer = exchange.post(f"{ROOT}/stop-order-algo", [stopping, stopping | {"algoId": "7"}]).body
    assert (answer["code"], [one["sCode"] for one in answer["data"]]) == ("2", ["0", "51400"])
    assert exchange.get(f"{ROOT}/orders-algo-details?algoOrdType=grid&algoId=7").body["code"] == "51603"
    assert exchange.get(f"{ROOT}/orders-algo-pending").body["code"] == "50014"
    assert exchange.post(f"{ROOT}/withdraw-income", {}).body["code"] == "50014"
    assert exchange.post(f"{ROOT}/copy-order-algo", {}).status == 404
    reader = exchange.with_key(perms=["read_only"])
    assert reader.post(f"{ROOT}/order-algo", RANGE).body["code"] == "50120"


def listed(shared, name, part):
    """Give the fields OKX lists of an endpoint or channel, at the first level of its rows."""
    fields = json.loads((shared / "reference" / "okx" / "fields.json").read_text())[name][part]
    names = [one["name"] if isinstance(one, dict) else one[0] for one in fields]
    if part == "response":
        return {name for name in names if not name.startswith(">")}
    names = names[names.index("data") + 1 :]
    return {name[2:] for name in names if name.startswith("> ")}


@pytest.mark.parametrize("kind", ["grid", "contract_grid"])
def test_every_field_of_okx_is_in_the_rows(exchange, shared, kind):
    """Lists, details, sub-orders and positions have the fields OKX lists, and no other."""
    contract = {"instId": "BTC-USDT-SWAP", "direction": "long", "lever": "3", "sz": "10000", "basePos": True}
    number = launched(exchange, algoOrdType=kind, **(contract if kind == "contract_grid" else {}))
    asked = f"algoOrdType={kind}&algoId={number}"
    paths = ["orders-algo-pending?", "orders-algo-details?", "sub-orders?type=live&"]
    if kind == "contract_grid":
        paths.append("positions?")
    rows = {path.split("?")[0]: exchange.rows(f"{ROOT}/{path}{asked}")[0] for path in paths}
    stopping = {"algoId": number, "instId": contract["instId"] if len(paths) > 3 else "BTC-USDT"}
    exchange.post(f"{ROOT}/stop-order-algo", [stopping | {"algoOrdType": kind, "stopType": "1"}])
    rows["orders-algo-history"] = exchange.rows(f"{ROOT}/orders-algo-history?{asked}")[0]

    for path, row in rows.items():
        assert set(row) == listed(shared, f"GET /api/v5/{ROOT}/{path}", "response"), path


@pytest.fixture
def served(open_desk, serve, tmp_path):
    """Serve a market whose prices a test writes down."""

    def one(prices, *, contract=False):
        if contract:
            desk = contract_desk(tmp_path, SystemClock(), prices)
        else:
            steps = {"tick": "0.1", "lot": "0.0001", "minimum": "0.0001"}
            file = tmp_path / "candles.csv"
            lines = [f"{1_704_067_200_000 + 60_000 * i},{p},{p},{p},{p},1" for i, p in enumerate(prices)]
            file.write_text("\n".join(["ts,open,high,low,close,volume", *lines]) + "\n")
            desk = open_desk(PaperOptions(stepped=True, prices=f"file:{file}", **steps), SystemClock())
        found = serve(QUICK, exchange=desk.exchange)
        found.desk = desk
        return found

    return one


def asked_of(found, fields, **more):
    return found.loop.run_until_complete(_start(found.desk, fields, more))


async def _start(desk, fields, more):
    return start(desk, fields, **more)


def test_the_channel_of_spot_bots_tells_how_they_stand(served, connect, shared):
    """All at first, then each change, the end too."""
    found = served([104, 100, 105])
    asked = {"minPx": "100", "maxPx": "120", "gridNum": "4", "quoteSz": "1000"}
    bot = asked_of(found, SPOT, **asked)
    wire = connect(found)
    assert wire.login(found.told)["code"] == "0"
    assert wire.subscribe("grid-orders-spot", instType="SPOT")["event"] == "subscribe"

    (first,) = wire.push("grid-orders-spot")["data"]
    found.turn(found.venue.step, 8)
    (paired,) = wire.push("grid-orders-spot")["data"]
    found.loop.run_until_complete(_stop(bot))
    (last,) = wire.push("grid-orders-spot")["data"]

    assert (first["algoId"], first["state"], first["arbitrageNum"]) == (bot.id, "running", "0")
    assert (paired["arbitrageNum"], paired["tradeNum"]) == ("1", "5")
    assert last["state"] == "stopped"
    assert set(first) == listed(shared, "WS /ws/v5/business grid-orders-spot", "push_or_reply")


async def _stop(bot):
    return bot.stop()


def test_the_channel_of_a_bots_orders_tells_each(served, connect, shared):
    """Those that rest at first, then a fill and the order that follows it."""
    found = served([104, 100, 105])
    bot = asked_of(found, SPOT, minPx="100", maxPx="120", gridNum="4", quoteSz="1000")
    wire = connect(found)
    assert wire.login(found.told)["code"] == "0"
    wire.subscribe("grid-sub-orders", algoId=bot.id)

    resting = wire.push("grid-sub-orders")["data"]
    found.turn(found.venue.step, 4)
    filled, follows = wire.push("grid-sub-orders")["data"]

    assert len(resting) == 4
    assert (filled["side"], filled["px"], filled["state"]) == ("buy", "100", "filled")
    assert (follows["side"], follows["px"], follows["state"]) == ("sell", "105", "live")
    assert filled["groupId"] == follows["groupId"]
    assert set(filled) == listed(shared, "WS /ws/v5/business grid-sub-orders", "push_or_reply")


def test_the_channels_of_contract_bots_tell_state_and_position(served, connect, shared):
    """The position of one bot, at last with size 0; the bot itself with its equity."""
    found = served([10_400, 10_400, 10_000], contract=True)
    asked = {"minPx": "10000", "maxPx": "12000", "gridNum": "4", "sz": "1000", "basePos": True}
    bot = asked_of(found, SWAP, **asked)
    wire = connect(found)
    assert wire.login(found.told)["code"] == "0"
    wire.subscribe("grid-orders-contract", instType="ANY")
    (state,) = wire.push("grid-orders-contract")["data"]
    wire.subscribe("grid-positions", algoId=bot.id)
    (first,) = wire.push("grid-positions")["data"]
    found.turn(found.venue.step, 8)
    (more,) = wire.push("grid-positions")["data"]
    found.loop.run_until_complete(_stop(bot))
    (none,) = wire.push("grid-positions")["data"]

    assert (state["state"], state["direction"], state["lever"]) == ("running", "long", "5")
    assert Decimal(state["eq"]) == 1000 + Decimal(state["totalPnl"])
    assert Decimal(more["pos"]) == Decimal(first["pos"]) * 4 / 3
    assert (none["pos"], none["algoId"]) == ("0", bot.id)
    assert set(state) == listed(shared, "WS /ws/v5/business grid-orders-contract", "push_or_reply")
    assert set(none) == listed(shared, "WS /ws/v5/business grid-positions", "push_or_reply")
