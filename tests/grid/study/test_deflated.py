"""Sharpe ratios that know how many were tried, against the papers' figures and against chance."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import deflated_sharpe, expected_best, independent_trials, probabilistic_sharpe

DAILY = 2.5 / sqrt(250)


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "printed"), [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)]
)
def test_deflated_sharpe_of_the_paper(trials, skew, kurtosis, printed):
    """The worked example of 2014 comes out as printed: 2.5 a year, 1,250 days, variance 1/2 a year among the trials."""
    hurdle = expected_best(0.5 / 250, trials)

    assert round(probabilistic_sharpe(DAILY, 1250, skew=skew, kurtosis=kurtosis, hurdle=hurdle), 4) == printed


def test_hurdle_of_the_paper():
    """A hundred trials worth nothing give a best of 0.1132 a day."""
    assert round(expected_best(0.5 / 250, 100), 4) == 0.1132


@pytest.mark.parametrize("trials", [10, 100, 1000])
def test_hurdle_is_the_mean_of_the_best_of_chance(trials):
    """The best of so many standard normal numbers is on average what the formula says, within three per cent."""
    best = np.random.default_rng(trials).normal(size=(4000, trials)).max(axis=1).mean()

    assert expected_best(1.0, trials) == pytest.approx(best, rel=0.03)


@pytest.mark.parametrize("trials", [0, 0.5, 1, 1.2])
def test_hurdle_of_one_trial_is_zero(trials):
    """Where there is nothing to choose from nothing is gained by choosing."""
    assert expected_best(1.0, trials) == 0.0


def test_probabilistic_sharpe_at_its_hurdle_is_a_half():
    """A Sharpe ratio at the hurdle is as likely above as below."""
    assert probabilistic_sharpe(0.1, 100, skew=-1, kurtosis=5, hurdle=0.1) == 0.5


def test_moments_of_a_table_worked_by_hand():
    """Returns 1, 1, 1, 5: mean 2, deviations -1, -1, -1, 3; sums of their powers 12, 24, 84."""
    (row,) = deflated_sharpe(np.array([[1.0], [1.0], [1.0], [5.0]])).itertuples()

    assert row.sharpe == pytest.approx(2 / 2)
    assert row.skew == pytest.approx(6 / 3**1.5)
    assert row.kurtosis == pytest.approx(21 / 9)
    assert (row.hurdle, row.trials) == (0.0, 1.0)
    assert row.deflated == row.probabilistic
    # the normal distribution at the root of 3 / (1 - 1.1547 + 0.3333)
    assert row.probabilistic == pytest.approx(0.99998, abs=0.00002)


def test_deflated_sharpe_of_noise_seldom_passes():
    """Of 300 searches among 60 worthless trials few find something above 0.95, and the middle one finds a half."""
    rng = np.random.default_rng(21)
    best = np.array([deflated_sharpe(rng.normal(size=(250, 60)))["deflated"].max() for _ in range(300)])

    assert (best > 0.95).mean() < 0.1
    assert 0.35 < np.median(best) < 0.65


def test_deflated_sharpe_when_one_trial_is_better_passes_it_alone():
    """A true edge stands above the hurdle alone; without the hurdle chance stands beside it."""
    rows = np.random.default_rng(22).normal(size=(500, 200))
    rows[:, 3] += 0.35

    table = deflated_sharpe(rows)

    assert table.index[table["deflated"] > 0.95].tolist() == [3]
    assert (table["probabilistic"] > 0.95).sum() > 5
    assert (table["deflated"] <= table["probabilistic"]).all()


def test_independent_trials_of_noise_are_all_of_them():
    """Trials that have nothing to do with each other count whole."""
    rows = np.random.default_rng(23).normal(size=(5000, 40))

    assert independent_trials(rows) == pytest.approx(40, abs=0.5)


def test_independent_trials_in_a_common_market_are_fewer():
    """With a mean correlation r, here near a half, they are r + (1 - r) n."""
    rng = np.random.default_rng(24)
    rows = rng.normal(size=(20_000, 40)) + rng.normal(size=(20_000, 1))

    mean = (np.corrcoef(rows.T).sum() - 40) / (40 * 39)
    assert independent_trials(rows) == pytest.approx(mean + (1 - mean) * 40)
    assert mean == pytest.approx(0.5, abs=0.02)


def test_trials_that_never_moved_do_not_count():
    """A grid that never traded has no Sharpe ratio, and is no try."""
    rows = np.random.default_rng(25).normal(size=(100, 6))
    moved = pd.DataFrame(rows, columns=list("abcdef"))

    table = deflated_sharpe(moved.assign(g=0.0))

    assert table.loc["g", ["sharpe", "skew", "kurtosis", "probabilistic", "deflated"]].isna().all()
    pd.testing.assert_frame_equal(table.drop(index="g"), deflated_sharpe(moved))


def test_deflated_sharpe_when_nothing_moved_has_no_answer():
    """Only idle trials give NaN, without a warning."""
    assert deflated_sharpe(np.zeros((5, 3)))["deflated"].isna().all()


def test_deflated_sharpe_with_the_number_of_trials_given_uses_it():
    """Who knows how many were tried says so, and more tries deflate more."""
    rows = np.random.default_rng(26).normal(size=(100, 10))

    few, many = (deflated_sharpe(rows, trials=trials) for trials in (5, 500))

    assert (many["deflated"] < few["deflated"]).all()
    assert (few["trials"] == 5).all()


def test_deflated_sharpe_of_two_periods_is_refused():
    """Two returns have no shape."""
    with pytest.raises(InputError, match="2 periods"):
        deflated_sharpe(np.zeros((2, 3)))


@pytest.mark.parametrize("trials", [-5, float("nan"), 0.5, float("inf")])
def test_deflated_sharpe_of_less_than_one_trial_is_refused(trials):
    """Somebody tried at least once."""
    with pytest.raises(InputError, match="trials is"):
        deflated_sharpe(np.random.default_rng(0).normal(size=(64, 5)), trials=trials)
