"""Orders by hand: checked, sent once, judged by the exchange's answer."""

from decimal import Decimal

import numpy as np
import pytest

import okxlab as ox
from okxlab.errors import InputError, OrderDenied, OrderRejected, OrderUnknown, SymbolError
from okxlab.trading import enquiry
from okxlab.trading.desk import hand
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName


def far_below(session):
    return ox.instrument(session, "BTC-USDT").floor_price(ox.tickers(session).loc["BTC-USDT", "last"] * 0.8)


def test_limit_order_rests_and_holds_its_money(fresh):
    """A buy below the market is live, listed, and its cost is held."""
    price = far_below(fresh)
    order = ox.place(fresh, "buy", "BTC/USDT", amount="0.01", price=price)

    assert order.state == "live"
    assert list(ox.open_orders(fresh).index) == [order.order_id]
    assert ox.balances(fresh).loc["USDT", "held"] == price * Decimal("0.01")


def test_cancel_gives_the_money_back(fresh):
    """A cancelled order is no longer open and nothing is held."""
    order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=far_below(fresh))

    assert ox.cancel(fresh, order).state == "canceled"
    assert ox.open_orders(fresh).empty
    assert ox.balances(fresh).loc["USDT", "held"] == 0


def test_market_buy_means_base_currency(fresh):
    """A market buy of 0.01 buys 0.01 BTC, not 0.01 USDT's worth, and pays its fee in BTC."""
    order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01")
    (fill,) = enquiry.fills_since(SessionVenue(fresh), "BTC-USDT")

    assert (order.state, order.filled) == ("filled", Decimal("0.01"))
    assert (fill.fee, fill.fee_currency) == (Decimal("0.00001"), "BTC")
    assert ox.balances(fresh).loc["BTC", "total"] == Decimal("0.00999")


def test_fills_and_balances_agree_with_what_was_traded(fresh):
    """A buy and a sell leave exactly the quote that their fills say, fees taken in what was received."""
    ox.place(fresh, "buy", "BTC-USDT", amount="0.01")
    ox.place(fresh, "sell", "BTC-USDT", amount="0.00999")
    bought, sold = enquiry.fills_since(SessionVenue(fresh), "BTC-USDT")
    spent = bought.price * bought.size - sold.price * sold.size + sold.fee

    assert sold.fee_currency == "USDT"
    assert ox.balances(fresh).loc["USDT", "total"] == 100_000 - spent


def test_cancel_all_cancels_what_is_open_on_one_instrument(fresh):
    """Orders of the instrument asked for go, those of another stay."""
    price = far_below(fresh)
    for step in range(25):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=price - step)
    other = ox.place(fresh, "buy", "ETH-USDT", amount="0.01", price="1000")
    cancelled = ox.cancel_all(fresh, "BTC-USDT")

    assert len(cancelled) == 25
    assert list(ox.open_orders(fresh).index) == [other.order_id]


def test_orders_are_listed_past_one_page(fresh):
    """More open orders than one answer holds are all listed, oldest first, once each."""
    requests = [orders_request(f"page{place}", price=Decimal(10_000) + place) for place in range(130)]
    outcomes = hand(fresh).place(requests)
    listed = ox.open_orders(fresh)

    assert {outcome.kind for outcome in outcomes} == {"acknowledged"}
    assert list(listed["client_id"]) == [request.client_id for request in requests]


def orders_request(client_id, price, size="0.0001"):
    from okxlab.model import OrderRequest

    return OrderRequest("BTC-USDT", "buy", Decimal(size), price, client_id)


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"side": "hold"}, OrderDenied, "Use 'buy' or 'sell'"),
        ({"side": ["buy"]}, OrderDenied, r"side is \['buy'\], which is no text"),
        ({"side": np.array(["buy", "sell"]), "rounding": "safe"}, OrderDenied, "side is .*, which is no text"),
        ({"once": "\ud800"}, OrderDenied, r"once is '\\ud800', which is no text"),
        ({"once": 5}, OrderDenied, "once is 5, which is no text"),
        ({"client_id": ["a1"]}, OrderDenied, r"client_id is \['a1'\], which is no text"),
        ({"client_id": "\udcff"}, OrderDenied, "client_id is .*, which is no text"),
        ({"amount": "0.000001"}, OrderDenied, "below the minimum"),
        ({"amount": "-1"}, OrderDenied, "below the minimum"),
        ({"amount": "0.0100000001"}, OrderDenied, r"Use 0\.01\."),
        ({"amount": "nan"}, InputError, "not a number"),
        ({"amount": "\uff11"}, InputError, "not a number"),
        ({"amount": float("inf")}, InputError, "not a number"),
        ({"amount": True}, InputError, "not a number"),
        ({"price": "50000.06"}, OrderDenied, r"Use 50000\."),
        ({"price": "0"}, OrderDenied, "not positive"),
        ({"price": None, "post_only": True}, OrderDenied, "needs a price"),
        ({"symbol": "BTCUSDT"}, InputError, "not a symbol"),
        ({"symbol": "\u017fol-usdt"}, SymbolError, "not a symbol"),
    ],
)
def test_order_that_cannot_be_meant_never_leaves(paper, change, error, complaint):
    """Each bad value is refused here, by name and with the next step, and the exchange sees no order."""
    order = {"side": "buy", "symbol": "BTC-USDT", "amount": "0.01", "price": "50000"} | change
    side, symbol = order.pop("side"), order.pop("symbol")

    with pytest.raises(error, match=complaint):
        ox.place(paper, side, symbol, **order)
    assert ox.open_orders(paper).empty


