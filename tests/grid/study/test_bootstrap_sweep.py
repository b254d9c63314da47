"""Many grids over many bootstrapped paths, against backtests of the same paths."""

import numpy as np
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, backtest, bootstrap_paths, bootstrap_sweep

TRIED = {"below": [4, 10], "above": [4, 20], "grids": [5, 40], "investment": 1000}
PATHS = {"paths": 12, "block": "6h", "seed": 9}


def specs(coin):
    """Give the grids at the first open of all paths, 100: per cent are prices there."""
    return [
        GridSpec("AAA-USDT", low=100 - below, high=100 + above, grids=grids, investment=1000)
        for below in (4, 10)
        for above in (4, 20)
        for grids in (5, 40)
    ]


@pytest.fixture(scope="module")
def played(hours, coin):
    """Give the equity of each path and grid, and what holding gained on each path."""
    made = [[backtest(spec, path).summary for spec in specs(coin)] for path in bootstrap_paths(hours, **PATHS)]
    equity = np.array([[float(one["equity_end"]) for one in path] for path in made])
    held = np.array([[float(one["hold_end"]) for one in path] for path in made])
    return equity, held


def test_distribution_is_that_of_backtests_on_the_same_paths(hours, coin, played):
    """Mean, spread, quantiles, losses and places are those of plain backtests of the same paths."""
    equity, held = played

    table = bootstrap_sweep(hours, TRIED, **PATHS, progress=False)

    np.testing.assert_allclose(table["mean"], equity.mean(axis=0))
    np.testing.assert_allclose(table["std"], equity.std(axis=0, ddof=1))
    for name, share in {"q05": 5, "q25": 25, "median": 50, "q75": 75, "q95": 95}.items():
        np.testing.assert_allclose(table[name], np.percentile(equity, share, axis=0))
    np.testing.assert_allclose(table["loss"], (equity < 1000).mean(axis=0))
    np.testing.assert_allclose(table["beats_hold"], (equity > held).mean(axis=0))
    places = 1 + (equity[:, None, :] > equity[:, :, None]).sum(axis=2)
    np.testing.assert_allclose(table["best"], (places == 1).mean(axis=0))
    np.testing.assert_allclose(table["place"], places.mean(axis=0))


def test_more_paths_change_none_of_the_first(hours, played):
    """The distribution of the first paths is the same however it is asked for."""
    equity, _ = played

    table = bootstrap_sweep(hours, TRIED, **(PATHS | {"paths": 5}), progress=False)

    np.testing.assert_allclose(table["mean"], equity[:5].mean(axis=0))


def test_a_grid_that_cannot_be_made_has_no_distribution(hours):
    """Its row is there, and empty; the others compare among themselves."""
    table = bootstrap_sweep(
        hours, {"below": 4, "above": 4, "grids": [900, 5], "investment": 20}, paths=3, progress=False
    )

    assert table.loc[0].isna().all()
    assert (table.loc[1, "best"], table.loc[1, "place"]) == (1.0, 1.0)


def test_another_figure_can_be_asked_for(hours, coin):
    """rank= names the figure that is distributed; loss and hold are about money all the same."""
    table = bootstrap_sweep(hours, TRIED, **PATHS, rank="round_trips", progress=False)
    money = bootstrap_sweep(hours, TRIED, **PATHS, progress=False)

    trips = [
        [backtest(spec, path).summary["round_trips"] for spec in specs(coin)]
        for path in bootstrap_paths(hours, **PATHS)
    ]
    np.testing.assert_allclose(table["mean"], np.mean(trips, axis=0))
    assert table["loss"].tolist() == money["loss"].tolist()


def test_bootstrap_sweep_by_no_figure_is_refused(hours):
    """An unknown figure is refused by its name."""
    with pytest.raises(InputError, match="rank is 'luck'"):
        bootstrap_sweep(hours, TRIED, paths=1, rank="luck", progress=False)
