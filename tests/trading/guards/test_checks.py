"""What the guard lets pass and what it stops, question by question."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import OrderDenied
from okxlab.model import Change, Instrument, OrderRequest, Rules
from okxlab.trading.guards.case import Case, notional
from okxlab.trading.guards.checks import CHECKS, check_band
from okxlab.trading.guards.exposure import Exposure, Resting
from okxlab.trading.guards.limits import TIGHT
from okxlab.trading.guards.shape import SHAPE

NOTHING = {"": Exposure()}.__getitem__


def test_every_question_is_asked_and_its_finding_kept(make_guard, buy):
    """The findings of an order that may leave name every check once, each passed, with what it found."""
    (found,) = make_guard().check([buy()], NOTHING)

    names = [verdict.name for verdict in found]
    assert len(names) == len(set(names)) == 2 + len(SHAPE) + len(CHECKS)
    assert all(verdict.passed and verdict.detail for verdict in found)
    assert "order: 300 <= 500" in [str(verdict) for verdict in found]


STOPPED = [
    ({"client_id": "a-1"}, "'a-1' cannot be a client id. Use 1 to 32 letters and digits."),
    ({"side": "short"}, "side is 'short'. Use 'buy' or 'sell'."),
    ({"side": ["buy"]}, "side is ['buy']. Use 'buy' or 'sell'."),
    ({"size": "0"}, "An order of 0 BTC is below the minimum of 0.00001 BTC. Raise the amount."),
    ({"size": "-1"}, "An order of -1 BTC is below the minimum of 0.00001 BTC. Raise the amount."),
    ({"size": "1E-8"}, "An order of 0.00000001 BTC is below the minimum of 0.00001 BTC. Raise the amount."),
    ({"size": "NaN"}, "size is Decimal('NaN'), which is not finite. Give a finite number."),
    ({"size": "1e308"}, "size is 1.000e+308, which no market knows. Check the exponent."),
    ({"size": "0.001000001"}, "0.001000001 BTC is not in whole lots of 0.00000001. Use 0.001."),
    ({"price": "0"}, "A price of 0 USDT is not positive. Give a price above zero."),
    ({"price": "Infinity"}, "price is Decimal('Infinity'), which is not finite. Give a finite number."),
    ({"price": "60000.06"}, "60000.06 USDT is not on the tick of 0.1. Use 60000."),
    ({"price": None, "post_only": True}, "A post-only order needs a price. Give price=, or leave post_only out."),
    ({"symbol": "ETH-BTC", "price": "0.05"}, "ETH-BTC is not among what may be traded, BTC-USDC, BTC-USDT"),
    ({"price": "60600.1"}, "A buy at 60600.1 is 1.00% above the last price of 60000, which is more than 1.00%"),
    ({"price": "29999.9"}, "A buy at 29999.9 is 50.00% below the last price of 60000, which is more than 50.00%"),
    ({"side": "sell", "price": "59399.9"}, "A sell at 59399.9 is 1.00% below the last price of 60000"),
    ({"size": "0.01"}, "This order is worth 600 USDT, which is more than 500 USDT: the limit order is built in."),
    ({"size": "0.01", "price": None}, "This order is worth 600 USDT, which is more than 500 USDT"),
]


@pytest.mark.parametrize(("asked", "says"), STOPPED)
def test_order_that_breaks_a_limit_is_stopped_in_words(make_guard, buy, asked, says):
    """The value, the limit, where it stands and the next step are in the refusal."""
    with pytest.raises(OrderDenied) as caught:
        make_guard().check([buy(**asked)], NOTHING)

    assert says in str(caught.value)


def test_float_is_no_size(make_guard, market):
    """A request that carries a float never passes, whatever its value (no binary float goes to the wire)."""
    request = OrderRequest("BTC-USDT", "buy", 0.005, Decimal(60_000), "a1")

    with pytest.raises(OrderDenied, match=r"size is 0\.005, which is not exact"):
        make_guard().check([request], NOTHING)


AT_STAKE = [
    ({"open": Decimal(1_701)}, "With this order, what rests is worth 2001 USDT, which is more than 2000 USDT"),
    ({"resting": {"BTC-USDT": Resting(buys=Decimal("0.03"))}}, "BTC-USDT would be held for 2100 USDT"),
    ({"position": {"BTC-USDT": Decimal("0.03")}}, "BTC-USDT would be held for 2100 USDT"),
    ({"traded": Decimal(9_701)}, "a day's trades come to 10001 USDT, which is more than 10000 USDT"),
    ({"traded": Decimal(9_000), "open": Decimal(701)}, "a day's trades come to 10001 USDT"),
    ({"fees": Decimal("9.71")}, "a day's fees come to 10.01 USDT, which is more than 10 USDT"),
    ({"lost": Decimal(101)}, "The losses of this UTC day come to 101 USDT, which is more than 100 USDT"),
    ({"sent": 120}, "The orders of this minute come to 121, which is more than 120"),
    ({"open_orders": 100}, "the orders that rest come to 101, which is more than 100"),
]


@pytest.mark.parametrize(("stake", "says"), AT_STAKE)
def test_order_is_stopped_by_what_is_at_stake_already(make_guard, buy, stake, says):
    """What rests, is held, traded, was paid, lost or sent before counts, and one order too many is stopped."""
    with pytest.raises(OrderDenied) as caught:
        make_guard().check([buy()], lambda _: Exposure(**stake))

    assert says in str(caught.value)
    assert "is built in. " in str(caught.value)


def test_orders_of_one_call_count_for_each_other(make_guard, buy):
    """Seven orders of 300 are more than 2,000, though none of them rests yet."""
    asked = [buy(client_id=f"a{number}") for number in range(7)]

    assert len(make_guard().check(asked[:6], NOTHING)) == 6
    with pytest.raises(OrderDenied, match="what rests is worth 2100 USDT"):
        make_guard().check(asked, NOTHING)


def test_market_order_costs_more_in_fees(make_guard, buy):
    """300 USDT at 0.1 % fit a fee budget of 0.30, at market, with 0.02 % on top, they take 0.36."""
    guard = make_guard(fees=Decimal("0.30"))

    assert guard.check([buy()], NOTHING)
    with pytest.raises(OrderDenied, match=r"fees come to 0\.36 USDT, which is more than 0\.30 USDT"):
        guard.check([buy(price=None)], NOTHING)


def test_after_the_daily_loss_only_what_is_held_is_sold(make_guard, buy):
    """The loss that stops a purchase and a sale of more than is held lets a sale of what is held pass."""
    ruined = Exposure(lost=Decimal(200), position={"BTC-USDT": Decimal("0.005")})

    assert make_guard().check([buy(side="sell")], lambda _: ruined)
    with pytest.raises(OrderDenied, match="losses of this UTC day"):
        make_guard().check([buy(side="sell", size="0.006")], lambda _: ruined)


def test_sale_is_worth_what_the_market_pays(make_guard, buy):
    """A sell order below the market is reckoned at the market's price, not at its own."""
    with pytest.raises(OrderDenied, match=r"worth 504 USDT"):
        make_guard().check([buy(side="sell", size="0.0084", price="59500")], NOTHING)


