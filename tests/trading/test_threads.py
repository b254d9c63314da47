"""Several threads of one kernel on one session: a cell, a widget's handler, a bot."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import OrderDenied


@pytest.fixture
def at_once():
    """Give a function that calls another from so many threads at once, and gives the futures of all."""

    def call(number, action):
        start = threading.Barrier(number)

        def run(place):
            start.wait()
            return action(place)

        with ThreadPoolExecutor(number) as pool:
            return [pool.submit(run, place) for place in range(number)]

    return call


def test_orders_by_hand_stand_in_one_journal_whichever_thread_came_first(paper, at_once):
    """Threads that place a kernel's first orders share one journal."""
    at_once(4, lambda place: ox.place(paper, "buy", "BTC-USDT", amount="0.01", price=30_000 - place))
    journals = list((paper.workspace.state / "journal").rglob("hand-*.journal"))

    assert len(journals) == 1
    assert len(ox.cancel_all(paper)) == 4


def test_one_client_id_from_several_threads_is_one_order(paper, at_once):
    """A market order under one client id is bought once, and every thread is given that one."""
    for name in ("first", "second", "third"):
        orders = at_once(4, lambda _, name=name: ox.place(paper, "buy", "BTC-USDT", amount="0.01", client_id=name))

        assert len({order.result().order_id for order in orders}) == 1
        assert list(ox.fills(paper)["client_id"]).count(name) == 1


def test_a_name_for_once_from_several_threads_is_one_order(paper, at_once):
    """A handler that is called twice gets the one order twice."""
    orders = at_once(4, lambda _: ox.place(paper, "buy", "BTC-USDT", amount="0.01", once="monday buy"))
    (order_id,) = {order.result().order_id for order in orders}

    assert list(ox.fills(paper)["order_id"]).count(order_id) == 1


def test_several_threads_keep_to_one_limit(fresh, at_once):
    """What rests is not worth more than the limit, however many ask for the rest of it at once."""
    (fresh.workspace.root / "limits.toml").write_text('[paper]\nopen = "1000"\n')
    orders = at_once(6, lambda _: ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price="40000"))

    assert sum(isinstance(order.exception(), OrderDenied) for order in orders) == 4
    assert list(ox.open_orders(fresh)["size"]) == [Decimal("0.01")] * 2


def test_cancellations_of_several_threads_have_names_of_their_own(paper, at_once):
    """No cancellation takes another's name in the journal, so that the answer to one ends no other."""
    orders = [ox.place(paper, "buy", "BTC-USDT", amount="0.001", price=30_000 - step) for step in range(12)]
    at_once(12, lambda place: ox.cancel(paper, orders[place]))
    records = ox.journal(paper)
    cancels = records[(records["kind"] == "intent") & (records["action"] == "cancel")]

    assert cancels["name"].is_unique
    assert ox.open_orders(paper).empty
