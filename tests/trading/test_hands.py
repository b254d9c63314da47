"""Orders by hand where one journal alone does not tell: other kernels, other spellings, what was cancelled in bulk."""

import pytest

import okxlab as ox
from okxlab.errors import OrderDenied
from okxlab.trading.desk import hand


def test_client_id_that_another_kernel_used_is_not_placed_again(fresh):
    """OKX takes the client id of a filled order again: it is refused here, whoever placed it."""
    ox.place(fresh, "buy", "BTC-USDT", amount="0.01", client_id="mine")
    with ox.connect(workspace=fresh.workspace.root) as other, pytest.raises(OrderDenied, match="has an order already"):
        ox.place(other, "buy", "BTC-USDT", amount="0.01", client_id="mine")

    assert len(ox.fills(fresh)) == 1


def test_order_id_that_is_none_is_refused(fresh):
    """Nothing is written down for it."""
    for name in ("", "the last one", "\udc80"):
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
