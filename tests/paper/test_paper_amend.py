"""Changing orders where they rest: price, size, place in the queue, holds, and what is refused."""

from decimal import Decimal

import pytest

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.amendment import amend
from tests.paper.contracts import SWAP, ask, contract_desk


def change(desk, order, **fields):
    """Amend an order as a turn of its own."""
    try:
        return amend(desk.venue, desk.account, {"instId": "BTC-USDT", "ordId": str(order.id), **fields})
    finally:
        desk.venue.settle()


def refused(desk, order, **fields):
    """Give the code an amendment is refused with."""
    with pytest.raises(Refusal) as refusal:
        change(desk, order, **fields)
    return refusal.value.code


def test_new_price_and_size_are_held_exactly(tape, order):
    """The hold follows the amended order, up and down, and nothing else changes."""
    desk = tape((90000, 90000, 90000, 90000))
    resting = desk.place(order(sz="0.5", px="80000"))

    change(desk, resting, newPx="81000", newSz="0.6")
    assert (desk.held("USDT"), resting.price, resting.size) == (Decimal(48600), Decimal(81000), Decimal("0.6"))
    change(desk, resting, newPx="10000.1")
    assert (desk.held("USDT"), desk.available("USDT")) == (Decimal("6000.06"), Decimal("93999.94"))
    assert (resting.state, desk.fills) == ("live", [])


def test_amendment_that_is_not_covered_changes_nothing(tape, order):
    """51008, and price, size, hold and place stay."""
    desk = tape((90000, 90000, 90000, 90000))
    resting = desk.place(order(sz="1", px="80000"))

    assert refused(desk, resting, newSz="1.26") == "51008"
    assert (resting.size, resting.state, desk.held("USDT")) == (Decimal(1), "live", Decimal(80000))
    change(desk, resting, newSz="1.25")
    assert desk.available("USDT") == 0


def test_order_keeps_its_place_only_when_it_gets_smaller(tape, order):
    """More size or another price goes to the end of the queue; a print shows who is first."""
    desk = tape((90000, 90000, 90000, 90000))
    first, second, third = (desk.place(order(sz="0.1")) for _ in range(3))

    change(desk, first, newSz="0.05")
    change(desk, second, newSz="0.2")
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "80000", "sz": "0.16"})
    assert [(fill.order, fill.size) for fill in desk.fills] == [
        (first, Decimal("0.05")),
        (third, Decimal("0.1")),
        (second, Decimal("0.01")),
    ]


def test_order_moved_away_and_back_stands_at_the_end(tape, order):
    """The place is lost for good."""
    desk = tape((90000, 90000, 90000, 90000))
    first, second = desk.place(order(sz="0.1")), desk.place(order(sz="0.1"))

    change(desk, first, newPx="80001")
    change(desk, first, newPx="80000")
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "80000", "sz": "0.1"})

    assert (first.state, second.state) == ("live", "filled")


def test_amended_limit_that_crosses_trades_at_once_as_taker(tape, order):
    """At the market's price, with the taker's fee, and the surplus hold is given back."""
    desk = tape((90000, 90000, 90000, 90000))
    resting = desk.place(order(sz="0.5", px="80000"))

    change(desk, resting, newPx="95000")

    (fill,) = desk.fills
    assert (fill.maker, fill.price, fill.rate, resting.state) == (False, Decimal(90000), Decimal("0.001"), "filled")
    assert (desk.held("USDT"), desk.balance("USDT"), dict(desk.open)) == (0, Decimal(55000), {})


def test_amended_post_only_that_would_take_is_refused(tape, order):
    """51511, and it rests on as it was."""
    desk = tape((90000, 90000, 90000, 90000))
    resting = desk.place(order(ordType="post_only"))

    assert refused(desk, resting, newPx="90000") == "51511"
    change(desk, resting, newPx="89999.9")
    assert (resting.price, resting.state) == (Decimal("89999.9"), "live")


def test_new_size_counts_what_is_filled(tape, order):
    """It is a total: the rest is what remains, and a total already filled makes the order done."""
    desk = tape((90000, 90000, 90000, 90000))
    resting = desk.place(order(sz="0.5"))
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "80000", "sz": "0.2"})

    change(desk, resting, newSz="0.6")
    assert (resting.rest, resting.state, desk.held("USDT")) == (Decimal("0.4"), "partially_filled", Decimal(32000))
    change(desk, resting, newSz="0.2")
    assert (resting.state, resting.filled, desk.held("USDT"), dict(desk.open)) == ("filled", Decimal("0.2"), 0, {})


