"""Looking into a sweep: a cell that is clicked becomes a backtest with its ledger."""

import ipywidgets
import numpy as np
import pandas as pd
import pytest

import okxlab
from okxlab.errors import InputError
from okxlab.model import Instrument

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")


@pytest.fixture(scope="module")
def bars():
    """Give hours of a zigzag through the range."""
    points = 105 + 9 * np.sin(np.arange(301) / 3)
    opens, closes = points[:-1], points[1:]
    frame = pd.DataFrame(
        {"open": opens, "high": np.maximum(opens, closes), "low": np.minimum(opens, closes), "close": closes},
        index=pd.date_range("2024-01-01", periods=300, freq="h", tz="UTC"),
    )
    frame.attrs["instrument"] = AAA
    return frame


@pytest.fixture(scope="module")
def table(bars):
    """Give a sweep of two spacings a cell, one of its lows above the high."""
    lists = {"low": [90, 95, 120], "high": 115, "grids": [4, 8, 16], "spacing": ["arithmetic", "geometric"]}
    return okxlab.sweep(bars, **lists, investment=1000, progress=False)


@pytest.fixture
def explorer(table, bars):
    yield okxlab.SweepExplorer(table, bars)
    ipywidgets.Widget.close_all()


def click(explorer, up, across):
    """Click a cell as a browser tells the kernel of it: the message that plotly's front end sends."""
    points = {"trace_indexes": [0], "point_indexes": [[up, across]], "xs": ["4"], "ys": ["90"]}
    explorer.figures["map"].set_state(
        {"_js2py_pointsCallback": {"event_type": "plotly_click", "points": points, "device_state": None}}
    )
    assert explorer.wait()


def test_a_cell_that_is_clicked_is_played_and_shows_its_ledger(explorer, table, page):
    """The row's backtest ends with the row's equity, and its fills stand below the map."""
    click(explorer, 1, 2)

    best = table[(table["low"] == 95) & (table["grids"] == 16)]["equity_end"].idxmax()
    last = explorer.result.fills.iloc[-1]
    assert explorer.chosen == best
    assert float(explorer.result.summary["equity_end"]) == table["equity_end"][best]
    assert f"{last.time:%Y-%m-%d %H:%M}" in page(explorer)
    assert f"{len(explorer.result.fills)} fills" in page(explorer)
    assert len(explorer.figures["backtest"].data) == 5


def test_the_chosen_cell_is_marked_and_the_next_one_after_it(explorer):
    """The mark goes from cell to cell, in the same live figure."""
    figure = explorer.figures["map"]
    seen = []
    for cell in ((0, 0), (1, 1)):
        click(explorer, *cell)
        seen.append((figure.data[1].x[0], figure.data[1].y[0], figure.data[1].customdata[0][0] == explorer.chosen))

    assert seen == [("4", "90", True), ("8", "95", True)]
    assert explorer.figures["map"] is figure


def test_a_cell_without_a_grid_plays_nothing(explorer):
    """An empty cell is no row."""
    click(explorer, 2, 0)

    assert explorer.result is None
    assert explorer.error.text == ""


def test_a_row_that_shares_its_cell_is_played_by_its_label(explorer, table):
    """The geometric twin of an arithmetic grid is one field and one button away."""
    worse = table[(table["low"] == 90) & (table["grids"] == 4)]["equity_end"].idxmin()
    explorer.row.value = f" {worse} "
    explorer.button.click()

    assert explorer.wait()
    assert explorer.chosen == worse
    assert explorer.result.spec.spacing == table["spacing"][worse]


@pytest.mark.parametrize(
    ("text", "says"), [("99", "no row '99'"), ("12", "is below high"), ("<b>", "no row '&lt;b&gt;'")]
)
def test_a_row_that_cannot_be_played_is_a_sentence(explorer, page, text, says):
    """A label that is not there, a grid that cannot be made, and markup: said, escaped, nothing played."""
    explorer.row.value = text
    explorer.button.click()
    explorer.wait()

    assert says.replace("'", "&#x27;") in page(explorer)
    assert explorer.result is None


def test_axes_and_colour_are_chosen_and_clicks_follow_them(explorer, table):
    """After the map was turned over, a click means the cell that is seen."""
    explorer.axes["x"].value = "spacing"
    explorer.axes["y"].value = "grids"
    explorer.axes["value"].value = "round_trips"
    assert explorer.wait()
    click(explorer, 2, 1)

    spec = explorer.result.spec
    assert list(explorer.figures["map"].data[0].x) == ["arithmetic", "geometric"]
    assert (spec.grids, spec.spacing) == (16, "geometric")
    rows = table[(table["grids"] == 16) & (table["spacing"] == "geometric")]
    assert table["round_trips"][explorer.chosen] == rows["round_trips"].max()


def test_the_fees_and_fill_model_of_the_sweep_are_those_of_the_ledger(bars):
    """A sweep on other terms is played on them."""
    terms = {"maker": "0.0002", "taker": "0.0005", "fill": "through"}
    table = okxlab.sweep(bars, low=95, high=115, grids=[4, 8], investment=1000, progress=False, **terms)
    explorer = okxlab.SweepExplorer(table, bars, **terms)
    explorer.choose(1)

    assert explorer.wait()
    assert float(explorer.result.summary["equity_end"]) == table["equity_end"][1]


def test_a_row_that_ends_elsewhere_than_in_the_table_is_not_shown(bars, page):
    """A sweep on other fees is no sweep to look into: both figures are said, and no ledger stands beside the map."""
    table = okxlab.sweep(bars, low=95, high=115, grids=[4, 8], investment=1000, progress=False, maker="0.002")
    explorer = okxlab.SweepExplorer(table, bars)
    explorer.choose(1)
    explorer.wait()

    assert f"Row 1 ends with {table['equity_end'][1]} in the table" in page(explorer)
    assert "Give the candles, fees and fill model of the sweep" in page(explorer)
    assert explorer.result is explorer.chosen is None


def test_it_speaks_chinese(table, bars, page):
    """The other language reaches every part."""
    explorer = okxlab.SweepExplorer(table, bars, language="zh")
    explorer.choose(0)
    explorer.wait()

    assert "账目" in page(explorer)
    assert explorer.button.description == "回测此行"


def test_columns_that_are_no_axes_are_refused_at_once(table, bars):
    """What is wrong is named before anything is shown."""
    with pytest.raises(InputError, match="Choose one of low, high"):
        okxlab.SweepExplorer(table, bars, x="width")
