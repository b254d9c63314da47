"""The watch: a journal that follows the exchange by itself."""

import threading
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.trading.desk import open_executor
from okxlab.trading.watch import Watch
from tests.trading.test_deadman import until
from tests.trading.test_reconcile import buy, open_order, top


@pytest.fixture
def watched(fresh):
    """Give (executor, watch, news): a strategy with a watch that is live, and how often it told of news."""
    executor, told = open_executor(fresh, "watched"), []
    watch = Watch(fresh, executor, SystemClock(), news=lambda: told.append(1))
    assert until(lambda: watch.live)
    yield executor, watch, told
    watch.close()
    executor.journal.close()


def test_fill_is_in_the_journal_without_being_asked_for(fresh, watched, hit):
    """The stream tells it, and the strategy hears that there is news."""
    executor, watch, told = watched
    executor.place([buy("a1", price=str(top(fresh)))])
    before = len(told)
    hit(open_order(fresh, "a1"), "0.001")
    assert until(lambda: executor.blotter.orders["a1"].state == "filled")

    assert executor.blotter.position["BTC-USDT"] == Decimal("0.001")
    assert executor.blotter.orders["a1"].settled
    assert len(told) > before
    assert watch.error == ""


def test_fill_told_by_stream_and_by_reading_is_counted_once(fresh, watched, hit):
    """Reconciling after the stream told everything finds no news."""
    executor, _, _ = watched
    executor.place([buy("b1", price=str(top(fresh)))])
    hit(open_order(fresh, "b1"), "0.0003")
    assert until(lambda: executor.blotter.orders["b1"].filled == Decimal("0.0003"))

    assert executor.reconcile().fills == 0
    assert executor.blotter.position["BTC-USDT"] == Decimal("0.0003")


def test_closed_watch_leaves_no_thread(fresh):
    """Its thread and those of its streams end with it."""
    before = set(threading.enumerate())
    executor = open_executor(fresh, "brief")
    watch = Watch(fresh, executor, SystemClock())
    assert until(lambda: watch.live)
    watch.close()
    executor.journal.close()

    assert until(lambda: {thread for thread in threading.enumerate() if thread.is_alive()} <= before)


def test_watch_keeps_the_dead_man_switch_wound_up(fresh):
    """While it runs the strategy is protected, and ending it leaves the orders where they are."""
    executor = open_executor(fresh, "beating")
    watch = Watch(fresh, executor, SystemClock(), dead_man=10)
    assert until(lambda: watch.live)
    executor.place([buy("c1")])
    state = executor.dead_man.state
    watch.close()

    assert (state, executor.dead_man.state) == ("protected", "off")
    assert len(ox.open_orders(fresh)) == 1
    executor.journal.close()
