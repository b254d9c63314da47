"""The backtest of the form, over the paper exchange's own candles."""

import ipywidgets

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


def test_backtest_when_the_fields_hold_no_grid_says_so(form):
    """The same sentence as under the field."""
    form.value = {"grids": "1"}
    form.buttons["backtest"].click()
    form.wait()

    assert "at least 2 intervals" in form.errors["backtest"]
    assert not form.buttons["backtest"].disabled


def test_backtest_when_a_field_changes_while_it_runs_says_so_at_its_end(form, page, inside):
    """What is typed while the candles are read makes the figures old before they are there."""
    (bar,) = [widget for widget in inside(form.widget) if isinstance(widget, ipywidgets.IntProgress)]
    form.days.value = "1"
    bar.observe(lambda _: setattr(form, "value", {"grids": "5"}), "value")
    form.buttons["backtest"].click()
    form.wait()

    assert form.result.spec.grids == 10
    assert "These figures are of 10 grids" in page()
