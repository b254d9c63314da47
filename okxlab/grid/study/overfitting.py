"""How likely it is that the best of many trials was luck: combinatorially symmetric cross-validation.

Bailey, Borwein, Lopez de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance 20
(4), 2017 (first circulated in 2013). The periods are cut into an even number of blocks of equal length. Every choice of
half of them is once what the best trial is picked on, and the other half what it is judged on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.study.matrix import Floats, return_matrix

METRICS = ("sharpe", "mean")
# Beyond it there are more than 184,756 ways to choose half.
MOST_BLOCKS = 20
# Numbers held at once for one array of splits by trials.
_ROOM = 2_000_000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Overfitting:
    """What becomes of the best trial outside the periods it was best in.

    Attributes
    ----------
    probability
        Share of the splits in which the trial that was best on one half came in the lower half of all trials, the
        middle included, on the other. Near 0.5 for trials that differ by luck alone, near 0 when one of them is really
        better.
    loss
        Share of the splits in which that trial's figure on the other half was below zero.
    slope
        Of the line through its figures, judged over chosen: below zero, the better it looked, the worse it did. NaN
        where they do not vary.
    splits
        One row a split: ``trial`` (the column that was best), ``in_sample`` and ``out_of_sample`` (its figure on
        either half, of one period), ``rank`` (its relative rank on the other half, above 0 for the worst and below 1
        for the best; trials alike share the mean of their ranks), ``logit`` (of that rank; not above 0 in the lower
        half).
    periods, trials, blocks
        What went into it. Periods that do not fill the blocks evenly are left out at the beginning.
    """

    probability: float
    loss: float
    slope: float
    splits: pd.DataFrame
    periods: int
    trials: int
    blocks: int

    def __repr__(self) -> str:
        return (
            f"Overfitting(probability={self.probability:.3f}, loss={self.loss:.3f}, slope={self.slope:.3f}, "
            f"trials={self.trials}, periods={self.periods}, splits={len(self.splits)})"
        )


def overfitting(returns: pd.DataFrame | Floats, *, blocks: int = 16, metric: str = "sharpe") -> Overfitting:
    """Estimate the probability of backtest overfitting of the best trial.

    Every trial must be in it, the poor ones too: what was dropped on the way was tried as well.

    Parameters
    ----------
    returns
        One row a period in order of time, one column a trial, as `trial_returns` gives them; all finite.
    blocks
        Even number of blocks to cut the periods into, 2 to 20; 16 gives 12,870 splits.
    metric
        ``"sharpe"``: mean over standard deviation of the periods' returns, 0 where there was no return at all.
        ``"mean"``: their mean.

    Raises
    ------
    InputError
        When there are fewer than two trials, too few periods for the blocks, or a return that is not finite.

    Examples
    --------
    >>> better = np.array([[0.01, 0.03], [0.00, 0.02], [0.02, 0.03], [0.01, 0.04]])
    >>> overfitting(better, blocks=4, metric="mean")
    Overfitting(probability=0.000, loss=0.000, slope=-1.000, trials=2, periods=4, splits=6)
    """
    names, matrix = return_matrix(returns)
    _check(matrix, blocks, metric)
    length = len(matrix) // blocks
    used = matrix[len(matrix) - length * blocks :].reshape(blocks, length, -1)
    score = _sharpes(used) if metric == "sharpe" else _means(used)
    halves = np.array([one for one in combinations(range(blocks), blocks // 2) if 0 in one])
    room = max(1, _ROOM // matrix.shape[1])
    parts = [_judge(score, halves[first : first + room], blocks) for first in range(0, len(halves), room)]
    best, chosen, judged, rank = (np.concatenate(column, axis=None) for column in zip(*parts, strict=True))
    logit = np.log(rank / (1 - rank))
    splits = pd.DataFrame(
        {"trial": names[best], "in_sample": chosen, "out_of_sample": judged, "rank": rank, "logit": logit}
    )
    return Overfitting(
        probability=float((logit <= 0).mean()),
        loss=float((judged < 0).mean()),
        slope=_slope(chosen, judged),
        splits=splits,
        periods=length * blocks,
        trials=matrix.shape[1],
        blocks=blocks,
    )


Score = Callable[[npt.NDArray[np.int64]], Floats]


def _judge(score: Score, halves: npt.NDArray[np.int64], blocks: int) -> tuple[npt.NDArray[np.generic], ...]:
    """Give best trial, its figures and its relative rank for each half and, turned round, for what is left."""
    rest = np.array([[block for block in range(blocks) if block not in half] for half in halves.tolist()])
    one, other = score(halves), score(rest)
    turns = [_pick(one, other), _pick(other, one)]
    return tuple(np.stack(column, axis=-1) for column in zip(*turns, strict=True))


def _pick(chosen: Floats, judged: Floats) -> tuple[npt.NDArray[np.generic], ...]:
    best, rows = chosen.argmax(axis=1), np.arange(len(chosen))
    value = judged[rows, best][:, None]
    below, alike = (judged < value).sum(axis=1), (judged == value).sum(axis=1)
    return best, chosen[rows, best], value[:, 0], (below + (alike + 1) / 2) / (judged.shape[1] + 1)


def _means(periods: Floats) -> Score:
    """Score a choice of blocks by the mean return."""
    sums = periods.sum(axis=1)
    return lambda chosen: _add(sums, chosen) / (chosen.shape[1] * periods.shape[1])


def _sharpes(periods: Floats) -> Score:
    """Score a choice of blocks by mean over standard deviation, from sums a block that are added up."""
    # sums of what is near zero lose no digits when they are subtracted
    middle = periods.mean(axis=(0, 1))
    apart = periods - middle
    sums, squares = apart.sum(axis=1), (apart**2).sum(axis=1)

    def score(chosen: npt.NDArray[np.int64]) -> Floats:
        count = chosen.shape[1] * periods.shape[1]
        drift = _add(sums, chosen) / count
        variance = (_add(squares, chosen) - drift**2 * count) / (count - 1)
        return sharpe(middle + drift, np.sqrt(np.maximum(variance, 0)))

    return score


def sharpe(mean: Floats, deviation: Floats) -> Floats:
    """Divide means by standard deviations; what does not vary is 0 where it is 0, else infinite.

    >>> sharpe(np.array([0.02, 0.0]), np.array([0.01, 0.0]))
    array([2., 0.])
    """
    still = deviation <= np.abs(mean) * 1e-12
    return np.where(still, np.sign(mean) * np.where(mean == 0, 0, np.inf), mean / np.where(still, 1, deviation))


def _add(table: Floats, chosen: npt.NDArray[np.int64]) -> Floats:
    """Add the rows of a table that each choice names, in one order for all columns: equal columns stay equal."""
    total = table[chosen[:, 0]]
    for place in range(1, chosen.shape[1]):
        total += table[chosen[:, place]]
    return total


def _slope(chosen: Floats, judged: Floats) -> float:
    finite = np.isfinite(chosen) & np.isfinite(judged)
    apart = chosen[finite] - chosen[finite].mean() if finite.any() else np.zeros(0)
    spread = float(apart @ apart)
    return float(apart @ judged[finite]) / spread if spread else float("nan")


def _check(matrix: Floats, blocks: int, metric: str) -> None:
    if metric not in METRICS:
        raise InputError(f"metric is {metric!r}, which okxlab does not know.", "Use 'sharpe' or 'mean'.")
    if matrix.shape[1] < 2:
        raise InputError("One trial alone has nothing to be the best of.", "Give the returns of every trial.")
    if (
        isinstance(blocks, bool)
        or not isinstance(blocks, int | np.integer)
        or blocks % 2
        or not 2 <= blocks <= MOST_BLOCKS
    ):
        raise InputError(f"blocks is {blocks!r}.", f"Give an even number from 2 to {MOST_BLOCKS}.")
    if len(matrix) // blocks * blocks < 4:
        raise InputError(
            f"{len(matrix)} periods do not fill {blocks} blocks with two or more a half.",
            "Give more and shorter periods, or fewer blocks.",
        )
