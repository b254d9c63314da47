"""The backtest of the form, over the paper exchange's own candles."""

import ipywidgets
import pytest

import okxlab


def test_backtest_when_pressed_gives_the_result_and_shows_it(form, page):
    """What the form computed is what the backtest computes over the same candles, with the account's fees."""
    form.days.value = "3"
    form.buttons["backtest"].click()

    assert form.wait()
    assert form.errors == {}
    fees = form.plan.ladder
    again = okxlab.backtest(form.spec, form.result.candles, maker=fees.maker, taker=fees.taker)
    assert form.result.summary == again.summary
    assert 4_300 < form.result.summary["candles"] <= 4_320
    assert f"{form.result.summary['grid_profit']:,.2f} USDT" in page()
    assert len(form.figures["backtest"].data) == 5


def test_backtest_when_pressed_twenty_times_runs_once(form, inside):
    """While it runs, the button does nothing more; the bar goes up once, day by day."""
    (bar,) = [widget for widget in inside(form.widget) if isinstance(widget, ipywidgets.IntProgress)]
    seen = []
    bar.observe(lambda change: seen.append(change["new"]), "value")
    form.days.value = "3"
    for _ in range(20):
        form.buttons["backtest"].click()
    form.wait()

    assert seen == [1, 2, 3]
    assert form.result is not None
    assert not form.buttons["backtest"].disabled


def test_backtest_when_run_again_draws_in_the_same_figure(form):
    """The second backtest replaces the first one's picture."""
    form.days.value = "1"
    form.buttons["backtest"].click()
    form.wait()
    figure = form.figures["backtest"]
    form.value = {"grids": 20}
    form.buttons["backtest"].click()
    form.wait()

    assert form.figures["backtest"] is figure
    assert figure.layout.title.text.startswith(f"BTC-USDT: {form.result.summary['round_trips']} round trips")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "366", "seven", "<b>1</b>"])
def test_days_when_they_are_none_say_so(form, text):
    """Days are a whole number in bounds, or a sentence stands in the form."""
    form.days.value = text
    form.buttons["backtest"].click()
    form.wait()

    assert f"Days is {text!r}" in form.errors["backtest"]
    assert form.result is None


def test_backtest_when_the_fields_hold_no_grid_says_so(form):
    """The same sentence as under the field."""
    form.value = {"grids": "1"}
    form.buttons["backtest"].click()
    form.wait()

    assert "at least 2 intervals" in form.errors["backtest"]
    assert not form.buttons["backtest"].disabled


@pytest.fixture
def tested(form):
    """Give a form with a backtest of one day in it, pressed on a grid of 4."""
    form.value = {"grids": 4, "low": 86_000, "high": 94_000}
    form.days.value = "1"
    form.buttons["backtest"].click()
    form.wait()
    assert form.errors == {}
    return form


def test_backtest_names_the_grid_it_is_of(tested, page):
    """The summary says grid and days, so a picture of it can be read alone."""
    assert "4 grids from 86000 to 94000 on BTC-USDT, equal steps, 1000 USDT" in page()
    assert "press “Backtest” again" not in page()


@pytest.mark.parametrize(
    "change", [{"grids": "5"}, {"low": "85000"}, {"investment": "2000"}, {"spacing": "geometric"}, {"high": "x"}]
)
def test_backtest_when_a_field_changes_says_whose_figures_these_are(tested, page, change):
    """Figures of another grid never stand under the fields without a word; with the old values back they are right."""
    before = {name: tested.value[name] for name in change}
    tested.value = change

    assert "These figures are of 4 grids from 86000 to 94000 on BTC-USDT" in page()
    tested.value = before
    assert "These figures are of" not in page()


def test_backtest_when_the_days_change_says_so_until_it_is_run_again(tested, page):
    """Days are part of what was asked; pressing the button settles it."""
    tested.days.value = "2"
    assert "1000 USDT (days: 1); press “Backtest” again." in page()

    tested.buttons["backtest"].click()
    tested.wait()
    assert "These figures are of" not in page()


def test_backtest_when_a_field_changes_while_it_runs_says_so_at_its_end(form, page, inside):
    """What is typed while the candles are read makes the figures old before they are there."""
    (bar,) = [widget for widget in inside(form.widget) if isinstance(widget, ipywidgets.IntProgress)]
    form.days.value = "1"
    bar.observe(lambda _: setattr(form, "value", {"grids": "5"}), "value")
    form.buttons["backtest"].click()
    form.wait()

    assert form.result.spec.grids == 10
    assert "These figures are of 10 grids" in page()
