"""The rules around orders: who is let in, ids, limits, closing positions, and what lists narrow by."""

from dataclasses import replace
from decimal import Decimal

import pytest

from okxlab.paper.codes import Refusal
from okxlab.paper.rest import closing, history, precheck, trade
from tests.paper.contracts import CALL, FUTURE, INVERSE, SWAP, ask, contract_desk

PRICES = [50000] * 4


def refused(act, *arguments, **more):
    """Give the code something is refused with."""
    with pytest.raises(Refusal) as refusal:
        act(*arguments, **more)
    return refusal.value.code


def relist(desk, name, **terms):
    """Let an instrument have other terms from now on."""
    desk.instruments.replace(replace(desk.instruments[name], **terms))


STATES = [
    ("preopen", "51021"),
    ("suspend", "51022"),
    ("expired", "51027"),
    ("settling", "51029"),
    ("rebase", "51022"),
    ("post_only", "51022"),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_instrument_that_does_not_trade_takes_no_orders(venue, order, state, code):
    """Each state has its code; what rests may still be taken back."""
    resting = venue.place(order())
    relist(venue, "BTC-USDT", state=state)

    assert refused(venue.place, order()) == code
    venue.cancel({"instId": "BTC-USDT", "ordId": str(resting.id)})
    assert resting.state == "canceled"


def test_post_only_instrument_takes_post_only_orders(venue, order):
    """And nothing else."""
    relist(venue, "BTC-USDT", state="post_only")

    assert venue.place(order(ordType="post_only")).state == "live"


def test_client_id_may_be_used_again_once_its_order_is_done(venue, order):
    """Looking it up gives the newest, and the one that rests before those that are done."""
    first = venue.place(order(clOrdId="mine"))
    assert refused(venue.place, order(clOrdId="mine")) == "51016"
    venue.cancel({"instId": "BTC-USDT", "clOrdId": "mine"})
    second = venue.place(order(clOrdId="mine"))
    named = venue.call(instId="BTC-USDT", clOrdId="mine")

    assert (first.state, history.one(named).id) == ("canceled", second.id)
    venue.cancel({"instId": "BTC-USDT", "clOrdId": "mine"})
    assert history.one(named).id == second.id


def test_instrument_takes_five_hundred_orders_of_an_account(venue, order):
    """The next is 51174, other instruments take more, and a place that is free is free."""
    resting = [venue.place(order(sz="0.00001")) for _ in range(500)]

    assert refused(venue.place, order(sz="0.00001")) == "51174"
    assert venue.place(order(instId="ETH-USDT", px="1000")).state == "live"
    venue.cancel({"instId": "BTC-USDT", "ordId": str(resting[7].id)})
    assert venue.place(order(sz="0.00001")).state == "live"


def test_account_default_says_what_happens_when_it_meets_itself(venue, order):
    """An order's own stpMode wins."""
    venue.account.self_trade = "cancel_both"

    plain, own = venue.place(order()), venue.place(order(stpMode="cancel_taker"))

    assert (plain.ask.self_trade, own.ask.self_trade) == ("cancel_both", "cancel_taker")
    assert refused(venue.place, order(ordType="fok", stpMode="cancel_both")) == "51000"


def test_optimal_limit_is_for_futures_and_swaps(tmp_path, clock, order):
    """It takes what it finds, like a market order."""
    desk = contract_desk(tmp_path, clock, PRICES)

    for name in (SWAP, FUTURE):
        assert desk.place(ask(name) | {"ordType": "optimal_limit_ioc"}).state == "filled"
    assert refused(desk.place, ask(CALL) | {"ordType": "optimal_limit_ioc"}) == "51000"
    assert refused(desk.place, order(ordType="optimal_limit_ioc", px=None)) == "51000"


def test_fields_that_say_nothing_here_are_taken_politely(venue, order):
    """SlippagePct and its like change nothing."""
    more = {"slippagePct": "0.01", "banAmend": False, "pxAmendType": "0", "tradeQuoteCcy": "USDT", "quickMgnType": ""}

    assert venue.place(order(**more)).state == "live"


def close(desk, **fields):
    """Close a position as a turn of its own."""
    try:
        return closing.close_position(desk.call(**{"instId": SWAP, "mgnMode": "cross"} | fields))
    finally:
        desk.venue.settle()


def test_position_is_closed_whole(tmp_path, clock):
    """At the market, reduce-only, with the client's id; a second time there is none."""
    desk = contract_desk(tmp_path, clock, PRICES)
    desk.place(ask(SWAP, side="sell", size="3"))

    (row,) = close(desk, clOrdId="bye", tag="t")

    last = desk.fills[-1].order
    assert (row["clOrdId"], row["tag"], row["posSide"]) == ("bye", "t", "net")
    assert (last.ask.side, last.filled, last.ask.reduce_only, last.ask.client_id) == ("buy", 3, True, "bye")
    assert refused(close, desk) == "51023"
    assert refused(close, desk, mgnMode="cash") == "51000"
    assert refused(close, desk, instId="NO-SUCH") == "51001"


def test_orders_that_would_close_stand_in_the_way_unless_they_are_to_go(tmp_path, clock):
    """51115, or with autoCxl they are taken back first; orders of the other side stay."""
    desk = contract_desk(tmp_path, clock, PRICES)
    desk.place(ask(SWAP, size="3"))
    closing_order, more = desk.place(ask(SWAP, "sell", "1", "51000")), desk.place(ask(SWAP, "buy", "1", "49000"))

    assert refused(close, desk) == "51115"
    assert desk.account.positions[SWAP, "cross", "net"].size == 3
    close(desk, autoCxl=True)
    assert (closing_order.state, closing_order.cancel_source, more.state) == ("canceled", "17", "live")
    assert [position for position in desk.account.positions.values() if position.size] == []


def test_mass_cancel_takes_back_the_options_of_a_family(tmp_path, clock):
    """Other orders stay."""
    desk = contract_desk(tmp_path, clock, PRICES, premiums=[0.01] * 4)
    option, swap = desk.place(ask(CALL, "buy", "1", "0.005")), desk.place(ask(SWAP, "buy", "1", "49000"))

    rows = closing.mass_cancel(desk.call(instType="OPTION", instFamily="BTC-USD"))
    desk.venue.settle()

    assert (rows, option.state, swap.state) == ([{"result": True}], "canceled", "live")
    assert refused(closing.mass_cancel, desk.call(instType="SWAP", instFamily="BTC-USD")) == "51000"
    assert refused(closing.mass_cancel, desk.call(instType="OPTION", instFamily="NO-SUCH")) == "51000"


def test_precheck_says_what_would_be_left_and_places_nothing(venue, order):
    """What would be refused is refused."""
    (row,) = precheck.precheck(venue.call(**order(sz="1")))

    assert (row["availBal"], row["availBalChg"], dict(venue.open)) == ("20000", "-80000", {})
    assert refused(precheck.precheck, venue.call(**order(sz="2"))) == "51008"


def test_orders_that_rest_are_narrowed_by_every_filter(tmp_path, clock):
    """Type, instrument, family, kind of order and state, alone and together."""
    desk = contract_desk(tmp_path, clock, PRICES)
    swap = desk.place(ask(SWAP, "buy", "1", "49000"))
    future = desk.place(ask(FUTURE, "buy", "1", "49000") | {"ordType": "post_only"})
    inverse = desk.place(ask(INVERSE, "buy", "1", "49000"))

    def listed(**params):
        return [row["ordId"] for row in trade.pending(desk.call(**params))]

    ids = [str(row.id) for row in (swap, future, inverse)]
    assert listed() == ids[::-1]
    assert listed(instFamily="BTC-USDT") == listed(uly="BTC-USDT") == ids[1::-1]
    assert listed(instType="SWAP", instFamily="BTC-USDT") == listed(instId=SWAP) == ids[:1]
    assert listed(ordType="post_only,ioc") == ids[1:2]
    assert (listed(state="partially_filled"), listed(state="live", limit="1")) == ([], ids[2:])
    assert refused(listed, state="filled") == refused(listed, instType="STOCKS") == "51000"


def test_orders_and_fills_that_are_done_are_narrowed_by_every_filter(tmp_path, clock):
    """By family, type, state, subtype, and time."""
    desk = contract_desk(tmp_path, clock, PRICES)
    for name, side in ((SWAP, "buy"), (INVERSE, "sell"), (SWAP, "sell")):
        desk.place(ask(name, side))
    gone = desk.place(ask(SWAP, "buy", "1", "49000"))
    desk.cancel({"instId": SWAP, "ordId": str(gone.id)})

    def orders(**params):
        return [(row["instId"], row["side"], row["state"]) for row in trade.week(desk.call(instType="SWAP", **params))]

    def fills(**params):
        return [(row["instId"], row["side"]) for row in trade.fills(desk.call(**params))]

    assert orders(state="canceled") == orders(ordType="limit") == [(SWAP, "buy", "canceled")]
    assert orders(instFamily="BTC-USD", ordType="market,limit") == [(INVERSE, "sell", "filled")]
    assert orders(category="full_liquidation") == []
    assert len(orders(category="normal")) == 4
    assert refused(orders, state="live") == "51000"
    assert fills(subType="2") == [(SWAP, "sell"), (INVERSE, "sell")]
    assert fills(instFamily="BTC-USDT", limit="1", subType="1") == [(SWAP, "buy")]
    now = clock.now_ms()
    assert fills(begin=str(now + 1)) == orders(end=str(now - 1)) == []
    assert len(fills(instType="SWAP", begin=str(now))) == 3


def test_endpoints_of_small_balances_are_empty(shared_exchange):
    """Lists answer, acts are not to be had; the rate limit is told."""
    for path in ("easy-convert-currency-list", "easy-convert-history", "one-click-repay-history-v2"):
        assert shared_exchange.rows(f"trade/{path}") == []
    assert shared_exchange.post("trade/easy-convert", {"fromCcy": ["DOGE"], "toCcy": "OKB"}).body["code"] == "50038"
    (row,) = shared_exchange.rows("trade/account-rate-limit")
    assert (row["accRateLimit"], Decimal(row["ts"]) > 0) == ("1000", True)


def test_half_of_a_surrogate_pair_is_no_text(venue, order):
    """It could not be kept: the order is refused, and the next one is taken and kept."""
    with pytest.raises(Refusal) as refusal:
        venue.place(order(ccy="\ud800"))

    assert refusal.value.code == "51000"
    assert venue.place(order()).state == "live"
