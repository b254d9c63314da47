"""The grid form without a browser: fields, sentences, plan, language."""

import asyncio
import os
import signal
from decimal import Decimal

import ipywidgets
import psutil
import pytest

import okxlab
from okxlab.errors import SpecError
from okxlab.market import instrument
from okxlab.model import plain

SPEC = okxlab.GridSpec("BTC-USDT", low=86_000, high=94_000, grids=8, investment=2_000, spacing="geometric")


def test_form_when_new_holds_five_percent_around_the_price(form, session):
    """The first grid is BTC-USDT, 10 grids, 1000, and its range lies on the tick around the last price."""
    tick, price = instrument(session, "BTC-USDT").tick, form.plan.ladder.launch_price

    assert (form.spec.symbol, form.spec.grids, form.spec.investment) == ("BTC-USDT", 10, 1000)
    assert 0 <= price * Decimal("0.95") - form.spec.low < tick
    assert 0 <= form.spec.high - price * Decimal("1.05") < tick
    assert form.errors == {}


def test_plan_when_fields_change_follows(form, page):
    """Figures, table and figure show the grid of the fields."""
    form.value = {"grids": 12, "investment": "1500.50", "low": Decimal(85_000), "high": 95_000}

    assert form.wait()
    assert (
        form.plan.spec
        == form.spec
        == okxlab.GridSpec("BTC-USDT", low=85_000, high=95_000, grids=12, investment="1500.5")
    )
    assert page().count('class="okx-level') == 13
    assert page().count('class="okx-level okx-empty') == 1
    assert "12 orders" in form.figures["ladder"].layout.title.text
    assert f"{plain(form.plan.break_even_step)} USDT" in page()


def test_figure_when_the_plan_changes_stays_one_widget(form):
    """A FigureWidget brings 5 MB, so typing changes it in place."""
    before = form.figures["ladder"]
    form.value = {"grids": 4}
    form.wait()

    prices = [y for trace in before.data[:2] for y in trace.y[::3]]
    assert form.figures["ladder"] is before
    assert sorted(prices) == [float(price) for price in sorted(form.plan.orders["price"])]


def test_range_when_the_symbol_changes_follows_until_somebody_wrote_it(form):
    """An untouched range moves to the new symbol's price; one that was written stays."""
    form.value = {"symbol": "ETH/USDT"}
    form.wait()
    price = form.plan.ladder.launch_price
    assert form.spec.low < price < form.spec.high

    form.value = {"low": "2000", "symbol": "BTC-USDT"}
    form.wait()
    assert form.value["low"] == "2000"


def test_spec_when_set_fills_the_fields(form):
    """A grid designed elsewhere goes through the form unchanged."""
    form.spec = SPEC
    form.wait()

    assert form.spec == form.plan.spec == SPEC


def test_form_when_given_a_spec_starts_with_it(session):
    """The form of a grid shows that grid, not a suggestion."""
    assert okxlab.GridForm(session, SPEC).plan.spec == SPEC


def test_refresh_price_reads_the_market_anew(form):
    """The button works like a key typed: the plan is made again."""
    before = form.plan
    form.buttons["refresh_price"].click()
    form.wait()

    assert form.plan is not before


def test_form_shows_itself_and_prints_short(form):
    """In a notebook it is a widget, in a log one line without values of the account."""
    assert "application/vnd.jupyter.widget-view+json" in form._repr_mimebundle_()
    assert repr(form) == "GridForm(BTC-USDT, paper)"


def test_form_in_a_running_loop_never_blocks_it(session):
    """Inside a kernel's loop a click returns before its work is done."""

    async def cell():
        form = okxlab.GridForm(session)
        form.days.value = "2"
        form.buttons["backtest"].click()
        after_click = form.result
        while form.buttons["backtest"].disabled or form.result is None:
            await asyncio.sleep(0.01)
        return after_click, form.result, form.errors

    after_click, result, errors = asyncio.run(cell())

    assert after_click is None
    assert result.summary["candles"] > 2_800
    assert errors == {}


def test_form_when_settings_ask_for_chinese_speaks_it(workspace, monkeypatch, page):
    """Labels, buttons and figures are Chinese; the grid is the same."""
    monkeypatch.setenv("OKXLAB_LANG", "zh")
    with okxlab.connect(workspace=workspace) as session:
        form = okxlab.GridForm(session)

    assert form.buttons["backtest"].description == "回测"
    assert "保本间距" in page(form)
    assert "Break-even" not in page(form)


def test_form_when_the_exchange_is_gone_says_so(tmp_path):
    """A lost exchange is a sentence in the form."""
    with okxlab.connect(workspace=tmp_path) as session:
        form = okxlab.GridForm(session)
        (pid,) = {child.pid for child in psutil.Process().children() if str(tmp_path) in " ".join(child.cmdline())}
        os.kill(pid, signal.SIGTERM)
        psutil.wait_procs([psutil.Process(pid)], timeout=10)
        form.buttons["refresh_price"].click()
        form.wait()

        assert session.profile.rest in form.errors["form"]


def test_every_control_has_a_label_and_a_class(form, inside):
    """Screen readers find labels, tests and styles find classes."""
    kinds = ipywidgets.Text | ipywidgets.Button | ipywidgets.ToggleButtons | ipywidgets.Checkbox
    controls = [widget for widget in inside(form.widget) if isinstance(widget, kinds)]

    assert len(controls) >= 12
    assert [one for one in controls if not one.description] == []
    assert [one for one in controls if not any(name.startswith("okx-") for name in one._dom_classes)] == []


def test_form_when_given_a_grid_with_fields_it_lacks_refuses(form):
    """A form that would lose half of a grid does not take it."""
    with pytest.raises(SpecError, match="The form cannot do take_profit=99000"):
        form.spec = okxlab.GridSpec("BTC-USDT", low=86_000, high=94_000, grids=8, investment=2_000, take_profit=99_000)