def test_other_quote_currencies_are_reckoned_in_usdt(make_guard, buy):
    """0.3 ETH at 0.05 BTC are 900 USDT."""
    anything = make_guard(instruments=None)

    with pytest.raises(OrderDenied, match="worth 900 USDT"):
        anything.check([buy(symbol="ETH-BTC", size="0.3", price="0.05")], NOTHING)


def test_contracts_are_reckoned_by_what_they_hold(make_guard, buy):
    """Ten contracts of 0.01 BTC are 0.1 BTC: 6,000 USDT, and no order of 10 USDT-like units."""
    anything = make_guard(instruments=None)

    with pytest.raises(OrderDenied, match="worth 6000 USDT"):
        anything.check([buy(symbol="BTC-USDT-SWAP", size="10")], NOTHING)


@pytest.mark.parametrize("state", ["suspend", "preopen", "rebase", "expired", "test", ""])
def test_instrument_that_does_not_trade_takes_no_order(make_guard, buy, market, state):
    """Whatever state is not live, known or not, stops every order."""
    market.state("BTC-USDT", state)

    with pytest.raises(OrderDenied, match="takes no orders: its state is"):
        make_guard().check([buy(post_only=True)], NOTHING)


def test_instrument_that_is_post_only_takes_orders_that_rest(make_guard, buy, market):
    """While an instrument is post_only, only post-only orders pass."""
    market.state("BTC-USDT", "post_only")

    assert make_guard().check([buy(post_only=True)], NOTHING)
    with pytest.raises(OrderDenied, match="post-only orders alone"):
        make_guard().check([buy()], NOTHING)


