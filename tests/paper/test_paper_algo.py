"""Algo orders: triggers, take-profit and stop-loss, trailing stops, and what becomes of them."""

import json
from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.rest import algo as endpoint
from tests.paper.contracts import FUTURE, SWAP, ask, contract_desk
from tests.paper.desk import open_desk

FALLING = (90000, 90000, 90000, 90000), (90000, 90000, 85000, 86000), (86000, 91000, 86000, 90500)

MARKET = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "tgtCcy": "base_ccy"}


def call(desk, act, body=None, **params):
    """Ask an endpoint, as a turn of its own."""
    request = desk.call(**params)
    request.body = body
    try:
        answer = act(request)
    finally:
        desk.venue.settle()
    return answer if isinstance(answer, list) else list(answer.rows)


def algo(desk, **fields):
    """Place an algo order and give its row: a sell of 0.1 BTC unless told otherwise."""
    usual = {"instId": "BTC-USDT", "tdMode": "cash", "side": "sell", "ordType": "conditional", "sz": "0.1"}
    (row,) = call(desk, endpoint.place, {name: value for name, value in (usual | fields).items() if value is not None})
    return row


def state(desk, row):
    """Give an algo order as it stands."""
    (found,) = call(desk, endpoint.order, algoId=row["algoId"])
    return found


