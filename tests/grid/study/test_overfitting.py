"""The probability of backtest overfitting, against a plain second telling and against what must come out."""

from itertools import combinations
from math import log

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import overfitting


def plain_splits(rows, blocks, score):
    """Tell the paper's procedure once more with lists and loops: winner, its two figures, the logit of its rank."""
    size = len(rows) // blocks
    rows = rows[len(rows) - size * blocks :]
    told = []
    for half in combinations(range(blocks), blocks // 2):
        inside = [row for number, row in enumerate(rows) if number // size in half]
        outside = [row for number, row in enumerate(rows) if number // size not in half]
        chosen, judged = ([score(column) for column in zip(*part, strict=True)] for part in (inside, outside))
        best = chosen.index(max(chosen))
        below = sum(one < judged[best] for one in judged)
        alike = sum(one == judged[best] for one in judged)
        rank = (below + (alike + 1) / 2) / (len(judged) + 1)
        told.append((best, round(chosen[best], 9), round(judged[best], 9), round(log(rank / (1 - rank)), 9)))
    return sorted(told)


def mean(column):
    return sum(column) / len(column)


def sharpe(column):
    middle = mean(column)
    return middle / (sum((one - middle) ** 2 for one in column) / (len(column) - 1)) ** 0.5


def told(result):
    """Write the splits of a result as the plain telling does."""
    figures = result.splits[["trial", "in_sample", "out_of_sample", "logit"]].round(9)
    return sorted(figures.itertuples(index=False, name=None))


def test_overfitting_of_a_table_worked_by_hand():
    """Four periods, three trials, six splits, each followed by hand.

    Sums of a, b, c on a half and on the other: {0,1}: 9, 2, 4 and 0, 4, 5: a wins and is last, rank 1/4. {0,2}: 4, 3, 6
    and 5, 3, 3: c wins and shares the last place, rank 1.5/4; {1,2} the same. {0,3}: 5, 3, 3 and 4, 3, 6: a wins and
    is second, rank 2/4; {1,3} the same. {2,3}: 0, 4, 5 and 9, 2, 4: c wins and is second, rank 2/4.
    """
    table = [[4.5, 1, 2], [4.5, 1, 2], [-0.5, 2, 4], [0.5, 2, 1]]

    result = overfitting(np.array(table), blocks=4, metric="mean")

    assert sorted(result.splits["rank"]) == [0.25, 0.375, 0.375, 0.5, 0.5, 0.5]
    assert sorted(result.splits["trial"]) == [0, 0, 0, 2, 2, 2]
    assert (result.probability, result.loss) == (1.0, 0.0)


@pytest.mark.parametrize(("metric", "score"), [("mean", mean), ("sharpe", sharpe)])
@pytest.mark.parametrize(("periods", "trials", "blocks"), [(12, 5, 4), (37, 8, 6), (64, 3, 8)])
def test_overfitting_is_what_a_plain_telling_says(metric, score, periods, trials, blocks):
    """Winner, figures and rank of every split are those of lists and loops, uneven periods included."""
    rows = np.random.default_rng(periods).normal(0.1, 1, size=(periods, trials))

    result = overfitting(rows, blocks=blocks, metric=metric)

    expected = plain_splits(rows.tolist(), blocks, score)
    assert told(result) == expected
    assert result.probability == mean([one[3] <= 0 for one in expected])
    assert result.loss == mean([one[2] < 0 for one in expected])
    assert result.periods == periods // blocks * blocks


def test_overfitting_of_noise_is_near_a_half():
    """Over forty tables of pure noise the best trial of one half is anywhere on the other: 0.5 on average."""
    rng = np.random.default_rng(11)
    found = [overfitting(rng.normal(size=(240, 50)), blocks=10).probability for _ in range(40)]

    # one table's figure has a standard deviation near 0.2, so the mean of forty has one near 0.03
    assert abs(mean(found) - 0.5) < 0.1


def test_overfitting_when_one_trial_is_better_is_near_zero():
    """A trial with a true edge is picked on one half and stands high on the other."""
    rows = np.random.default_rng(12).normal(size=(240, 50))
    rows[:, 17] += 0.5

    result = overfitting(rows)

    assert result.probability < 0.01
    assert (result.splits["trial"] == 17).mean() > 0.99
    assert result.loss < 0.01
    assert len(result.splits) == 12_870


def test_overfitting_when_what_won_must_lose_is_one():
    """Trials that all earn the same over the whole: what was above on one half is below on the other."""
    rows = np.random.default_rng(13).normal(size=(160, 30))
    rows -= rows.mean(axis=0)

    result = overfitting(rows, blocks=8, metric="mean")

    assert result.probability == 1.0
    assert result.slope == pytest.approx(-1.0)


def test_overfitting_of_trials_that_are_alike_gives_them_the_middle():
    """Equal columns share the mean of their ranks, wherever they stand in the table."""
    one = np.random.default_rng(14).normal(size=(64, 1))

    result = overfitting(np.repeat(one, 37, axis=1), blocks=8)

    assert (result.splits["rank"] == 0.5).all()


def test_overfitting_of_trials_that_do_not_vary_divides_by_nothing():
    """A grid that never traded has the figure 0; what earns the same in every period has no risk and wins."""
    rows = np.zeros((32, 4))
    rows[:, 1] = np.random.default_rng(15).normal(0.5, 1, size=32)
    rows[:, 2] = 0.001

    result = overfitting(rows, blocks=8)

    assert (result.splits["trial"] == 2).all()
    assert (result.splits["in_sample"] == np.inf).all()
    assert np.isnan(result.slope)


def test_overfitting_names_trials_by_their_columns():
    """A frame's column names come back."""
    frame = pd.DataFrame(np.random.default_rng(16).normal(size=(32, 3)), columns=["wide", "middle", "narrow"])

    assert set(overfitting(frame, blocks=4).splits["trial"]) <= {"wide", "middle", "narrow"}


@pytest.mark.parametrize(
    ("returns", "options", "says"),
    [
        (np.zeros((8, 1)), {}, "One trial alone"),
        (np.zeros((8, 2)), {"blocks": 3}, "blocks is 3"),
        (np.zeros((8, 2)), {"blocks": 22}, "blocks is 22"),
        (np.zeros((8, 2)), {"blocks": 16}, "8 periods do not fill 16 blocks"),
        (np.zeros((8, 2)), {"blocks": 4, "metric": "omega"}, "metric is 'omega'"),
        (np.array([[0.0, 1.0], [np.nan, 0.0]]), {"blocks": 2}, "trial 0 in period 1 is nan"),
        (np.zeros((0, 2)), {"blocks": 2}, "no returns"),
        (pd.DataFrame({"a": ["x"], "b": [1.0]}), {"blocks": 2}, "not a number"),
    ],
)
def test_overfitting_when_it_cannot_be_told_refuses(returns, options, says):
    """What the procedure cannot take is refused with the value."""
    with pytest.raises(InputError, match=says):
        overfitting(returns, **options)


def test_overfitting_of_blocks_that_are_no_int_is_refused():
    """A float is no number of blocks."""
    with pytest.raises(InputError, match=r"blocks is 4\.0"):
        overfitting(np.zeros((8, 2)), blocks=4.0)
