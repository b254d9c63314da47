"""Take-profit and stop-loss that come with an order."""

import json
from decimal import Decimal

import pytest

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.amendment import amend
from tests.paper.contracts import SWAP, ask, contract_desk

BOTH = {"tpTriggerPx": "95000", "tpOrdPx": "-1", "slTriggerPx": "85000", "slOrdPx": "84000"}
STEADY = (90000, 90000, 90000, 90000), (90000, 96000, 88000, 95500)


def limited(order, **more):
    """Give a buy of 0.5 BTC at 88000 with something attached."""
    return order(sz="0.5", px="88000", **more)


def waiting(desk):
    """Give the algo orders that wait."""
    return list(desk.venue.algos.live.values())


def test_attached_orders_wait_once_the_order_is_filled(tape, order):
    """As one oco for what was bought, less the fee, with its own client id."""
    desk = tape((90000, 90000, 90000, 90000), (90000, 90000, 88000, 90000))
    parent = desk.place(limited(order, attachAlgoOrds=[BOTH | {"attachAlgoClOrdId": "guard"}]))
    assert waiting(desk) == []

    desk.step(6)

    (algo,) = waiting(desk)
    assert (algo.kind, algo.parent, algo.client_id, algo.order["side"]) == ("oco", parent.id, "guard", "sell")
    assert (Decimal(algo.order["sz"]), desk.held("BTC")) == (Decimal("0.4996"), Decimal("0.4996"))


def test_take_profit_sells_all_that_was_bought(tape, order):
    """At the market, once the path has risen to it."""
    desk = tape(*STEADY)
    desk.place(order(ordType="market", px=None, sz="0.5", tgtCcy="base_ccy", attachAlgoOrds=[BOTH]))

    desk.step(7)

    assert (desk.balance("BTC"), desk.fills[-1].order.source, waiting(desk)) == (0, "7", [])
    assert desk.fills[-1].price >= 95000


def test_order_canceled_half_filled_guards_what_it_brought(tape, order):
    """Only the part that was filled."""
    desk = tape((90000, 90000, 90000, 90000))
    parent = desk.place(limited(order, attachAlgoOrds=[{"slTriggerPx": "80000", "slOrdPx": "-1"}]))
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "88000", "sz": "0.2"})
    assert waiting(desk) == []

    desk.cancel({"instId": "BTC-USDT", "ordId": str(parent.id)})

    (algo,) = waiting(desk)
    assert (algo.kind, Decimal(algo.order["sz"])) == ("conditional", Decimal("0.19984"))


def test_order_canceled_unfilled_leaves_nothing(tape, order):
    """What guarded nothing is gone."""
    desk = tape((90000, 90000, 90000, 90000))
    parent = desk.place(limited(order, attachAlgoOrds=[BOTH]))

    desk.cancel({"instId": "BTC-USDT", "ordId": str(parent.id)})

    assert waiting(desk) == []


def test_contract_is_closed_by_what_was_attached(tmp_path, clock):
    """Reduce-only, on the side of the position."""
    desk = contract_desk(tmp_path, clock, [50000, 50000, 49000, 48000])
    guard = {"slTriggerPx": "49500", "slOrdPx": "-1", "slTriggerPxType": "mark"}
    desk.place(ask(SWAP, size="3", attachAlgoOrds=[guard]))

    desk.step(11)

    closing = desk.fills[-1].order
    assert (closing.ask.reduce_only, closing.filled, closing.state) == (True, 3, "filled")
    assert [position for position in desk.account.positions.values() if position.size] == []


def test_old_clients_may_put_one_pair_among_the_orders_own_fields(tape, order):
    """It is attached like any other."""
    desk = tape(*STEADY)

    parent = desk.place(limited(order, **BOTH))

    (spec,) = parent.attached
    assert (spec["tpTriggerPx"], spec["slOrdPx"], bool(spec["attachAlgoId"])) == ("95000", "84000", True)


def test_trailing_stop_comes_with_an_order(tape, order):
    """It follows the best price once the order is filled."""
    desk = tape((90000, 90000, 90000, 90000), (90000, 99000, 90000, 95000), (95000, 95000, 89000, 91000))
    spec = {"callbackRatio": "0.05", "activePx": "91000"}
    desk.place(order(ordType="market", px=None, sz="0.5", tgtCcy="base_ccy", attachAlgoOrds=[spec]))
    (algo,) = waiting(desk)

    desk.step(11)

    assert (algo.kind, algo.state, desk.fills[-1].order.source) == ("move_order_stop", "effective", "25")
    assert desk.balance("BTC") == 0