def test_sell_price_off_the_tick_is_answered_with_the_tick_above(paper):
    """The price offered instead never gives away what the user asked for."""
    with pytest.raises(OrderDenied, match=r"Use 50000\.1"):
        ox.place(paper, "sell", "BTC-USDT", amount="0.01", price="50000.06")


def test_order_the_exchange_refuses_says_why(fresh):
    """More than the account holds is rejected with the exchange's code and words."""
    with pytest.raises(OrderRejected, match="51008") as caught:
        ox.place(fresh, "buy", "BTC-USDT", amount="10", price=far_below(fresh))
    assert caught.value.code == "51008"
    assert ox.open_orders(fresh).empty


def test_post_only_order_that_would_trade_ends_cancelled(fresh):
    """A post-only order above the market does not trade."""
    price = ox.instrument(fresh, "BTC-USDT").floor_price(ox.tickers(fresh).loc["BTC-USDT", "last"] * 1.1)
    order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=price, post_only=True)

    assert order.state == "canceled"
    assert ox.fills(fresh).empty


def test_cancel_of_a_filled_order_says_what_it_became(fresh):
    """An order that filled cannot be cancelled, and the message says that it filled."""
    order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01")

    with pytest.raises(OrderRejected, match="it is filled"):
        ox.cancel(fresh, order)


@pytest.mark.parametrize("fault", ["answer", "garbage"])
def test_order_whose_answer_was_lost_is_found_and_never_doubled(tapped, fault):
    """The exchange took the order and its answer was lost: one order exists and it is the one given back."""
    session, tap = tapped
    tap.cut(fault)
    order = ox.place(session, "buy", "BTC-USDT", amount="0.01", price=far_below(session))

    assert tap.posts == 1
    assert list(ox.open_orders(session).index) == [order.order_id]


def test_order_that_never_arrived_is_proved_absent_and_not_sent_again(tapped):
    """The request was lost: after its last moment the exchange does not know it, and that is said."""
    session, tap = tapped
    tap.cut("request")

    with pytest.raises(OrderRejected, match="never reached"):
        ox.place(session, "buy", "BTC-USDT", amount="0.01", price=far_below(session))
    assert tap.posts == 0
    assert ox.open_orders(session).empty


def test_lost_cancellation_is_unknown_and_says_how_to_look(tapped):
    """A cancellation without an answer is never reported as done."""
    session, tap = tapped
    ox.place(session, "buy", "BTC-USDT", amount="0.01", price=far_below(session))
    tap.cut("request")

    with pytest.raises(OrderUnknown, match="open_orders"):
        ox.cancel_all(session)
    assert len(ox.open_orders(session)) == 1


def test_amendment_without_an_answer_is_open_until_the_order_shows_it(tapped):
    """Nothing else is changed meanwhile, and the new price counts once it was read."""
    session, tap = tapped
    executor, price = hand(session), far_below(session)
    order = ox.place(session, "buy", "BTC-USDT", amount="0.01", price=price)
    name = OrderName("BTC-USDT", order.order_id)
    tap.cut("answer")

    assert executor.amend(name, price=price - 1).kind == "unknown"
    with pytest.raises(OrderDenied, match="still open"):
        executor.amend(name, price=price - 2)
    executor.settle()
    assert executor.blotter.orders[order.client_id].price == price - 1
    assert executor.blotter.changes == {}


def test_batch_stops_at_the_first_order_that_did_not_arrive(tapped):
    """When a batch of twenty fails, the next one is not sent."""
    session, tap = tapped
    tap.cut("request")
    executor = hand(session)
    requests = [orders_request(f"b{n}", Decimal(10_000) + n) for n in range(30)]
    outcomes = executor.place(requests)

    assert [outcome.kind for outcome in outcomes] == ["unknown"] * 20 + ["not_sent"] * 10
    assert executor.settle() == []
    assert {executor.outcome(request.client_id).kind for request in requests[:20]} == {"rejected"}
    assert ox.open_orders(session).empty


def test_cancel_by_id_needs_its_symbol(paper):
    """An order id without its instrument names nothing at OKX."""
    with pytest.raises(OrderDenied, match="symbol="):
        ox.cancel(paper, "123")


def test_order_for_contracts_is_refused_and_nothing_is_sent(fresh):
    """The hand that places spot orders does not open a position on margin by the way."""
    with pytest.raises(OrderDenied, match="Use BTC-USDT"):
        ox.place(fresh, "buy", "BTC-USDT-SWAP", amount="1", price="10000")
    assert ox.open_orders(fresh).empty
