"""Orders by hand where one journal alone does not tell: other kernels, other spellings, what was cancelled in bulk."""

from contextlib import nullcontext
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import OrderDenied
from okxlab.model import OrderRequest
from okxlab.trading.desk import hand, once_only, open_executor
from okxlab.trading.enquiry import pending
from okxlab.trading.venue import SessionVenue


def test_client_id_that_another_kernel_used_is_not_placed_again(fresh):
    """OKX takes the client id of a filled order again: it is refused here, whoever placed it."""
    ox.place(fresh, "buy", "BTC-USDT", amount="0.01", client_id="mine")
    with ox.connect(workspace=fresh.workspace.root) as other, pytest.raises(OrderDenied, match="has an order already"):
        ox.place(other, "buy", "BTC-USDT", amount="0.01", client_id="mine")

    assert len(ox.fills(fresh)) == 1


@pytest.mark.parametrize("name", [{"client_id": "mine"}, {"once": "monday buy"}])
def test_order_whose_answer_was_lost_is_taken_for_the_one_that_is_meant(tapped, name):
    """Who places it again under its name is given the order that the exchange has, and nothing more is sent."""
    session, tap = tapped
    meant = OrderRequest("BTC-USDT", "buy", Decimal("0.01"), Decimal(30_000), name.get("client_id", ""))
    tap.cut("answer")
    with nullcontext(hand(session)) if meant.client_id else once_only(session) as executor:
        meant = meant if meant.client_id else executor.named(meant, name["once"])
        assert executor.place([meant])[0].kind == "unknown"

    order = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="30000", **name)

    assert (order.client_id, order.state) == (meant.client_id, "live")
    assert list(ox.open_orders(session).index) == [order.order_id]
    assert tap.posts == 1


@pytest.mark.parametrize("many", [1, 4])  # four are looked for in lists
def test_order_of_another_strategy_under_the_same_client_id_is_not_adopted(tapped, many):
    """Ours never arrived: what another one placed meanwhile under its id, side and price is no evidence of it."""
    session, tap = tapped
    orders = [OrderRequest("BTC-USDT", "buy", Decimal("0.001"), Decimal(30_000), f"same{n}") for n in range(many)]
    ours, another = open_executor(session, "ours"), open_executor(session, "another")
    tap.cut("request")
    assert {outcome.kind for outcome in ours.place(orders)} == {"unknown"}
    assert {outcome.kind for outcome in another.place(orders)} == {"acknowledged"}

    ours.settle(patience_ms=0)
    ours.reconcile()
    ours.learn(pending(SessionVenue(session)))

    assert {(entry.state, entry.order_id) for entry in ours.blotter.orders.values()} == {("unknown", "")}
    assert not ours.blotter.halted
    for executor in (ours, another):
        executor.close()


def test_order_id_that_is_none_is_refused(fresh):
    """Nothing is written down for it."""
    for name in ("", "the last one", "\udc80", None, 7, ["1"]):
        with pytest.raises(OrderDenied, match="is no order id"):
            ox.cancel(fresh, name, symbol="BTC-USDT")

    assert not hand(fresh).blotter.changes


def test_one_name_in_two_spellings_is_one_order(fresh):
    """An accent is one character or two, as the keyboard has it."""
    spellings = "caf\u00e9", "cafe\u0301"
    orders = [ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price="30000", once=name) for name in spellings]

    assert orders[0].order_id == orders[1].order_id
    assert len(ox.open_orders(fresh)) == 1


def test_orders_cancelled_in_bulk_are_over_in_the_journal(fresh):
    """They count for no limit any more."""
    for price in ("30000", "30001", "30002"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=price)

    assert len(ox.cancel_all(fresh)) == 3
    assert [entry.state for entry in hand(fresh).blotter.orders.values()] == ["canceled"] * 3
    assert not hand(fresh).blotter.changes
