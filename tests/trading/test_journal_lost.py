"""Between the journal and the exchange: what cannot be written down is not sent, and Ctrl-C waits for the answer."""

import os
import signal
import threading

import pytest
import requests

import okxlab as ox
from okxlab.errors import JournalError
from okxlab.trading.desk import open_executor
from tests.trading.journal.test_file import no_file_longer_than
from tests.trading.test_reconcile import buy


@pytest.fixture
def executor(fresh):
    made = open_executor(fresh, "written")
    yield made
    made.journal.close()


def test_order_that_cannot_be_written_down_is_not_sent(fresh, executor):
    """On a disk without room nothing leaves, nor afterwards, until the journal is opened again."""
    (file,) = fresh.workspace.state.rglob("written.journal")
    with no_file_longer_than(file.stat().st_size), pytest.raises(JournalError, match="cannot be written"):
        executor.place([buy("a1")])
    with pytest.raises(JournalError, match="takes no more"):
        executor.place([buy("a2")])
    assert ox.open_orders(fresh).empty

    executor.journal.close()
    again = open_executor(fresh, "written")
    assert again.place([buy("a1")])[0].kind == "acknowledged"
    again.journal.close()


def test_interruption_waits_until_the_answer_is_written_down(fresh, executor, control_token):
    """Ctrl-C in the middle of a send is raised once the exchange has answered: the order is known, not unknown."""
    slow = {"fault": "slow", "endpoint": "trade/*", "method": "POST", "ms": 1000}
    headers = {"X-Okxlab-Token": control_token()}
    requests.post(f"{fresh.profile.rest}/okxlab/faults", json=slow, headers=headers, timeout=10).raise_for_status()

    def interrupt():
        while ox.open_orders(fresh).empty:  # the exchange has it, and its answer is on the way
            pass
        os.kill(os.getpid(), signal.SIGINT)

    person = threading.Thread(target=interrupt)
    person.start()
    with pytest.raises(KeyboardInterrupt):
        executor.place([buy("b1")])
    person.join()

    assert executor.blotter.orders["b1"].state == "live"


def test_kernel_that_begins_on_a_disk_without_room_cancels_all_the_same(fresh):
    """It can open no journal of its own: nothing new leaves, and what rests is taken back."""
    one, *others = [ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=f"{30_000 + n}") for n in range(3)]

    with ox.connect(workspace=fresh.workspace.root) as late, no_file_longer_than(10):
        with pytest.raises(JournalError, match="cannot be written"):
            ox.place(late, "buy", "BTC-USDT", amount="0.001", price="30000")
        assert ox.cancel(late, one).state == "canceled"
        assert {order.order_id for order in ox.cancel_all(late)} == {order.order_id for order in others}

    assert ox.open_orders(fresh).empty
