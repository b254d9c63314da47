"""Returns of many grids, period by period, against backtests made one by one."""

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, backtest, deflated_sharpe, overfitting, trial_returns
from okxlab.model import Instrument

RANGES = pd.DataFrame({"low": [90, 80, 95], "high": [110, 130, 105], "grids": [20, 10, 40], "investment": 1000})


def grids():
    return [GridSpec("AAA-USDT", **row) for row in RANGES.to_dict("records")]


@pytest.fixture
def frame_of_ruin():
    """Give four hours in whose second a long contract grid is liquidated, and the swap."""
    price = [105.0, 60.0, 60.0, 60.0]
    bars = pd.DataFrame({"open": [105.0, 105.0, 60.0, 60.0], "high": [105.0, 105.0, 60.0, 60.0], "low": price})
    bars = bars.assign(close=price).set_index(pd.date_range("2024-01-01", periods=4, freq="h", tz="UTC"))
    return bars, Instrument("AAA-USDT-SWAP", tick="1", lot="1", minimum="1", contract="0.1")


def test_returns_of_grids_launched_each_time_are_those_of_backtests(hours):
    """Each period is a backtest of its own, begun at its first open with the whole investment."""
    table = trial_returns(hours, RANGES, every="2d", progress=False)

    assert table.shape == (10, 3)
    for start, row in table.iterrows():
        part = hours.loc[start : start + pd.Timedelta("47h")]
        gains = [float(backtest(spec, part).summary["equity_end"]) / 1000 - 1 for spec in grids()]
        np.testing.assert_allclose(row, gains, rtol=0, atol=1e-12)


def test_returns_of_grids_launched_once_chain_to_the_whole_backtest(hours):
    """What they earned period after period is what one backtest over all of it earned, and its curve in between."""
    table = trial_returns(hours, RANGES, every="1d", launch="once", progress=False)

    curves = [backtest(spec, hours).equity.to_numpy()[23::24] / 1000 for spec in grids()]
    np.testing.assert_allclose((1 + table).cumprod().to_numpy(), np.array(curves).T, rtol=1e-9)


def test_returns_leave_out_what_is_no_whole_period(hours):
    """A last period that is cut short, and one without candles, are no rows."""
    holed = hours.drop(hours.loc["2024-01-05":"2024-01-06"].index).iloc[:-1]

    table = trial_returns(holed, RANGES, every="1d", progress=False)

    days = table.index.day.tolist()
    assert days == [1, 2, 3, 4, *range(7, 20)]
    assert table.index.tz is not None


def test_returns_of_shapes_go_along_with_the_price(hours):
    """A range in per cent is made anew at each launch, so that no period is outside it from the start."""
    table = trial_returns(hours, {"below": 5, "above": 5, "grids": 10, "investment": 1000}, every="5d", progress=False)

    part = hours.loc["2024-01-06":"2024-01-10"]
    spec = GridSpec.around(hours.attrs["instrument"], part["open"].iloc[0], percent=5, grids=10, investment=1000)
    assert table.iloc[1, 0] == pytest.approx(float(backtest(spec, part).summary["equity_end"]) / 1000 - 1, abs=1e-12)


def test_returns_of_a_grid_that_cannot_be_made_are_missing_and_the_statistics_say_which(hours):
    """A grid of too many orders for its money has NaN everywhere, and is named when luck is reckoned."""
    table = trial_returns(hours, {"below": 5, "above": 5, "grids": [10, 900], "investment": 20}, progress=False)

    assert table[1].isna().all()
    assert table[0].notna().all()
    with pytest.raises(InputError, match="trial 1"):
        overfitting(table)
    with pytest.raises(InputError, match="trial 1"):
        deflated_sharpe(table)


def test_returns_go_into_the_statistics_as_they_are(hours):
    """Twenty days of two dozen grids: a probability, and a row for each grid."""
    tried = {"below": [3, 5, 10], "above": [3, 5, 10], "grids": [5, 20, 50], "investment": 1000}

    table = trial_returns(hours, tried, every="12h", progress=False)

    assert 0 <= overfitting(table, blocks=8).probability <= 1
    assert deflated_sharpe(table)["deflated"].between(0, 1).all()
    # neighbours earn and lose together
    assert deflated_sharpe(table)["trials"].iloc[0] < 14


@pytest.mark.parametrize(
    ("wrong", "says"), [({"every": "30d"}, "less than one period"), ({"launch": "twice"}, "twice")]
)
def test_returns_when_they_cannot_be_made_say_why(hours, wrong, says):
    """Too long a period and an unknown launch are refused."""
    with pytest.raises(InputError, match=says):
        trial_returns(hours, RANGES, progress=False, **wrong)


def test_returns_after_ruin_are_nothing_and_stay_in_the_statistics(frame_of_ruin):
    """Who lost all in one period earns 0 in every later one, and is reckoned with."""
    bars, swap = frame_of_ruin
    spec = GridSpec(swap.symbol, low=100, high=120, grids=4, investment=1000, kind="long", leverage=5)

    table = trial_returns(bars, [spec], every="1h", launch="once", instrument=swap, progress=False)

    assert table[0].tolist()[1:] == [-1.0, 0.0, 0.0]
