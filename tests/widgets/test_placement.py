"""The one-use nonce, from many threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from okxlab.grid import GridSpec
from okxlab.widgets.placement import Intent, Placement

INTENT = Intent(
    GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000), "refuse", 5, Decimal(90_000), 0
)
THREADS = 16


@pytest.fixture
def placement():
    return Placement()


def together(action):
    """Call an action from many threads that start at one moment, and give what each got."""
    gate = threading.Barrier(THREADS)

    def one(_):
        gate.wait()
        return action()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def run(placement):
    placement.take(placement.arm(INTENT))
    placement.placed("bot")


@pytest.mark.parametrize("attempt", range(20))
def test_take_when_many_threads_show_the_nonce_gives_the_intent_once(placement, attempt):
    """One thread gets what was armed, all others get nothing."""
    nonce = placement.arm(INTENT)

    got = together(lambda: placement.take(nonce))

    assert [intent for intent in got if intent is not None] == [INTENT], attempt


@pytest.mark.parametrize("attempt", range(20))
def test_arm_and_take_when_hammered_together_place_once(placement, attempt):
    """Threads that both arm and take: once one has taken, nobody arms again."""

    def arm_and_take():
        return placement.take(placement.arm(INTENT))

    assert together(arm_and_take).count(INTENT) == 1, attempt
    assert placement.state == "placing"


def test_take_when_the_nonce_is_of_an_older_preview_gives_nothing(placement):
    """A click that was meant for an earlier preview places nothing."""
    older = placement.arm(INTENT)
    placement.arm(INTENT)

    assert placement.take(older) is None
    assert placement.state == "armed"


def test_take_when_disarmed_gives_nothing(placement):
    """After Cancel the nonce is worth nothing."""
    nonce = placement.arm(INTENT)

    assert placement.disarm()
    assert placement.take(nonce) is None
    assert placement.state == "idle"


def test_take_when_nothing_is_armed_refuses_the_empty_nonce(placement):
    """No nonce is not a nonce."""
    assert placement.take("") is None


def test_disarm_when_nothing_is_armed_says_so(placement):
    """A placement under way cannot be taken back by changing a field."""
    placement.take(placement.arm(INTENT))

    assert not placement.disarm()
    assert placement.state == "placing"


def test_arm_when_a_grid_runs_is_refused(placement):
    """While a ladder rests the form arms no other."""
    run(placement)

    assert placement.arm(INTENT) == ""
    assert (placement.state, placement.bot) == ("running", "bot")


def test_failed_when_placing_frees_the_form(placement):
    """After a failure one can try again, with a new nonce."""
    nonce = placement.arm(INTENT)
    placement.take(nonce)
    placement.failed()

    assert placement.take(nonce) is None
    assert placement.take(placement.arm(INTENT)) == INTENT


def test_begin_stop_when_many_threads_ask_gives_the_bot_once(placement):
    """Stop is pressed twenty times and stops once."""
    run(placement)

    assert sorted(together(placement.begin_stop), key=str) == [None] * (THREADS - 1) + ["bot"]


def test_stop_when_it_failed_can_be_pressed_again(placement):
    """An answer lost while stopping leaves the bot to be stopped."""
    run(placement)
    placement.begin_stop()
    placement.stop_failed()

    assert placement.begin_stop() == "bot"


def test_stopped_frees_the_form_and_keeps_the_bot_to_look_at(placement):
    """After stopping the next grid can be armed, and the last one's figures are still there."""
    run(placement)
    placement.begin_stop()
    placement.stopped()

    assert placement.free
    assert placement.bot == "bot"
