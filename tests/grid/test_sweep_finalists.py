"""The best rows of a sweep are played: what counting cannot tell is in their rows too."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.grid import GridSpec, backtest, index_path, sweep
from okxlab.model import Instrument

COIN = Instrument("AAA-USDT", tick="0.01", lot="0.0001", minimum="0.0001")
ADDED = ["hold_end", "half_end", "max_drawdown", "share_below", "share_above", "bars_below", "bars_above"]
LISTS = {"low": [90, 96], "high": [104, 110], "grids": [5, 30], "investment": 1000, "progress": False}


@pytest.fixture(scope="module")
def bars():
    """Give five hundred seeded minutes around 100."""
    rng = np.random.default_rng(51)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.004, 500))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) + 0.05,
        "low": np.minimum(opened, close) - 0.05,
        "close": close,
    }
    return pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=500, freq="min", tz="UTC"))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("fill", ["touch", "through"])
def test_the_best_rows_have_what_their_backtests_say(bars, exact, fill):
    """Every figure of the row is the one of a backtest of that grid, at those fees and by that fill rule."""
    terms = {"maker": "0.0003", "taker": "0.002", "fill": fill, "instrument": COIN}

    table = sweep(bars, **LISTS, **terms, top=3, exact=exact)

    assert len(table) == 3
    for row in table.to_dict("records"):
        names = ("low", "high", "grids", "spacing", "investment")
        summary = backtest(GridSpec("AAA-USDT", **{name: row[name] for name in names}), bars, **terms).summary
        for name in [*ADDED, "equity_end", "grid_profit", "fees"]:
            assert row[name] == (summary[name] if exact or isinstance(summary[name], int) else float(summary[name]))
    assert isinstance(table["max_drawdown"].iloc[0], Decimal if exact else float)
    assert table["bars_below"].dtype == table["bars_above"].dtype == np.int64


def test_the_best_rows_of_an_index_are_played_over_its_candles(bars):
    """An index in place of candles gives the same rows."""
    index = index_path(bars, instrument=COIN)

    pd.testing.assert_frame_equal(sweep(index, **LISTS, top=4), sweep(bars, **LISTS, instrument=COIN, top=4))


def test_equals_among_the_best_come_in_their_order(bars):
    """Of grids that came to the same the earlier ones are kept, however many there are."""
    specs = pd.DataFrame({"low": 90.0, "high": 110.0, "grids": 10, "investment": 1000.0}, index=range(40_000))

    assert sweep(bars, specs=specs, instrument=COIN, top=5, progress=False).index.tolist() == [0, 1, 2, 3, 4]


def test_when_no_grid_can_be_made_the_best_are_none(bars):
    """An empty table with all its columns, of their types."""
    table = sweep(bars, low=110, high=90, grids=5, investment=1000, instrument=COIN, top=5, progress=False)

    assert table.empty
    assert set(ADDED) < set(table.columns)
    assert table["bars_below"].dtype == np.int64
