"""The journal against the exchange: what happened while nobody looked is found, written down, and counted once."""

from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import OrderDenied
from okxlab.model import OrderRequest
from okxlab.trading.desk import open_executor
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName


@pytest.fixture
def executor(fresh):
    made = open_executor(fresh, "test")
    yield made
    made.journal.close()


def buy(name, price="10000", size="0.001"):
    return OrderRequest("BTC-USDT", "buy", Decimal(size), Decimal(price), name)


def reopened(session, executor):
    """Give who takes over after the first one died without a word."""
    executor.journal.close()
    return open_executor(session, "test")


def test_what_filled_while_nobody_looked_is_counted_once(fresh, executor, hit):
    """A fill between two lives of a strategy is in the next one's books, and reading it again changes nothing."""
    executor.place([buy("a1", price=str(top(fresh))), buy("a2")])
    hit(open_order(fresh, "a1"), "0.0004")
    after = reopened(fresh, executor)

    found = after.reconcile()
    again = after.reconcile()

    assert (found.fills, again.fills, again.orders) == (1, 0, 0)
    assert after.blotter.position["BTC-USDT"] == Decimal("0.0004")
    assert after.blotter.orders["a1"].state == "partially_filled"
    after.journal.close()


def test_order_cancelled_by_somebody_else_is_a_difference(fresh, executor):
    """It is over, and the journal says that it was not us."""
    executor.place([buy("b1")])
    ox.cancel(fresh, open_order(fresh, "b1"))
    found = executor.reconcile()

    assert executor.blotter.orders["b1"].state == "canceled"
    assert "not from here" in found.differences[0]


def test_our_own_cancellation_is_no_difference(fresh, executor):
    """What we asked for and got needs no telling."""
    executor.place([buy("c1")])
    executor.cancel([OrderName("BTC-USDT", executor.outcome("c1").order_id)])

    assert executor.reconcile().differences == ()
    assert executor.blotter.orders["c1"].state == "canceled"
    assert executor.blotter.changes == {}


def test_orders_of_others_are_counted_and_left_alone(fresh, executor):
    """A hand's order beside ours is foreign while it is open, and stays where it is."""
    mine = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="9000")
    seen = executor.reconcile().foreign
    ox.cancel(fresh, mine)

    assert (seen, executor.reconcile().foreign) == (1, 0)


def test_order_with_our_tag_that_the_journal_does_not_know_halts_the_strategy(fresh, executor):
    """A lost journal is noticed before anything new leaves, and the halt outlives the process."""
    executor.place([buy("d1")])
    place = executor.journal.blotter.orders["d1"].intent
    executor.journal.close()
    (file,) = fresh.workspace.state.glob("journal/paper/*/test.journal")
    file.unlink()
    anew = open_executor(fresh, "test")

    assert place.client_id in anew.reconcile().differences[0]
    with pytest.raises(OrderDenied, match="not in its journal"):
        anew.place([buy("d2")])
    after = reopened(fresh, anew)
    with pytest.raises(OrderDenied, match="halted"):
        after.place([buy("d3")])
    after.halt("")
    assert after.place([buy("d4")])[0].kind == "acknowledged"
    after.journal.close()


def test_amendment_is_known_after_it_is_settled(fresh, executor):
    """A changed price stands in the blotter once the exchange shows it."""
    executor.place([buy("e1")])
    outcome = executor.amend(OrderName("BTC-USDT", client_id="e1"), price=Decimal(11_000))
    executor.settle()

    assert outcome.kind == "acknowledged"
    assert executor.blotter.orders["e1"].price == 11_000
    assert executor.blotter.changes == {}


def test_same_intent_is_placed_once_however_often_it_is_sent(fresh, executor):
    """Sending it again, in this life or the next, gives the outcome it had; another order under its id is refused."""
    (first,) = executor.place([buy("f1")])
    after = reopened(fresh, executor)

    assert after.place([buy("f1")]) == [first]
    assert len(ox.open_orders(fresh)) == 1
    with pytest.raises(OrderDenied, match="another order"):
        after.place([buy("f1", price="10001")])
    after.journal.close()


def test_order_meant_once_comes_back_the_same_from_every_kernel(fresh, tmp_path):
    """A cell that runs twice places one order."""
    orders = [ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="10000", once="monday buy") for _ in range(2)]
    with ox.connect(workspace=fresh.workspace.root) as other:
        orders.append(ox.place(other, "buy", "BTC-USDT", amount="0.001", price="10000", once="monday buy"))

    assert len({order.order_id for order in orders}) == 1
    with pytest.raises(OrderDenied, match="another order"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.002", price="10000", once="monday buy")


def open_order(session, client_id):
    from okxlab.trading.enquiry import find_order

    return find_order(SessionVenue(session), "BTC-USDT", client_id=client_id)


def top(session):
    return ox.instrument(session, "BTC-USDT").floor_price(ox.tickers(session).loc["BTC-USDT", "last"] * 0.999)