BAD = [
    ({}, "51500"),
    ({"newPx": "80000.05"}, "51150"),
    ({"newPx": "0"}, "51000"),
    ({"newSz": "0.123456789"}, "51121"),
    ({"newSz": "0.000001"}, "51020"),
    ({"newSz": "much"}, "51000"),
    ({"newSz": "1", "cxlOnFail": "maybe"}, "51000"),
    ({"newSz": "1", "ordId": "7"}, "51503"),
    ({"newSz": "1", "instId": "ETH-USDT"}, "51503"),
]


@pytest.mark.parametrize(("fields", "code"), BAD)
def test_bad_amendment_is_refused(venue, order, fields, code):
    """With OKX's code, and the order rests as it did."""
    resting = venue.place(order())

    assert refused(venue, resting, **fields) == code
    assert (resting.size, resting.price, resting.state) == (Decimal("0.01"), Decimal(80000), "live")


def test_failed_amendment_cancels_when_asked(venue, order):
    """With cxlOnFail the order is gone and its hold free; the refusal is told all the same."""
    resting = venue.place(order())

    assert refused(venue, resting, newSz="5", cxlOnFail=True) == "51008"
    assert (resting.state, venue.held("USDT")) == ("canceled", 0)


def test_watchers_hear_of_an_amendment(venue, order):
    """The push carries reqId and result, and the order's new size."""
    venue.account.watched = 1
    told = []
    venue.venue.sinks.append(lambda changes: told.extend(news.row for news in changes.news))
    resting = venue.place(order())

    change(venue, resting, newSz="0.02", reqId="mine")

    row = told[-1]
    assert (row["reqId"], row["amendResult"], row["amendSource"], row["sz"]) == ("mine", "0", "1", "0.02")
    assert (row["state"], len(told)) == ("live", 2)


def test_amendments_over_the_wire(shared_exchange, order):
    """Rows echo ids and reqId; a batch does each on its own and takes an order once."""
    first, second = (shared_exchange.place(clOrdId=name)["ordId"] for name in ("amendA", "amendB"))

    (row,) = shared_exchange.post(
        "trade/amend-order", {"instId": "BTC-USDT", "ordId": first, "newSz": "0.02", "reqId": "r1"}
    ).body["data"]
    batch = [
        {"instId": "BTC-USDT", "clOrdId": "amendB", "newPx": "70000", "reqId": "r2"},
        {"instId": "BTC-USDT", "clOrdId": "amendB", "newPx": "71000"},
        {"instId": "BTC-USDT", "ordId": "1", "newPx": "70000"},
    ]
    answer = shared_exchange.post("trade/amend-batch-orders", batch).body

    assert (row["ordId"], row["clOrdId"], row["reqId"], row["sCode"]) == (first, "amendA", "r1", "0")
    assert (answer["code"], [row["sCode"] for row in answer["data"]]) == ("2", ["0", "51512", "51503"])
    (told,) = shared_exchange.rows(f"trade/order?instId=BTC-USDT&ordId={second}")
    assert (told["px"], told["sz"]) == ("70000", "0.01")
    late = shared_exchange.post(
        "trade/amend-order", {"instId": "BTC-USDT", "ordId": first, "newSz": "0.03"}, expTime="1000"
    )
    assert late.body["code"] == "50036"


def test_contract_order_is_measured_without_what_it_was(tmp_path, clock):
    """Margin and what it closes are counted as if it came anew."""
    desk = contract_desk(tmp_path, clock, [50000, 50000])
    resting = desk.place(ask(SWAP, "buy", "500", "49000"))
    held = desk.held("USDT")

    name = {"instId": SWAP}
    change(desk, resting, **name, newSz="400")
    assert abs(desk.held("USDT") - held * 4 / 5) < Decimal("1e-15")
    assert refused(desk, resting, **name, newSz="5000") == "51008"
    change(desk, resting, **name, newSz="500")
    assert (desk.held("USDT"), resting.state) == (held, "live")


def test_order_that_only_reduces_may_grow_to_the_position(tmp_path, clock):
    """And no further; what it reduced before does not stand in its way."""
    desk = contract_desk(tmp_path, clock, [50000, 50000])
    desk.place(ask(SWAP, "buy", "3"))
    resting = desk.place(ask(SWAP, "sell", "2", "51000", reduceOnly=True))

    change(desk, resting, instId=SWAP, newSz="3")
    assert resting.size == 3
    assert refused(desk, resting, instId=SWAP, newSz="4") in {"51112", "51170", "51169"}
    change(desk, resting, instId=SWAP, newPx="50000")
    assert (resting.state, resting.last.maker) == ("filled", False)
    assert [position for position in desk.account.positions.values() if position.size] == []
