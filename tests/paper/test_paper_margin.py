"""What contracts cost: margin, fees, profit, premium; every figure is worked out by hand."""

from decimal import Decimal

import pytest

from okxlab.errors import PaperError
from tests.paper.contracts import CALL, INVERSE, SWAP, ask, contract_desk


@pytest.fixture
def desk(tmp_path, clock):
    return contract_desk(tmp_path, clock, [50000, 51000, 49000], premiums=[0.02, 0.03, 0.01])


def refused(desk, fields):
    """Give the code an order is refused with."""
    with pytest.raises(PaperError) as told:
        desk.place(fields)
    return told.value.code


def change(desk, currency):
    """Give what a balance has gained since the start."""
    return desk.balance(currency) - {"USDT": Decimal(100000), "BTC": Decimal(1)}[currency]


def test_a_resting_order_holds_a_third_of_its_worth_and_the_fee(desk):
    """2 contracts of 0.01 BTC at 45,000 are worth 900: margin 300 at the usual leverage 3, fee 0.45."""
    order = desk.place(ask(size="2", price="45000"))

    assert (order.lever, desk.held("USDT")) == ("3", Decimal("300.45"))
    desk.cancel({"instId": SWAP, "ordId": str(order.id)})
    assert desk.held("USDT") == 0


def test_a_linear_round_trip_brings_the_difference_less_two_fees(desk):
    """3 contracts bought at 50,000 and sold at 51,000: 0.03 x 1,000 = 30, fees 0.75 and 0.765."""
    desk.place(ask(size="3"))
    desk.step(4)
    desk.place(ask(side="sell", size="3"))

    assert change(desk, "USDT") == Decimal(30) - Decimal("0.75") - Decimal("0.765")
    assert desk.fills[-1].pnl == 30
    assert (desk.account.positions, desk.held("USDT"), desk.total("USDT")) == ({}, 0, 0)


def test_an_inverse_round_trip_is_settled_in_coin(desk):
    """50 contracts of 100 USD bought at 50,000, sold at 51,000: 0.1 BTC - 5,000/51,000 BTC, fee 0.05% of both."""
    desk.place(ask(INVERSE, size="50"))
    desk.step(4)
    desk.place(ask(INVERSE, side="sell", size="50"))

    worth = Decimal("0.098039215686274510")
    fees = Decimal("0.0005") * (Decimal("0.1") + worth)
    assert change(desk, "BTC") == Decimal("0.1") - worth - fees
    assert desk.total("BTC") == 0


def test_a_maker_pays_less_than_a_taker(desk):
    """1 contract bought at 49,000 by a resting order: 490 x 0.02%."""
    desk.place(ask(price="49000"))
    desk.step(8)

    assert change(desk, "USDT") == Decimal("-0.098")


def test_what_the_margin_does_not_carry_is_refused(desk):
    """100,000 USDT carry 3 x 100,000 / (1 + 3 x 0.0005) = 299,550.67 USDT of worth: 599.1 contracts, not 599.2."""
    assert refused(desk, ask(size="599.2")) == "51008"

    desk.place(ask(size="599.1"))
    assert refused(desk, ask(size="1")) == "51008"


def test_profit_at_the_mark_carries_new_positions_but_cannot_be_spent(desk):
    """300 contracts gain 3,000 at 51,000; margin 51,000 and fee 75 leave 51,925 to margin, and no more to spot."""
    desk.place(ask(size="300"))
    desk.step(4)

    standing = desk.venue.standings.of(desk.account)["USDT"]
    assert (standing.profit, standing.initial, standing.available) == (3000, 51000, Decimal(51925))
    assert refused(desk, ask("BTC-USDT", size="51925.1", tgtCcy="quote_ccy")) == "51008"
    desk.place(ask("BTC-USDT", size="51925", tgtCcy="quote_ccy"))


def test_losses_at_the_mark_are_not_there_to_be_spent(desk):
    """300 contracts lose 3,000 at 49,000: 100,000 - 75 - 3,000 - 49,000 are left."""
    desk.place(ask(size="300"))
    desk.step(8)

    assert desk.venue.standings.margin_left(desk.account, "USDT") == Decimal(47925)
    assert refused(desk, ask("BTC-USDT", size="47926", tgtCcy="quote_ccy")) == "51008"


def test_closing_orders_hold_nothing_until_the_position_is_spoken_for(desk):
    """Of a long of 5, sells of 3 and 3 rest: the second one opens 1, worth 520, which holds 173.33... and 0.26."""
    desk.place(ask(size="5"))
    first = desk.place(ask(side="sell", size="3", price="52000"))
    second = desk.place(ask(side="sell", size="3", price="52000"))

    assert (first.held, second.held) == (0, Decimal("173.333333333333333333") + Decimal("0.26"))
    desk.cancel({"instId": SWAP, "ordId": str(first.id)})
    assert second.held == 0
    desk.place(ask(side="sell", size="5"))
    assert second.held == Decimal(520) + Decimal("0.78")


def test_an_isolated_position_sets_its_margin_aside(desk):
    """2 contracts at 50,000 set 333.33... aside; closing one of them gives half of it back."""
    desk.place(ask(size="2", tdMode="isolated"))
    (position,) = desk.account.positions.values()
    assert position.margin == desk.held("USDT") == Decimal("333.333333333333333333")

    desk.place(ask(side="sell", size="1", tdMode="isolated"))
    assert position.margin == desk.held("USDT") == Decimal("166.666666666666666667")
    desk.place(ask(side="sell", size="1", tdMode="isolated"))
    assert (desk.held("USDT"), desk.total("USDT")) == (0, 0)


def test_a_buyer_of_options_pays_the_premium(desk):
    """10 calls of 0.01 BTC at 0.02 cost 0.002 BTC and 0.03% of 0.1 BTC; sold at 0.03 they bring 0.003."""
    desk.place(ask(CALL, size="10"))
    assert change(desk, "BTC") == Decimal("-0.002") - Decimal("0.00003")

    desk.step(4)
    desk.place(ask(CALL, side="sell", size="10"))
    assert change(desk, "BTC") == Decimal("0.001") - Decimal("0.00006")
    assert desk.fills[-1].pnl == Decimal("0.001")


def test_a_seller_of_options_gets_the_premium_and_posts_margin(desk):
    """10 calls at the money: 15% of 0.1 BTC are margin, and what they are worth now cannot be used."""
    desk.place(ask(CALL, side="sell", size="10"))

    standing = desk.venue.standings.of(desk.account)["BTC"]
    assert (standing.initial, standing.owed) == (Decimal("0.015"), Decimal("-0.002"))
    assert standing.available == Decimal(1) - Decimal("0.00003") - Decimal("0.015")


def test_the_fee_of_an_option_is_at_most_an_eighth_of_the_premium(tmp_path, clock):
    """A call at 0.0001: 0.03% of 0.01 BTC would be 0.000003, 12.5% of the premium are 0.000000125."""
    desk = contract_desk(tmp_path, clock, [50000, 50000], premiums=[0.0001, 0.0001])
    desk.place(ask(CALL, size="1"))

    assert desk.fills[-1].fee == Decimal("0.000000125")
