"""Algo orders that place and move orders themselves: icebergs, time-weighted and chase orders."""

from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.rest import algo as endpoint
from tests.paper.contracts import SWAP, contract_desk
from tests.paper.desk import open_desk

ICEBERG = {
    "instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "iceberg", "sz": "0.5", "szLimit": "0.2",
    "pxSpread": "100", "pxLimit": "89950",
}  # fmt: skip
TWAP = ICEBERG | {"ordType": "twap", "pxLimit": "95000", "timeInterval": "10"}


def call(desk, act, body=None, **params):
    """Ask an endpoint, as a turn of its own."""
    request = desk.call(**params)
    request.body = body
    try:
        answer = act(request)
    finally:
        desk.venue.settle()
    return answer if isinstance(answer, list) else list(answer.rows)


def place(desk, fields):
    """Place an algo order and give its row."""
    (row,) = call(desk, endpoint.place, fields)
    return row


def state(desk, row):
    """Give an algo order as it stands."""
    (found,) = call(desk, endpoint.order, algoId=row["algoId"])
    return found


def pass_time(desk, seconds):
    """Let protocol time pass and the exchange look at it."""
    desk.clock.sleep(seconds)
    desk.venue.due(desk.clock.now_ms())
    desk.venue.settle()


FLAT = (90000, 90000, 90000, 90000)
DOWN = (90000, 90000, 89800, 89900), (89900, 89900, 89700, 89800), (89800, 89800, 89600, 89700)


def test_iceberg_shows_a_slice_at_a_time(tape):
    """Each rests off the price, the next follows it, and the last is what is left."""
    desk = tape(FLAT, *DOWN)
    row = place(desk, ICEBERG)

    (first,) = desk.open.values()
    assert (first.size, first.price, first.source) == (Decimal("0.2"), Decimal(89900), "13")
    desk.step(15)
    found = state(desk, row)
    assert [(fill.size, fill.maker) for fill in desk.fills] == [(Decimal(size), True) for size in ("0.2", "0.2", "0.1")]
    assert (found["state"], found["actualSz"], len(found["ordIdList"])) == ("effective", "0.5", 3)
    assert (found["szLimit"], found["pxSpread"], found["pxLimit"], found["pxVar"]) == ("0.2", "100", "89950", "")


def test_iceberg_follows_a_price_that_leaves_it_behind(tape):
    """But never beyond its limit."""
    desk = tape(FLAT, (90000, 90150, 90000, 90150), (90150, 90400, 90150, 90400))
    place(desk, ICEBERG | {"pxLimit": "90100"})

    desk.step(11)

    (slice_,) = desk.open.values()
    assert (slice_.price, desk.fills) == (Decimal(90100), [])


def test_iceberg_that_is_taken_back_takes_its_slice_along(tape):
    """What is filled stays told."""
    desk = tape(FLAT, *DOWN)
    row = place(desk, ICEBERG)
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "89900", "sz": "0.05"})

    call(desk, endpoint.cancel, [{"instId": "BTC-USDT", "algoId": row["algoId"]}])

    found = state(desk, row)
    assert (found["state"], found["actualSz"], found["actualPx"]) == ("canceled", "0.05", "89900")
    assert (dict(desk.open), desk.held("USDT")) == ({}, 0)


def test_twap_takes_a_slice_every_interval(tape):
    """At the market, on protocol time."""
    desk = tape(FLAT)
    row = place(desk, TWAP)

    assert [fill.size for fill in desk.fills] == [Decimal("0.2")]
    pass_time(desk, 9.9)
    assert len(desk.fills) == 1
    pass_time(desk, 0.1)
    pass_time(desk, 10)
    assert [fill.size for fill in desk.fills] == [Decimal("0.2"), Decimal("0.2"), Decimal("0.1")]
    found = state(desk, row)
    assert (found["state"], found["actualSz"], found["actualPx"]) == ("effective", "0.5", "90000")
    assert {fill.maker for fill in desk.fills} == {False}


def test_twap_waits_while_the_price_is_beyond_its_limit(tape):
    """And goes on when it is back."""
    desk = tape((90000, 90000, 90000, 90000), (89000, 89000, 89000, 89000))
    row = place(desk, TWAP | {"pxLimit": "89500"})
    pass_time(desk, 60)
    assert (desk.fills, state(desk, row)["state"]) == ([], "live")

    desk.step(4)
    pass_time(desk, 10)

    assert [fill.price for fill in desk.fills] == [Decimal(89000)]


def test_slices_go_on_in_the_next_process(tmp_path, clock):
    """With what was done, and the slice that rests."""
    options = PaperOptions(stepped=True, data=tmp_path / "data.sqlite")
    desk = open_desk(options, clock)
    iceberg = place(desk, ICEBERG | {"pxLimit": "80000"})
    twap = place(desk, TWAP)
    rows = [state(desk, row) for row in (iceberg, twap)]
    desk.exchange.close()

    desk = open_desk(options, clock)
    desk.venue.settle()
    assert [state(desk, row) for row in (iceberg, twap)] == rows
    pass_time(desk, 10)
    desk.step(1)

    assert state(desk, twap)["actualSz"] == "0.4"
    call(desk, endpoint.cancel, [{"instId": "BTC-USDT", "algoId": iceberg["algoId"]}])
    assert dict(desk.open) == {}
    desk.exchange.close()