def rich(tape, *candles, **options):
    """Give a trader one bitcoin on a tape."""
    desk = tape(*(candles or FALLING), **options)
    desk.place(
        {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1", "tgtCcy": "base_ccy"}
    )
    return desk


def stop(**fields):
    return {"slTriggerPx": "88000", "slOrdPx": "-1"} | fields


def test_stop_loss_sells_at_the_market_when_the_path_falls_to_it(tape):
    """At the path's price, as taker; the order tells whose it is."""
    desk = rich(tape)
    row = algo(desk, **stop(algoClOrdId="guard"))
    assert state(desk, row)["state"] == "live"

    desk.step(6)

    done, fill = state(desk, row), desk.fills[-1]
    assert (done["state"], done["actualSide"], done["actualSz"]) == ("effective", "sl", "0.1")
    assert (fill.order.algo_id, fill.order.algo_client_id, fill.order.source) == (row["algoId"], "guard", "7")
    assert (fill.maker, fill.price <= 88000, done["ordIdList"]) == (False, True, [str(fill.order.id)])
    assert call(desk, endpoint.pending, ordType="conditional") == []


def test_take_profit_rests_at_its_order_price(tape):
    """A trigger with an order price places a limit order."""
    desk = rich(tape)
    row = algo(desk, tpTriggerPx="90400", tpOrdPx="92000")

    desk.step(11)

    (order,) = desk.open.values()
    assert (order.price, order.algo_id, state(desk, row)["state"]) == (Decimal(92000), row["algoId"], "effective")


def test_one_cancels_the_other(tape):
    """Only one of an oco's legs ever acts."""
    desk = rich(tape)
    row = algo(desk, ordType="oco", tpTriggerPx="90400", tpOrdPx="-1", **stop())
    before = len(desk.fills)

    desk.step(11)

    assert (state(desk, row)["actualSide"], len(desk.fills) - before) == ("sl", 1)


def test_conditional_order_with_both_legs_heeds_the_stop_loss_only(tape):
    """As OKX says of it."""
    desk = rich(tape)
    row = algo(desk, tpTriggerPx="90400", tpOrdPx="-1", **stop(slTriggerPx="80000"))

    desk.step(11)

    found = state(desk, row)
    assert (found["state"], found["tpTriggerPx"], found["slTriggerPx"]) == ("live", "", "80000")


@pytest.mark.parametrize(("side", "price"), [("buy", "88000"), ("sell", "88000"), ("buy", "90400")])
def test_trigger_order_acts_from_either_side(tape, side, price):
    """Whichever way the path must go to reach it."""
    desk = rich(tape)
    row = algo(desk, ordType="trigger", side=side, triggerPx=price, orderPx="-1", tgtCcy="base_ccy")

    desk.step(11)

    found = state(desk, row)
    assert (found["state"], found["triggerPx"], desk.fills[-1].order.source) == ("effective", price, "6")


def test_trailing_stop_follows_the_best_price(tape):
    """It is set off a ratio behind the highest price since it was active."""
    desk = rich(tape, (90000, 90000, 90000, 90000), (90000, 100000, 90000, 95000), (95000, 96000, 89000, 91000))
    row = algo(desk, ordType="move_order_stop", callbackRatio="0.1", activePx="95000")

    desk.step(6)
    found = state(desk, row)
    assert (found["state"], found["callbackRatio"], found["activePx"]) == ("live", "0.1", "95000")
    desk.step(5)

    assert state(desk, row)["state"] == "effective"
    assert desk.fills[-1].price <= Decimal(90000)


def test_trailing_stop_is_not_active_before_its_price(tape):
    """A fall before that does nothing."""
    desk = rich(tape)
    row = algo(desk, ordType="move_order_stop", callbackSpread="100", activePx="95000")

    desk.step(11)

    assert (state(desk, row)["state"], state(desk, row)["moveTriggerPx"]) == ("live", "")


def test_order_that_cannot_be_placed_fails_with_the_reason(tape):
    """Nothing is held for a trigger order: what is gone by then is gone."""
    desk = rich(tape)
    row = algo(desk, ordType="trigger", triggerPx="88000", orderPx="-1", sz="5")

    desk.step(6)

    assert (state(desk, row)["state"], state(desk, row)["failCode"]) == ("order_failed", "51008")


def test_spot_stop_loss_holds_what_it_sells(tape):
    """Until it is taken back, and no more than there is."""
    desk = rich(tape)
    row = algo(desk, sz="0.9", **stop())

    assert desk.held("BTC") == Decimal("0.9")
    assert algo(desk, sz="0.2", **stop())["sCode"] == "51008"
    call(desk, endpoint.cancel, [{"instId": "BTC-USDT", "algoId": row["algoId"]}])
    assert (desk.held("BTC"), state(desk, row)["state"]) == (0, "canceled")


def test_nearer_trigger_acts_first(tape):
    """Along the path, whatever was placed first."""
    desk = rich(tape, (90000, 90000, 90000, 90000), (80000, 80000, 80000, 80000))
    far, near = (algo(desk, **stop(slTriggerPx=price)) for price in ("86000", "88000"))

    desk.step(4)

    assert [fill.order.algo_id for fill in desk.fills[-2:]] == [near["algoId"], far["algoId"]]


BAD = [
    ({"ordType": None}, "50014"),
    ({"ordType": "chase"}, "51000"),
    ({"ordType": "smart_iceberg"}, "51000"),
    ({"instId": "NO-SUCH"}, "51001"),
    ({"side": "hold"}, "51000"),
    ({"sz": None}, "50014"),
    ({"sz": "0.000001"}, "51020"),
    ({"tdMode": "isolated", "ordType": "trigger", "triggerPx": "1", "orderPx": "-1"}, "51010"),
    ({"tdMode": "money"}, "51000"),
    ({"slTriggerPx": None}, "50014"),
    ({"slOrdPx": None}, "50014"),
    ({"slOrdPx": "80000.05"}, "51150"),
    ({"slTriggerPx": "80000.05"}, "51150"),
    ({"slTriggerPx": "90000"}, "51280"),
    ({"slTriggerPx": "90000", "side": "buy"}, "51278"),
    ({"tpTriggerPx": "90000", "tpOrdPx": "-1", "slTriggerPx": None}, "51279"),
    ({"tpTriggerPx": "90000", "tpOrdPx": "-1", "slTriggerPx": None, "side": "buy"}, "51277"),
    ({"ordType": "oco"}, "50014"),
    ({"slTriggerPxType": "mark"}, "51415"),
    ({"slTriggerPxType": "best"}, "51000"),
    ({"algoClOrdId": "a-b"}, "51000"),
    ({"ordType": "trigger"}, "50014"),
    ({"ordType": "move_order_stop"}, "50014"),
    ({"ordType": "move_order_stop", "callbackRatio": "1"}, "51000"),
    ({"ordType": "move_order_stop", "callbackRatio": "0.1", "callbackSpread": "1"}, "51000"),
    ({"closeFraction": "1", "sz": None}, "51327"),
]


@pytest.mark.parametrize(("change", "code"), BAD)
def test_bad_algo_order_is_refused(tape, change, code):
    """With OKX's code in its row, and nothing waits or is held."""
    desk = rich(tape)

    row = algo(desk, **(stop() | change))

    assert (row["sCode"], row["algoId"], desk.held("BTC")) == (code, "", 0)
    assert call(desk, endpoint.pending, ordType="conditional,oco,trigger,move_order_stop") == []


def test_client_id_is_unique_among_those_that_wait(tape):
    """51065, and free again after."""
    desk = rich(tape)
    row = algo(desk, algoClOrdId="mine", **stop())

    assert algo(desk, algoClOrdId="mine", **stop())["sCode"] == "51065"
    call(desk, endpoint.cancel, [{"instId": "BTC-USDT", "algoClOrdId": "mine"}])
    again = algo(desk, algoClOrdId="mine", **stop())
    (found,) = call(desk, endpoint.order, algoClOrdId="mine")
    assert (again["sCode"], found["algoId"], state(desk, row)["state"]) == ("0", again["algoId"], "canceled")


def test_amendment_moves_trigger_size_and_hold(tape):
    """What is not named stays; a refused one changes nothing."""
    desk = rich(tape)
    row = algo(desk, **stop())
    name = {"instId": "BTC-USDT", "algoId": row["algoId"]}

    (told,) = call(desk, endpoint.amend, {**name, "newSlTriggerPx": "84000", "newSz": "0.5", "reqId": "r"})
    found = state(desk, row)
    assert (told["sCode"], told["reqId"], desk.held("BTC")) == ("0", "r", Decimal("0.5"))
    assert (found["slTriggerPx"], found["slOrdPx"], found["sz"]) == ("84000", "-1", "0.5")
    refusals = [
        call(desk, endpoint.amend, {**name, **fields})[0]["sCode"]
        for fields in ({"newSz": "2"}, {"newSlTriggerPx": "95000"}, {}, {"newSlTriggerPx": "0"}, {"algoId": "7"})
    ]
    assert refusals == ["51008", "51280", "51500", "51000", "51503"]
    assert (state(desk, row)["sz"], desk.held("BTC")) == ("0.5", Decimal("0.5"))
    desk.step(11)
    assert state(desk, row)["state"] == "live"


def test_lists_filter_and_page(tape):
    """Those that wait by kind, those that are done by state or id, newest first."""
    desk = rich(tape)
    rows = [algo(desk, **stop(), sz="0.01") for _ in range(3)]
    ids = [row["algoId"] for row in reversed(rows)]
    call(desk, endpoint.cancel, [{"instId": "BTC-USDT", "algoId": number} for number in ids[1:]])

    def listed(act, **params):
        return [row["algoId"] for row in call(desk, act, ordType="conditional", **params)]

    assert listed(endpoint.pending) == listed(endpoint.pending, instId="BTC-USDT", instType="SPOT") == ids[:1]
    assert listed(endpoint.pending, instType="SWAP") == listed(endpoint.pending, after=ids[0]) == []
    assert listed(endpoint.finished, state="canceled") == ids[1:]
    assert listed(endpoint.finished, state="canceled", limit="1", after=ids[1]) == ids[2:]
    assert listed(endpoint.finished, algoId=ids[2]) == ids[2:]
    assert listed(endpoint.finished, state="effective") == []
    for act, params, code in ((endpoint.finished, {}, "51602"), (endpoint.order, {"algoId": "7"}, "51603")):
        with pytest.raises(Refusal) as refusal:
            call(desk, act, ordType="conditional", **params)
        assert refusal.value.code == code


def test_stop_that_closes_the_whole_position(tmp_path, clock):
    """A closeFraction of 1 sells what there is of it by then."""
    desk = contract_desk(tmp_path, clock, [50000, 50000, 49000, 48000])
    whole = {"instId": SWAP, "tdMode": "cross", "sz": None, "closeFraction": "1", "slTriggerPxType": "mark"}
    desk.place(ask(SWAP, size="3"))
    row = algo(desk, **whole, reduceOnly=True, **stop(slTriggerPx="49500"))
    desk.place(ask(SWAP, size="2"))

    desk.step(11)

    assert (state(desk, row)["state"], state(desk, row)["actualSz"]) == ("effective", "5")
    assert [position for position in desk.account.positions.values() if position.size] == []
    assert algo(desk, **whole, **stop(slTriggerPx="100"))["sCode"] == "51328"
    limited = stop(slTriggerPx="100", slOrdPx="90")
    assert algo(desk, **whole, reduceOnly=True, **limited)["sCode"] == "51330"
    late = algo(desk, **whole, reduceOnly=True, **stop(slTriggerPx="47000"))
    assert late["sCode"] == "0"


def test_position_that_is_gone_fails_the_stop_that_was_to_close_it(tmp_path, clock):
    """There is nothing to close any more."""
    desk = contract_desk(tmp_path, clock, [50000, 50000, 49000, 48000])
    fields = {"instId": SWAP, "tdMode": "cross", "sz": None, "closeFraction": "1", "reduceOnly": True}
    row = algo(desk, **fields, **stop(slTriggerPx="49500"))

    desk.step(11)

    assert (state(desk, row)["state"], state(desk, row)["failCode"]) == ("order_failed", "51023")


def test_watchers_hear_of_every_change(tape):
    """Placed, set off and failed are told in OKX's row."""
    desk = rich(tape)
    desk.account.watched = 1
    told = []
    desk.venue.sinks.append(lambda changes: told.extend(row for _, row in changes.algo_news))

    algo(desk, **stop())
    desk.step(6)

    assert [row["state"] for row in told] == ["live", "effective"]


def test_algo_orders_outlive_the_process(tmp_path, clock):
    """They wait and hold on in the next one."""
    options = PaperOptions(stepped=True, data=tmp_path / "data.sqlite")
    desk = open_desk(options, clock)
    desk.place(
        {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "0.5", "tgtCcy": "base_ccy"}
    )
    kept = algo(desk, slTriggerPx="1000", slOrdPx="-1")
    trail = algo(desk, ordType="move_order_stop", callbackRatio="0.5")
    desk.step(3)
    rows = [state(desk, row) for row in (kept, trail)]
    desk.exchange.close()

    desk = open_desk(options, clock)

    assert [state(desk, row) for row in (kept, trail)] == rows
    assert desk.held("BTC") == Decimal("0.1")
    assert int(algo(desk, slTriggerPx="1000", slOrdPx="-1", sz="0.01")["algoId"]) > int(trail["algoId"])
    desk.exchange.close()


def test_algo_orders_over_the_wire(shared_exchange, shared):
    """Every field OKX lists is there, and a refusal is told in the row."""
    listed = json.loads((shared / "reference" / "okx" / "fields.json").read_text())
    fields = {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "trigger",
        "sz": "0.01",
        "tgtCcy": "base_ccy",
    }
    answer = shared_exchange.post("trade/order-algo", {**fields, "triggerPx": 1000, "orderPx": "999.9"}).body

    (row,) = answer["data"]
    assert (answer["code"], row["sCode"]) == ("0", "0")
    for path in ("order-algo?algoId=" + row["algoId"], "orders-algo-pending?ordType=trigger"):
        (found,) = shared_exchange.rows(f"trade/{path}")
        wanted = listed[f"GET /api/v5/trade/{path.partition('?')[0]}"]["response"]
        assert {field["name"] for field in wanted if not field["name"].startswith(">")} <= found.keys()
    bad = shared_exchange.post("trade/order-algo", fields).body
    assert (bad["code"], bad["data"][0]["sCode"]) == ("1", "50014")
    gone = shared_exchange.post(
        "trade/cancel-algos", [{"instId": "BTC-USDT", "algoId": row["algoId"]}, {"algoId": "7"}]
    )
    assert (gone.body["code"], [one["sCode"] for one in gone.body["data"]]) == ("2", ["0", "51400"])
    assert shared_exchange.rows("trade/orders-algo-history?ordType=trigger&state=canceled")[0]["ordPx"] == "999.9"


def test_stop_that_goes_with_its_position_is_gone_when_that_is_closed(tmp_path, clock):
    """With cxlOnClosePos, which only orders that reduce may have."""
    desk = contract_desk(tmp_path, clock, [50000, 50000, 50000, 50000])
    fields = {"instId": SWAP, "tdMode": "cross", "sz": "1", "cxlOnClosePos": True} | stop(slTriggerPx="40000")
    desk.place(ask(SWAP, size="1"))
    row = algo(desk, reduceOnly=True, **fields)
    desk.step(1)
    assert state(desk, row)["state"] == "live"

    desk.place(ask(SWAP, side="sell", size="1"))
    desk.step(1)

    assert state(desk, row)["state"] == "canceled"
    assert algo(desk, **fields)["sCode"] == "51000"


def test_algo_orders_of_a_contract_that_ends_are_canceled(tmp_path, clock):
    """With its listing."""
    desk = contract_desk(tmp_path, clock, [50000, 50000, 50000])
    row = algo(desk, instId=SWAP, tdMode="cross", sz="1", **stop(slTriggerPx="40000"))
    other = algo(desk, instId=FUTURE, tdMode="cross", sz="1", **stop(slTriggerPx="40000"))

    desk.instruments.remove(SWAP)
    desk.step(2)

    (gone,) = call(desk, endpoint.finished, ordType="conditional", state="canceled")
    assert (gone["algoId"], state(desk, other)["state"]) == (row["algoId"], "live")


@pytest.mark.parametrize("fields", [stop(slTriggerPx="89000"), {"tpTriggerPx": "91000", "tpOrdPx": "-1"}])
def test_stop_is_set_off_at_the_same_place_however_far_the_steps_go(clock, fields):
    """Whole candles that do not reach it are passed over, the one that does is not."""
    ends = []
    for stride in (1, 5000):
        desk = open_desk(PaperOptions(stepped=True), clock)
        desk.place(MARKET | {"sz": "0.1"})
        row = algo(desk, sz="0.05", **fields)
        before = len(desk.fills)
        while len(desk.fills) == before and desk.feed.position < 40_000:
            desk.step(stride)
        fill = desk.fills[-1]
        ends.append((state(desk, row)["state"], fill.price, fill.position))
    assert ends[0] == ends[1]
    assert ends[0][0] == "effective"
