"""Paths put together anew from blocks of recorded candles."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, backtest, bootstrap_paths
from okxlab.model import PRICES, Instrument, check_candles, exact, gaps

AAA = Instrument("AAA-USDT", tick="0.05", lot="0.0001", minimum="0.0001")


def candles(rows, times):
    made = pd.DataFrame(rows, columns=PRICES, index=times)
    made.attrs["instrument"] = AAA
    return made


@pytest.fixture(scope="module")
def walk():
    """Give a thousand minutes of a seeded walk around 100, with volume that counts the rows."""
    rng = np.random.default_rng(3)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.002, 1000))), 2)
    opened = np.round(np.concatenate(([100.0], close[:-1])) * np.exp(rng.normal(0, 0.0005, 1000)), 2)
    opened[0] = 100.0
    rows = np.stack([opened, np.maximum(opened, close) + 0.1, np.minimum(opened, close) - 0.15, close], axis=1)
    times = pd.date_range("2024-01-01", periods=1000, freq="min", tz="UTC", name="time")
    return candles(rows, times).assign(volume=np.arange(1000.0))


@pytest.fixture(scope="module")
def moves(walk):
    """Give each bar's four prices over the close before it."""
    before = np.concatenate((walk["open"].to_numpy()[:1], walk["close"].to_numpy()[:-1]))
    return walk[PRICES].to_numpy() / before[:, None]


def taken(path):
    """Give the row each bar of a path was taken from: its volume says it."""
    return path["volume"].to_numpy(dtype=int)


def runs(path):
    """Give the lengths of a path's blocks."""
    ends = np.flatnonzero(np.diff(taken(path)) % 1000 != 1) + 1
    return np.diff(np.concatenate(([0], ends, [len(path)])))


@pytest.mark.parametrize("method", ["stationary", "circular"])
def test_paths_are_candles_without_a_hole_on_the_tick(walk, method):
    """Each path passes for candles, goes on bar after bar, has every price on the tick, and starts where they did."""
    made = list(bootstrap_paths(walk, paths=3, block="30m", method=method))

    assert len(made) == 3
    for path in made:
        assert len(check_candles(path)) == 1000
        assert gaps(path).empty
        assert (path.index[0], path["open"].iloc[0]) == (walk.index[0], 100.0)
        assert all(exact(float(price)) % AAA.tick == 0 for price in path[PRICES].to_numpy().flat)


def test_paths_keep_what_belongs_together_in_a_bar(walk, moves):
    """Each bar is a recorded one, moved as a whole: its four prices over the close before it, but for the tick."""
    (path,) = bootstrap_paths(walk, paths=1, block="30m")

    now = path[PRICES].to_numpy()[1:] / path["close"].to_numpy()[:-1, None]
    # half a tick of 0.05 above and below the fraction, of prices not far from 100
    assert np.abs(now - moves[taken(path)][1:]).max() < 0.0008
    assert len(np.unique(taken(path))) > 500


def test_paths_do_not_drift_away_by_rounding(walk, moves):
    """Each price is rounded once: after a thousand bars the close is where the moves led, to half a tick."""
    (path,) = bootstrap_paths(walk, paths=1, block="30m")

    led = moves[taken(path), 3]
    led[0] /= moves[taken(path)[0], 0]
    assert abs(path["close"].iloc[-1] - 100.0 * led.prod()) <= 0.025 + 1e-9


def test_stationary_blocks_have_the_asked_mean_and_the_shape_of_chance(walk):
    """Lengths are geometric: mean and standard deviation are near the asked length."""
    lengths = np.concatenate([runs(path) for path in bootstrap_paths(walk, paths=60, block="20m")])

    # about 3,000 blocks, so the mean has a standard error near 0.37; ends of paths cut a few short
    assert 18.5 < lengths.mean() < 21.5
    assert 17 < lengths.std() < 22


def test_circular_blocks_are_all_as_long_as_asked(walk):
    """Every block but the cut last one is as long as asked, or twice where two happen to join; it goes round."""
    made = list(bootstrap_paths(walk, paths=20, block="30m", method="circular"))

    assert {length for path in made for length in runs(path)[:-1]} <= {30, 60}
    assert any(pair == (999, 0) for path in made for pair in pairwise(taken(path)))


def test_every_bar_is_drawn_equally_often(walk):
    """Bars near the ends are no rarer than others."""
    drawn = np.concatenate([taken(path) for path in bootstrap_paths(walk, paths=200, block="20m")])
    tenths = np.bincount(drawn // 100) / len(drawn)

    # 10,000 blocks: the share of a tenth has a standard error near 0.004
    assert np.abs(tenths - 0.1).max() < 0.013


def test_a_path_depends_on_seed_and_number_alone(walk):
    """More paths change none of the first, the same seed gives the same, another gives others."""
    few, many = (list(bootstrap_paths(walk, paths=count, block="30m", seed=5)) for count in (2, 4))
    (other,) = bootstrap_paths(walk, paths=1, block="30m", seed=6)

    for one, again in zip(few, many[:2], strict=True):
        pd.testing.assert_frame_equal(one, again)
    assert not many[2].equals(many[3])
    assert not other.equals(few[0])


def test_a_bar_after_a_hole_brings_no_jump():
    """What the price did while bars are missing is in no path."""
    times = pd.date_range("2024-01-01", periods=10, freq="min", tz="UTC").delete(slice(4, 6))
    broken = candles([[10.0] * 4] * 4 + [[20.0] * 4] * 4, times)

    assert all((path == 10.0).all(axis=None) for path in bootstrap_paths(broken, paths=5, block="2m"))


def test_a_jump_between_neighbours_belongs_to_the_later_bar():
    """An open off the last close is taken along with its bar."""
    doubled = candles([[10.0] * 4, [20.0] * 4], pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))

    (path,) = bootstrap_paths(doubled, paths=1, bars=40, block="2m")

    jumps = (path["open"] / path["close"].shift()).iloc[1:]
    assert set(jumps) == {1.0, 2.0}
    assert (path["open"] == path["close"]).all()


def test_a_path_can_be_longer_than_the_sample_and_is_played_as_candles_are(walk):
    """The asked length is kept, and a backtest runs on the path as on any candles."""
    (path,) = bootstrap_paths(walk, paths=1, bars=2500, block="30m")
    spec = GridSpec("AAA-USDT", low=90, high=110, grids=20, investment=1000)

    assert len(path) == 2500
    assert backtest(spec, path).summary["identity_residual"] == Decimal(0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"paths": 0}, "paths is 0"),
        ({"paths": 2.5}, "paths is 2.5"),
        ({"bars": -1}, "bars is -1"),
        ({"method": "moving"}, "method is 'moving'"),
        ({"block": "soon"}, "block is 'soon'"),
    ],
)
def test_bootstrap_when_an_argument_is_wrong_says_which_at_once(walk, wrong, says):
    """Bad arguments are refused when the paths are asked for, not when the first is taken."""
    with pytest.raises(InputError, match=says):
        bootstrap_paths(walk, **wrong)


@pytest.mark.parametrize("seed", [-1, "a", None, 1.5])
def test_a_seed_that_is_none_is_refused(hours, seed):
    """What cannot be drawn a second time is not drawn."""
    with pytest.raises(InputError, match="seed is"):
        bootstrap_paths(hours, seed=seed)