BAD = [
    ({"szLimit": None}, "50014"),
    ({"pxLimit": None}, "50014"),
    ({"pxSpread": None}, "50014"),
    ({"pxVar": "0.01"}, "51000"),
    ({"szLimit": "0.6"}, "51255"),
    ({"szLimit": "0.6", "ordType": "twap", "timeInterval": "10"}, "51274"),
    ({"pxSpread": None, "pxVar": "0.02"}, "51256"),
    ({"pxSpread": None, "pxVar": "0.02", "ordType": "twap", "timeInterval": "10"}, "51270"),
    ({"pxSpread": "0.05"}, "51150"),
    ({"ordType": "twap"}, "50014"),
    ({"ordType": "twap", "timeInterval": "0"}, "51000"),
    ({"ordType": "twap", "timeInterval": "soon"}, "51000"),
    ({"ordType": "chase"}, "51000"),
]


@pytest.mark.parametrize(("change", "code"), BAD)
def test_bad_slices_are_refused(tape, change, code):
    """With OKX's code, and nothing is ordered."""
    desk = tape(FLAT)

    row = place(desk, {name: value for name, value in (ICEBERG | change).items() if value is not None})

    assert (row["sCode"], dict(desk.open), desk.fills) == (code, {}, [])


def test_slice_that_cannot_be_paid_fails_the_whole(tape):
    """With the reason."""
    desk = tape(FLAT)

    row = place(desk, TWAP | {"sz": "9", "szLimit": "9"})

    assert (state(desk, row)["state"], state(desk, row)["failCode"]) == ("order_failed", "51008")


CHASE = {"instId": SWAP, "tdMode": "cross", "side": "buy", "ordType": "chase", "sz": "2"}


def test_chase_follows_the_best_price_until_it_is_filled(tmp_path, clock):
    """One post_only order, moved with the best bid; a fall to it fills it."""
    desk = contract_desk(tmp_path, clock, [50000, 50100, 50200, 50200])
    row = place(desk, CHASE | {"chaseVal": "10"})
    (order,) = desk.open.values()
    assert (order.ask.kind, order.price, order.source) == ("post_only", Decimal("49989.9"), "34")

    desk.step(11)
    assert (order.price, order.state) == (Decimal("50189.9"), "live")
    desk.trade({"instId": SWAP, "side": "sell", "px": "50189.9", "sz": "2"})
    desk.step(4)

    found = state(desk, row)
    assert (found["state"], found["ordIdList"], found["actualSz"]) == ("effective", [str(order.id)], "2")
    assert (found["chaseVal"], found["chaseType"], desk.fills[-1].maker) == ("10", "", True)


@pytest.mark.parametrize("most", [("distance", "150"), ("ratio", "0.003")])
def test_chase_ends_when_the_price_has_gone_too_far(tmp_path, clock, most):
    """Its order with it."""
    desk = contract_desk(tmp_path, clock, [50000, 50100, 50200, 50200])
    row = place(desk, CHASE | {"maxChaseType": most[0], "maxChaseVal": most[1]})
    (order,) = desk.open.values()

    desk.step(7)
    assert order.price == Decimal("50099.9")
    desk.step(4)

    assert (order.state, order.cancel_source, state(desk, row)["state"]) == ("canceled", "42", "canceled")


def test_chase_goes_on_in_the_next_process_and_is_taken_back_whole(tmp_path, clock):
    """As it was; its order is the one that rests."""
    options = PaperOptions(stepped=True, data=tmp_path / "data.sqlite")
    desk = open_desk(options, clock)
    row = place(desk, CHASE)
    told, (number,) = state(desk, row), desk.open
    desk.exchange.close()

    desk = open_desk(options, clock)
    assert state(desk, row) == told
    desk.step(4)
    assert list(desk.open) in ([number], [])
    call(desk, endpoint.cancel, [{"instId": SWAP, "algoId": row["algoId"]}])
    assert dict(desk.open) == {}
    desk.exchange.close()


@pytest.mark.parametrize("wrong", [{"chaseType": "far"}, {"chaseVal": "x"}, {"chaseType": "ratio", "chaseVal": "1"}])
def test_bad_chase_is_refused(tmp_path, clock, wrong):
    """51000, and nothing is ordered."""
    desk = contract_desk(tmp_path, clock, [50000, 50100])

    assert place(desk, CHASE | wrong)["sCode"] == "51000"
    assert place(desk, CHASE | {"maxChaseVal": "1"})["sCode"] == "50014"
    assert dict(desk.open) == {}


def test_an_amendment_that_ends_an_iceberg_ends_its_slice(tape):
    """It cannot be changed, and cxlOnFail leaves nothing resting."""
    desk = tape(FLAT, *DOWN)
    row = place(desk, ICEBERG)
    asked = {"instId": "BTC-USDT", "algoId": row["algoId"], "newSz": "0.3", "cxlOnFail": "true"}
    (told,) = call(desk, endpoint.amend, asked)

    assert (told["sCode"], state(desk, row)["state"]) == ("51506", "canceled")
    assert (dict(desk.open), desk.held("USDT")) == ({}, 0)


def test_what_is_no_text_is_not_echoed(tape):
    """A refused algo order's row has empty ids then, and attachments that are no list are not passed over."""
    trigger = ICEBERG | {"ordType": "trigger", "triggerPx": "91000", "orderPx": "-1", "tgtCcy": "base_ccy"}
    desk = tape(FLAT)
    row = place(desk, trigger | {"algoClOrdId": ["x"], "tag": {"a": "1"}})
    assert (row["sCode"], row["algoClOrdId"], row["tag"]) == ("51000", "", "")

    assert place(desk, trigger | {"attachAlgoOrds": {"slTriggerPx": "80000"}})["sCode"] == "51000"
