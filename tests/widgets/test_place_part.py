"""Placing from the form: one ladder, however hard the buttons are pressed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import okxlab
from okxlab.grid import GridSpec
from okxlab.model import plain

LOSING = {"low": "89900", "high": "90100", "grids": "10"}  # 20 USDT a step, where fees ask for 144


def launches(session):
    return [name for name in okxlab.fills(session)["client_id"] if name.endswith("launch")]


def test_place_shows_what_it_would_do_and_sends_nothing(form, session, page, press):
    """The preview names purchase, orders and money; no order leaves before Confirm."""
    press(form, "place")

    bought = form.plan.ladder.size * form.plan.ladder.launch_units
    assert f"{plain(bought)} BTC at market" in page()
    assert "10: 5 buys, 5 sells" in page()
    assert "1000 USDT" in page()
    assert okxlab.open_orders(session).empty
    assert form.bot is None


def test_buttons_when_each_is_clicked_twenty_times_place_one_ladder(form, session, press):
    """Twenty clicks on Place and twenty on Confirm: ten orders and one purchase."""
    before = launches(session)
    press(form, "place", 20)
    press(form, "confirm", 20)

    assert form.errors == {}
    assert len(okxlab.open_orders(session)) == 10
    assert len(launches(session)) == len(before) + 1
    press(form, "place", 20)
    assert "already running" in form.errors["place"]
    press(form, "confirm", 20)
    assert len(okxlab.open_orders(session)) == 10


def test_confirm_when_called_from_many_threads_places_one_ladder(form, session, press):
    """Two browser tabs and a replayed message are one confirmation."""
    before = launches(session)
    press(form, "place")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: form.buttons["confirm"].click(), range(40)))
    form.wait()

    assert len(okxlab.open_orders(session)) == 10
    assert len(launches(session)) == len(before) + 1


def test_confirm_when_a_field_changed_after_the_preview_places_nothing(form, session, press):
    """What is placed is what was shown, or nothing."""
    press(form, "place")
    form.value = {"grids": "11"}
    press(form, "confirm")

    assert form.bot is None
    assert okxlab.open_orders(session).empty


def test_confirm_when_it_belongs_to_an_older_preview_places_nothing(form, session, press):
    """A late click on a button that is gone does not confirm the next preview."""
    press(form, "place")
    older = form.buttons["confirm"]
    press(form, "cancel")
    press(form, "place")
    older.click()
    form.wait()

    assert form.bot is None
    assert okxlab.open_orders(session).empty


def test_cancel_takes_the_preview_back(form, session, press):
    """After Cancel, Confirm does nothing."""
    press(form, "place")
    press(form, "cancel")
    press(form, "confirm")

    assert form.bot is None
    assert okxlab.open_orders(session).empty


def test_status_when_the_grid_runs_is_what_the_bot_says(placed, page, press):
    """The form shows the run, its orders and its money."""
    press(placed, "refresh")

    assert placed.bot.run in page()
    assert "running" in page()
    assert "5 / 5" in page()
    assert placed.buttons["place"].disabled


def test_stop_when_clicked_twenty_times_cancels_the_ladder_once_and_frees_the_form(placed, session, page, press):
    """The ladder is gone, the form says so, and the next one can be placed."""
    press(placed, "stop", 20)

    assert okxlab.open_orders(session).empty
    assert "Stopped: 10 orders cancelled" in page()
    assert placed.bot.state == "stopped"
    press(placed, "place")
    press(placed, "confirm")
    assert len(okxlab.open_orders(session)) == 10


def test_place_when_the_steps_lose_to_the_fees_refuses_in_words(form, session, press):
    """The sentence says how many steps lose and what can be done; nothing is armed."""
    form.value = LOSING
    press(form, "place")

    assert "10 of 10 intervals are narrower" in form.errors["place"]
    assert "tick the box" in form.errors["place"]
    assert "confirm" not in form.buttons
    assert okxlab.open_orders(session).empty


def test_place_when_losing_steps_are_accepted_in_words_places_them(form, session, press):
    """The box is there when it is needed, and its tick goes with the placement."""
    assert form.accept_losing.layout.display == "none"
    form.value = LOSING
    form.wait()
    assert form.accept_losing.layout.display is None
    form.accept_losing.value = True
    press(form, "place")
    press(form, "confirm")

    assert form.errors == {}
    assert len(okxlab.open_orders(session)) == 10


def test_acceptance_when_the_grid_no_longer_loses_is_taken_back(form):
    """A tick given to one grid does not stay for the next."""
    form.value = LOSING
    form.wait()
    form.accept_losing.value = True
    form.value = {"low": "85000", "high": "95000"}
    form.wait()

    assert form.accept_losing.value is False


def test_confirm_when_the_account_cannot_pay_says_so_and_frees_the_form(form, session, press):
    """A refusal from below is a sentence, and the form can be used on."""
    form.value = {"investment": "1000000"}
    press(form, "place")
    press(form, "confirm")

    assert "are available" in form.errors["place"]
    assert okxlab.open_orders(session).empty
    assert not form.buttons["place"].disabled


def test_confirm_when_another_form_runs_the_same_grid_is_refused(placed, session, press):
    """Two forms of one notebook cannot double a grid."""
    other = okxlab.GridForm(session, placed.spec)
    press(other, "place")
    press(other, "confirm")

    assert "already runs this grid" in other.errors["place"]
    assert len(okxlab.open_orders(session)) == 10


@pytest.fixture
def demo(session, tmp_path):
    """Give a demo session without keys whose host is the paper exchange."""
    (tmp_path / "okxlab.toml").write_text(f'[demo]\nhost = "{session.profile.rest}"\n')
    with okxlab.connect("demo", workspace=tmp_path) as opened:
        yield opened


def test_place_when_the_session_is_not_paper_is_disabled_with_a_sentence(demo, page, press):
    """On demo the form plans and backtests, and says why it does not place."""
    form = okxlab.GridForm(demo, GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000))

    assert form.plan is not None
    assert form.buttons["place"].disabled
    assert "This session is on demo" in page(form)
    press(form, "place")
    assert "confirm" not in form.buttons
