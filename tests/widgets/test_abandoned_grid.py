"""A grid that no longer rotates: the form says so, and takes its ladder up again."""

import os
import signal
import threading
import time

import psutil
import pytest

import okxlab
from okxlab.clock import SystemClock
from okxlab.errors import OrderDenied
from okxlab.trading.guards import kill_switch

SOON = 20.0


@pytest.fixture
def failed(placed, session):
    """Give a form whose grid the kill switch stopped, lifted again."""
    switch = kill_switch(session)
    switch.press("enough", SystemClock())
    ended(placed.bot)
    switch.lift()
    assert placed.bot.state == "failed"
    return placed


def ended(bot):
    for thread in threading.enumerate():
        if thread.name == f"grid-{bot.run}":
            thread.join(SOON)


def until(true):
    for _ in range(200):
        if true():
            return True
        time.sleep(0.1)
    return False


def visible(button):
    return button.layout.display is None


def test_take_up_when_the_grid_runs_is_not_offered(placed):
    """There is nothing to take up."""
    assert not visible(placed.buttons["take_up"])


def test_status_when_the_bot_failed_says_why_and_what_to_do(failed, page, press):
    """The sentence of the error, the state, and the button."""
    press(failed, "refresh")

    assert failed.bot.error in failed.errors["status"]
    assert "stopped rotating" in failed.errors["status"]
    assert "<dd>failed</dd>" in page()
    assert visible(failed.buttons["take_up"])
    assert failed.buttons["stop"].disabled
    assert not failed.buttons["place"].disabled


def test_stop_when_the_bot_failed_unseen_says_so_instead(failed, session, press):
    """A button pressed before the form looked again does no harm and is not lost."""
    press(failed, "stop")

    assert "stopped rotating" in failed.errors["status"]
    assert len(okxlab.open_orders(session)) == 10
    assert visible(failed.buttons["take_up"])


def test_take_up_when_clicked_twenty_times_adopts_the_ladder_once(failed, session, page, press):
    """The same orders, the same run, rotating again; then Stop stops it."""
    before = okxlab.open_orders(session)
    run = failed.bot.run
    press(failed, "refresh")
    press(failed, "take_up", 20)

    assert (failed.bot.run, failed.bot.state) == (run, "running")
    assert list(okxlab.open_orders(session)["client_id"]) == list(before["client_id"])
    assert failed.errors == {}
    assert not visible(failed.buttons["take_up"])
    press(failed, "stop")
    assert okxlab.open_orders(session).empty
    assert "Stopped: 10 orders cancelled" in page()


def test_place_when_the_same_grid_rests_abandoned_points_to_taking_it_up(placed, page, press):
    """A preview of a new ladder would not be what is placed."""
    placed.bot.leave()
    press(placed, "place")

    assert "no longer rotates" in placed.errors["place"]
    assert "Take up again" in placed.errors["place"]
    assert "What Confirm will do" not in page()
    press(placed, "take_up")
    assert placed.bot.state == "running"


def test_form_when_a_cell_stopped_the_bot_is_free_again(placed, session, press):
    """The bot belongs to the notebook as well as to the form."""
    placed.bot.stop()
    press(placed, "refresh")

    assert not placed.buttons["place"].disabled
    assert not visible(placed.buttons["take_up"])
    assert placed.errors == {}
    press(placed, "place")
    press(placed, "confirm")
    assert len(okxlab.open_orders(session)) == 10


def test_form_when_the_exchange_is_gone_tells_the_trouble_and_keeps_the_last_figures(tmp_path, page, press):
    """The grid runs on, in trouble; Stop cannot cancel, taking up says why, and the form is not locked."""
    with okxlab.connect(workspace=tmp_path) as session:
        form = okxlab.GridForm(session)
        press(form, "place")
        press(form, "confirm")
        (pid,) = {child.pid for child in psutil.Process().children() if str(tmp_path) in " ".join(child.cmdline())}
        os.kill(pid, signal.SIGTERM)
        psutil.wait_procs([psutil.Process(pid)], timeout=10)
        assert until(lambda: form.bot.error)
        press(form, "refresh")

        assert "<dd>running</dd>" in page(form)
        assert "in trouble since" in form.errors["status"]
        assert session.profile.rest in form.errors["status"]
        press(form, "stop")
        press(form, "take_up")
        assert session.profile.rest in form.errors["place"]
        assert not form.buttons["place"].disabled
        with pytest.raises(OrderDenied):
            form.bot.stop()
