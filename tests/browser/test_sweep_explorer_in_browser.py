"""The explorer of a sweep in JupyterLab: a mouse on a cell, and its ledger below."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SOURCE = """import okxlab as ox
session = ox.connect()
candles = ox.history(session, "BTC-USDT", days=1, progress=False)
first, steps = candles["open"].iloc[0], candles.attrs["instrument"]
lows, high = [steps.floor_price(first * share) for share in (0.97, 0.98)], steps.ceil_price(first * 1.03)
table = ox.sweep(candles, low=lows, high=high, grids=[5, 10], investment=1_000, progress=False)
ox.SweepExplorer(table, candles)"""


@pytest.fixture(scope="module")
def explorer(open_notebook):
    opened = open_notebook("explorer", SOURCE)
    opened.page.locator(".okx-sweep-map .main-svg").first.wait_for()
    return opened


def click(page, across, up):
    """Click the map where it lies so far from its left and from its lower edge, as shares."""
    place = page.locator(".okx-sweep-map .nsewdrag")
    box = place.bounding_box()
    place.click(position={"x": across * box["width"], "y": (1 - up) * box["height"]})


@pytest.mark.parametrize(("cell", "grids"), [((0.15, 0.85), 5), ((0.85, 0.15), 10)])
def test_cell_when_clicked_is_played_and_its_ledger_appears(explorer, cell, grids):
    """Grid, figures, picture and fills of the cell that was clicked stand below the map, and it is marked."""
    page = explorer.page
    click(page, *cell)

    expect(page.locator(".okx-summary")).to_contain_text(f"{grids} grids from")
    expect(page.locator(".okx-ledger")).to_contain_text(re.compile(r"The last \d+ of [\d,]+ fills"))
    expect(page.locator(".okx-sweep-backtest .gtitle").first).to_contain_text("round trips")
    expect(page.locator(".okx-sweep-map .gtitle").first).to_contain_text(f"{grids} arithmetic grids")
    assert explorer.errors == []
