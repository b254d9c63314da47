"""Liquidation: what the margin no longer carries is closed at the mark; every figure is worked out by hand."""

from decimal import Decimal

from tests.paper.contracts import INVERSE, SWAP, ask, contract_desk


def heard(desk):
    """Collect the bills from now on."""
    bills = []
    desk.venue.sinks.append(lambda changes: bills.extend(changes.bills))
    return bills


def leverage(desk, times, mode="cross", name=SWAP):
    """Set the leverage of a swap."""
    desk.account.leverage[name, mode, "net"] = times


def test_an_isolated_position_is_closed_at_the_mark_once_its_margin_is_nearly_gone(tmp_path, clock):
    """10x of 500 are 50: at 45,250 it has 2.5, above 0.45% of 452.5; at 45,200 it has 2, not above."""
    desk = contract_desk(tmp_path, clock, [50000, 45250, 45200])
    leverage(desk, 10, "isolated")
    desk.place(ask(size="1", tdMode="isolated"))
    bills = heard(desk)
    desk.step(4)
    assert len(desk.account.positions) == 1

    desk.step(4)
    assert desk.account.positions == {}
    (order,) = [order for order in desk.orders.values() if order.category != "normal"]
    assert (order.category, order.state, order.pnl) == ("full_liquidation", "filled", -48)
    assert (bills[-1].type, bills[-1].subtype) == ("5", "104")
    assert desk.balance("USDT") == 100000 - Decimal("0.25") - 48 - Decimal("0.226")
    assert (desk.held("USDT"), desk.total("USDT")) == (0, 0)


def test_a_gap_through_the_margin_costs_no_more_than_the_margin(tmp_path, clock):
    """At 40,000 a loss of 100 and the fee meet a margin of 50: the rest is forgiven."""
    desk = contract_desk(tmp_path, clock, [50000, 40000])
    leverage(desk, 10, "isolated")
    desk.place(ask(size="1", tdMode="isolated"))
    bills = heard(desk)
    desk.step(4)

    assert desk.balance("USDT") == 100000 - Decimal("0.25") - 50
    assert [(bill.type, bill.subtype) for bill in bills] == [("5", "104"), ("10", "108")]
    assert desk.total("USDT") == 0


def test_a_cross_account_that_carries_nothing_more_loses_orders_and_positions(tmp_path, clock):
    """100,000 at 100x in 1,900 contracts: 5% down they lose 47,500 and live; 10.5% down they go, orders first."""
    desk = contract_desk(tmp_path, clock, [50000, 47500, 44750])
    leverage(desk, 100)
    desk.place(ask(size="1900"))
    resting = desk.place(ask(size="1", price="40000"))
    desk.step(4)
    assert resting.state == "live"

    desk.step(4)
    assert (desk.account.positions, resting.state, resting.cancel_source) == ({}, "canceled", "3")
    assert desk.balance("USDT") == 0
    assert (desk.held("USDT"), desk.total("USDT")) == (0, 0)


def test_only_what_is_needed_is_closed(tmp_path, clock):
    """Two longs in coin and in USDT: the one in coin falls, the other one stays."""
    desk = contract_desk(tmp_path, clock, [50000, 40800])
    leverage(desk, 100, name=INVERSE)
    desk.place(ask(INVERSE, size="2200"))
    desk.place(ask(size="10"))
    desk.step(4)

    assert [key[0] for key in desk.account.positions] == [SWAP]


def test_a_maintained_position_is_left_alone(tmp_path, clock):
    """A third of the balance at leverage 3 rides out a fall by half."""
    desk = contract_desk(tmp_path, clock, [50000, 25000])
    desk.place(ask(size="100"))
    desk.step(4)

    assert len(desk.account.positions) == 1


def test_in_multi_currency_mode_all_coins_stand_for_all_positions(tmp_path, clock):
    """100,000 USDT and 1 BTC carry a loss of 110,000; one of 135,000 ends the position and leaves a debt and 1 BTC."""
    desk = contract_desk(tmp_path, clock, [50000, 39000, 36500], level="3")
    leverage(desk, 10)
    desk.place(ask(size="1000"))
    desk.step(4)
    assert len(desk.account.positions) == 1

    desk.step(4)
    assert desk.account.positions == {}
    assert desk.balance("USDT") == 100000 - 135000 - 250 - Decimal("182.5")
    assert (desk.balance("BTC"), desk.total("USDT")) == (1, 0)


def test_in_multi_currency_mode_nobody_is_left_with_less_than_nothing(tmp_path, clock):
    """A gap of 190,000 against 150,000 takes all there is; what is missing is forgiven."""
    desk = contract_desk(tmp_path, clock, [50000, 31000], level="3")
    leverage(desk, 10)
    desk.place(ask(size="1000"))
    desk.place(ask("BTC-USDT", side="sell", size="0.5", price="60000", tdMode="cross"))
    desk.step(4)

    assert (desk.balance("USDT"), desk.balance("BTC"), desk.held("BTC"), desk.open) == (0, 0, 0, {})
    assert (desk.total("USDT"), desk.total("BTC")) == (0, 0)
