"""Figures of a backtest say whose they are once the fields have changed."""

import pytest

import okxlab


@pytest.fixture(scope="module")
def kept(session):
    """Give one form for the tests of this file."""
    return okxlab.GridForm(session)


@pytest.fixture
def tested(kept):
    """Give a form with a grid of 4 in its fields and its backtest of one day."""
    kept.spec = okxlab.GridSpec("BTC-USDT", low=86_000, high=94_000, grids=4, investment=1_000)
    kept.days.value = "1"
    if kept.result is None or kept.result.summary["candles"] > 1_440:
        kept.buttons["backtest"].click()
    kept.wait()
    assert kept.errors == {}
    return kept


def test_backtest_names_the_grid_it_is_of(tested, page):
    """The summary says grid and days, so a picture of it can be read alone."""
    assert "4 grids from 86000 to 94000 on BTC-USDT, equal steps, 1000 USDT" in page(tested)
    assert "press “Backtest” again" not in page(tested)


@pytest.mark.parametrize(
    "change", [{"grids": "5"}, {"low": "85000"}, {"investment": "2000"}, {"spacing": "geometric"}, {"high": "x"}]
)
def test_backtest_when_a_field_changes_says_whose_figures_these_are(tested, page, change):
    """Figures of another grid never stand under the fields without a word; with the old values back they are right."""
    before = {name: tested.value[name] for name in change}
    tested.value = change

    assert "These figures are of 4 grids from 86000 to 94000 on BTC-USDT" in page(tested)
    tested.value = before
    assert "These figures are of" not in page(tested)


def test_backtest_when_the_days_change_says_so_until_it_is_run_again(tested, page):
    """Days are part of what was asked; pressing the button settles it."""
    tested.days.value = "2"
    assert "1000 USDT (days: 1); press “Backtest” again." in page(tested)

    tested.buttons["backtest"].click()
    tested.wait()
    assert "These figures are of" not in page(tested)