BAD = [
    ({}, "50014"),
    ({"callbackRatio": "1"}, "51000"),
    ({"callbackRatio": "0.1", "callbackSpread": "10"}, "51000"),
    ({"callbackRatio": "0.1", "slTriggerPx": "80000", "slOrdPx": "-1"}, "51000"),
    ({"callbackRatio": "0.1", "activePx": "0.05"}, "51150"),
    ({"tpTriggerPx": "95000"}, "50014"),
    ({"tpTriggerPx": "88000", "tpOrdPx": "-1"}, "51046"),
    ({"slTriggerPx": "88000", "slOrdPx": "-1"}, "51047"),
    ({"slTriggerPx": "80000.05", "slOrdPx": "-1"}, "51150"),
    ({"slTriggerPx": "80000", "slOrdPx": "1e4"}, "51000"),
    ({"slTriggerPx": "80000", "slOrdPx": "-1", "slTriggerPxType": "index"}, "51415"),
    ({"slTriggerPx": "80000", "slOrdPx": "-1", "attachAlgoClOrdId": "a-b"}, "51000"),
    ({"slTriggerRatio": "-0.1", "slOrdPx": "-1"}, "51000"),
]


@pytest.mark.parametrize(("spec", "code"), BAD)
def test_order_with_a_bad_attachment_is_refused(tape, order, spec, code):
    """Whole: nothing rests or is held."""
    desk = tape(*STEADY)

    with pytest.raises(Refusal) as refusal:
        desk.place(limited(order, attachAlgoOrds=[spec]))

    assert (refusal.value.code, dict(desk.open), desk.held("USDT")) == (code, {}, 0)


def test_sell_takes_its_attachments_the_other_way_round(tmp_path, clock):
    """Below for the profit, above for the loss."""
    desk = contract_desk(tmp_path, clock, [50000, 50000])
    codes = []
    for spec in ({"tpTriggerPx": "51000", "tpOrdPx": "-1"}, {"slTriggerPx": "49000", "slOrdPx": "-1"}):
        with pytest.raises(Refusal) as refusal:
            desk.place(ask(SWAP, side="sell", attachAlgoOrds=[spec]))
        codes.append(refusal.value.code)

    assert codes == ["51048", "51049"]


def test_amendment_changes_what_is_attached(tape, order):
    """By its id or the client's; a price of 0 takes a leg away, and what is wrong changes nothing."""
    desk = tape(*STEADY)
    parent = desk.place(limited(order, attachAlgoOrds=[BOTH | {"attachAlgoClOrdId": "guard"}]))

    def change(**fields):
        spec = {"attachAlgoClOrdId": "guard", **fields}
        amend(desk.venue, desk.account, {"instId": "BTC-USDT", "ordId": str(parent.id), "attachAlgoOrds": [spec]})
        desk.venue.settle()
        return parent.attached[0]

    assert change(newSlTriggerPx="86000")["slTriggerPx"] == "86000"
    assert change(newTpTriggerPx="0")["tpTriggerPx"] == ""
    codes = []
    for fields in ({"attachAlgoClOrdId": "other"}, {"newSlTriggerPx": "88000"}):
        with pytest.raises(Refusal) as refusal:
            change(**fields)
        codes.append(refusal.value.code)
    assert codes == ["51527", "51047"]
    assert (parent.attached[0]["slTriggerPx"], parent.state) == ("86000", "live")


def test_order_row_shows_what_is_attached(shared_exchange, shared):
    """With OKX's ids for amending it."""
    spec = {"slTriggerPx": 1000, "slOrdPx": -1, "attachAlgoClOrdId": "shown"}
    shared_exchange.place(clOrdId="attached", attachAlgoOrds=[spec])

    (row,) = shared_exchange.rows("trade/order?instId=BTC-USDT&clOrdId=attached")

    (shown,) = row["attachAlgoOrds"]
    assert (shown["slTriggerPx"], shown["slOrdPx"], shown["attachAlgoClOrdId"]) == ("1000", "-1", "shown")
    assert int(shown["attachAlgoId"]) > 0
    listed = json.loads((shared / "reference" / "okx" / "fields.json").read_text())
    names = [field["name"] for field in listed["GET /api/v5/trade/order"]["response"]]
    first, last = names.index("attachAlgoOrds") + 1, names.index("linkedAlgoOrd")
    assert {name.removeprefix("> ") for name in names[first:last]} <= shown.keys()


def test_an_order_amended_down_to_what_is_filled_guards_that(tape, order):
    """0.2 of 0.5 BTC are filled when the size becomes 0.2: the order is filled, and its stop-loss waits."""
    desk = tape(*STEADY)
    parent = desk.place(limited(order, attachAlgoOrds=[BOTH]))
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "88000", "sz": "0.2"})

    amend(desk.venue, desk.account, {"instId": "BTC-USDT", "ordId": str(parent.id), "newSz": "0.2"})
    desk.venue.settle()

    assert (parent.state, [algo.parent for algo in waiting(desk)]) == ("filled", [parent.id])
    assert desk.held("USDT") == 0