def test_old_rules_and_old_prices_stop_orders(make_guard, buy, market):
    """Rules older than 60 s and prices older than 5 s are as good as none."""
    market.rules_age = 60.5
    with pytest.raises(OrderDenied, match="rules of BTC-USDT are 60 s old, which is more than 60 s"):
        make_guard().check([buy()], NOTHING)

    market.rules_age, market.price_age = 60.0, 5.1
    with pytest.raises(OrderDenied, match=r"last price of BTC-USDT is 5\.1 s old"):
        make_guard().check([buy()], NOTHING)


@pytest.mark.parametrize(("seconds_before", "age"), [(5, 0), (0, 0), (-4, 0), (-6, 2), (-10, 8), (-60, 59)])
def test_a_step_that_changes_stops_orders(make_guard, buy, market, seconds_before, age):
    """From five seconds before a change until the rules were read five seconds after it, no order leaves."""
    market.change("BTC-USDT", Change("tickSz", "0.01", market.now + seconds_before * 1000))
    market.rules_age = float(age)

    with pytest.raises(OrderDenied, match=r"tickSz of BTC-USDT changes to 0\.01 at this moment"):
        make_guard().check([buy()], NOTHING)


@pytest.mark.parametrize(("seconds_before", "age"), [(6, 0), (3600, 0), (-6, 0), (-10, 4), (-86_400, 50)])
def test_a_step_that_changes_later_or_changed_before_stops_nothing(make_guard, buy, market, seconds_before, age):
    """A change that is announced for later, or one that the rules were read after, lets orders pass."""
    market.change("BTC-USDT", Change("tickSz", "0.01", market.now + seconds_before * 1000))
    market.rules_age = float(age)

    assert make_guard().check([buy()], NOTHING)


def test_largest_size_of_the_instrument_is_kept(make_guard, buy, market):
    """What is more than one order may hold is refused here, not by the exchange."""
    market.listed["BTC-USDT"] = replace(market.listed["BTC-USDT"], largest=Decimal("0.004"))

    with pytest.raises(OrderDenied, match=r"above the 0\.004 BTC that one order may hold"):
        make_guard().check([buy()], NOTHING)


PRICES = st.decimals("0.1", "1000000", places=1)


@settings(derandomize=True, deadline=None)
@given(price=PRICES, market=PRICES, side=st.sampled_from(["buy", "sell"]))
def test_band_holds_for_every_price(price, market, side):
    """An order passes exactly if it pays at most 1 % beyond the market, or rests within half of it."""
    btc = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    request = OrderRequest("BTC-USDT", side, Decimal("0.01"), price, "a")
    case = Case(request, Rules(btc), 0.0, market, 0.0, Decimal(1), Decimal("0.001"), 0)

    over = price - market if side == "buy" else market - price
    allowed = over * 100 <= market if over > 0 else -over * 2 <= market

    assert check_band(case, NOTHING, TIGHT).passed == allowed


@settings(derandomize=True, deadline=None)
@given(size=st.integers(1, 10**6), price=PRICES, market=PRICES)
def test_notional_is_never_less_than_what_can_trade(size, price, market):
    """A buy trades at its price at most, a sell at the better of its own and the market's."""
    swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
    base = Decimal(size) * Decimal("0.01")

    for side, best in (("buy", price), ("sell", max(price, market))):
        assert notional(OrderRequest(swap.symbol, side, Decimal(size), price), swap, market) == base * best
