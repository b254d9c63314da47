"""Funding every eight hours, and the end of contracts at 08:00 UTC; every figure is worked out by hand."""

from decimal import Decimal

import pytest

from okxlab.errors import PaperError
from tests.paper.contracts import CALL, FUTURE, HOUR, INVERSE, ask, contract_desk


def heard(desk):
    """Collect the bills from now on."""
    bills = []
    desk.venue.sinks.append(lambda changes: bills.extend(changes.bills))
    return bills


@pytest.fixture
def desk(tmp_path, clock):
    """Give nine hours of candles, at 51,000 from the second one on."""
    return contract_desk(tmp_path, clock, [50000] + [51000] * 18, premiums=[0.02] * 19, bar=HOUR)


@pytest.mark.parametrize(
    ("side", "mode", "gain"), [("buy", "cross", "-0.51"), ("sell", "cross", "0.51"), ("buy", "isolated", "-0.51")]
)
def test_longs_pay_shorts_every_eight_hours(desk, side, mode, gain):
    """10 contracts at 51,000 are worth 5,100; a rate of 0.01% moves 0.51, of an isolated position out of its margin."""
    desk.place(ask(side=side, size="10", tdMode=mode))
    before, bills = desk.balance("USDT"), heard(desk)
    (position,) = desk.account.positions.values()
    margin = position.margin
    desk.step(31)
    assert bills == []

    desk.step(1)
    assert desk.balance("USDT") - before == position.funding == Decimal(gain)
    assert [(bill.type, bill.subtype) for bill in bills] == [("8", "173" if gain < "0" else "174")]
    assert position.margin - margin == (Decimal(gain) if mode == "isolated" else 0)
    desk.step(32)
    assert position.funding == 2 * Decimal(gain)
    assert desk.total("USDT") == 0


def test_the_funding_of_an_inverse_swap_is_coin(desk):
    """51 contracts of 100 USD are 0.1 BTC at 51,000: 0.00001 BTC."""
    desk.place(ask(INVERSE, size="51"))
    before = desk.balance("BTC")
    desk.step(32)

    assert desk.balance("BTC") - before == Decimal("-0.00001")


def test_nothing_is_paid_without_a_position_or_by_dated_futures(desk):
    """A future passes 08:00 without funding, a closed swap as well."""
    desk.place(ask(FUTURE))
    desk.place(ask())
    desk.place(ask(side="sell"))
    bills = heard(desk)
    desk.step(32)

    assert [bill.type for bill in bills] == ["3"]


def test_a_future_settles_at_the_index(desk):
    """2 contracts from 50,000 to 51,000: 20, less 0.01% of 1,020; orders go first, then the instrument is gone."""
    desk.place(ask(FUTURE, size="2"))
    resting = desk.place(ask(FUTURE, size="2", price="45000"))
    before, bills = desk.balance("USDT"), heard(desk)
    desk.step(32)

    assert desk.balance("USDT") - before == 20 - Decimal("0.102")
    assert [(bill.type, bill.subtype) for bill in bills] == [("3", "112")]
    assert (resting.state, resting.cancel_source, desk.account.positions) == ("canceled", "10", {})
    with pytest.raises(PaperError):
        desk.place(ask(FUTURE))


@pytest.mark.parametrize(("side", "kind", "sign"), [("buy", "170", 1), ("sell", "171", -1)])
def test_an_option_in_the_money_is_exercised(desk, side, kind, sign):
    """51 calls at 50,000: 0.51 BTC x 1,000/51,000 = 0.01 BTC, less 0.02% of 0.51 BTC."""
    desk.place(ask(CALL, side=side, size="51"))
    before, bills = desk.balance("BTC"), heard(desk)
    desk.step(32)

    gain = Decimal("0.51") * Decimal("0.019607843137254902")
    assert desk.balance("BTC") - before == sign * gain - Decimal("0.000102")
    assert [(bill.type, bill.subtype) for bill in bills] == [("3", kind)]
    assert (desk.account.positions, desk.held("BTC"), desk.total("BTC")) == ({}, 0, 0)


def test_an_option_out_of_the_money_ends_worthless(tmp_path, clock):
    """At 49,000 a call at 50,000 brings nothing and costs nothing more; the seller keeps the premium."""
    desk = contract_desk(tmp_path, clock, [50000] + [49000] * 9, premiums=[0.02] * 10, bar=HOUR)
    desk.place(ask(CALL, side="sell", size="10", tdMode="isolated"))
    bills = heard(desk)
    desk.step(32)

    assert desk.balance("BTC") == 1 + Decimal("0.002") - Decimal("0.00003")
    assert [(bill.type, bill.subtype, bill.change) for bill in bills] == [("3", "172", 0)]
    assert (desk.account.positions, desk.held("BTC")) == ({}, 0)


def test_prices_beyond_their_limits_are_refused(desk):
    """The limits are 40,000 and 60,000: a buy above and a sell below are 51006, others rest or fill."""
    for side, price in (("buy", "60000.1"), ("sell", "39999.9")):
        with pytest.raises(PaperError) as told:
            desk.place(ask(side=side, price=price))
        assert told.value.code == "51006"

    assert desk.place(ask(price="30000")).state == "live"
    assert desk.place(ask(side="sell", price="70000")).state == "live"
