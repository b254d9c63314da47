"""Sharpe ratios that know how many were tried.

Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15 (2), 2012 (the probabilistic Sharpe
ratio), and "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and Non-Normality", Journal
of Portfolio Management 40 (5), 2014.
"""

from math import e, inf, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.study.matrix import Floats, return_matrix

_NORMAL = NormalDist()
_EULER = 0.5772156649015329


def deflated_sharpe(returns: pd.DataFrame | Floats, *, trials: float | None = None) -> pd.DataFrame:
    """Give each trial the probability that it is worth more than the best of so many trials worth nothing.

    Parameters
    ----------
    returns
        One row a period in order of time, one column a trial, as `trial_returns` gives them; all finite. Every trial
        must be in it, the poor ones too: what was dropped on the way was tried as well.
    trials
        How many independent trials they amount to; without it `independent_trials`.

    Returns
    -------
    DataFrame
        One row a trial, indexed by the columns' names, in their order: ``sharpe`` (of one period, not annualised),
        ``skew`` and ``kurtosis`` (3 for the normal distribution) of its returns, ``probabilistic`` (probability that
        its true Sharpe ratio is above 0), ``deflated`` (probability that it is above the hurdle; 0.95 and more is hard
        to put down to luck), ``hurdle`` (the best Sharpe ratio to expect of trials worth nothing) and ``trials`` (how
        many independent ones were reckoned with), the same in all rows. NaN where a trial's returns do not vary; it
        does not count as tried.

    Raises
    ------
    InputError
        When there are fewer than three periods, a return is not finite, or ``trials`` is below 1.

    Examples
    --------
    >>> noise = np.random.default_rng(5).normal(size=(250, 40))
    >>> noise[:, 7] += 0.35
    >>> deflated_sharpe(noise)["deflated"].nlargest(2).round(2).to_dict()
    {7: 1.0, 22: 0.33}
    """
    if trials is not None and not 1 <= trials < inf:
        raise InputError(f"trials is {trials!r}.", "Give how many were tried, 1 or more.")
    names, matrix = return_matrix(returns)
    periods = len(matrix)
    if periods < 3:
        raise InputError(f"{periods} periods tell nothing about the shape of returns.", "Give more, shorter periods.")
    table = pd.DataFrame(_moments(matrix), index=names)
    varying = table["sharpe"].dropna()
    count = independent_trials(returns) if trials is None else float(trials)
    hurdle = expected_best(float(varying.var()) if len(varying) > 1 else 0.0, count)
    shapes = [*zip(*(table[name] for name in ("sharpe", "skew", "kurtosis")), strict=True)]
    for name, bar in (("probabilistic", 0.0), ("deflated", hurdle)):
        table[name] = [
            probabilistic_sharpe(one, periods, skew=skew, kurtosis=kurtosis, hurdle=bar)
            for one, skew, kurtosis in shapes
        ]
    return table.assign(hurdle=hurdle, trials=count)


def probabilistic_sharpe(
    sharpe: float, periods: int, *, skew: float = 0.0, kurtosis: float = 3.0, hurdle: float = 0.0
) -> float:
    """Give the probability that a true Sharpe ratio is above ``hurdle``, all of one period; NaN for a NaN.

    Examples
    --------
    The example of the paper of 2014: 2.5 a year over five years of daily returns, the best of 100 trials.

    >>> hurdle = expected_best(0.5 / 250, 100)
    >>> round(hurdle, 4), round(probabilistic_sharpe(2.5 / sqrt(250), 1250, skew=-3, kurtosis=10, hurdle=hurdle), 4)
    (0.1132, 0.9004)
    """
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    # Pearson: kurtosis is at least 1 + skew², so that this is a square at least; rounding may put it below zero.
    return _NORMAL.cdf((sharpe - hurdle) * sqrt((periods - 1) / max(spread, 1e-300)))


def expected_best(variance: float, trials: float) -> float:
    """Give the best Sharpe ratio to expect of independent trials whose true ones are 0.

    Parameters
    ----------
    variance
        Of the trials' Sharpe ratios among each other.
    trials
        How many; it need not be whole. 0 for one, where there is nothing to choose from.

    Examples
    --------
    >>> round(expected_best(1.0, 10), 3), expected_best(1.0, 1)
    (1.575, 0.0)
    """
    if trials <= 1:
        return 0.0
    first, second = (_NORMAL.inv_cdf(1 - 1 / many) for many in (trials, trials * e))
    return sqrt(variance) * max(0.0, (1 - _EULER) * first + _EULER * second)


def independent_trials(returns: pd.DataFrame | Floats) -> float:
    """Give how many independent trials these amount to: ``r + (1 - r) n``, where r is their mean correlation.

    Grids beside each other earn and lose together, so that a thousand of them are far from a thousand tries. Trials
    whose returns do not vary do not count; a mean correlation below 0 counts as 0.

    Examples
    --------
    >>> round(independent_trials(np.array([[0.1, 0.1], [0.2, 0.2], [0.0, 0.0]])), 6)
    1.0
    """
    _, matrix = return_matrix(returns)
    apart = matrix - matrix.mean(axis=0)
    size = np.sqrt((apart**2).sum(axis=0))
    kept = _varies(matrix)
    number = int(kept.sum())
    if number < 2:
        return float(number)
    together = float(((apart[:, kept] / size[kept]).sum(axis=1) ** 2).sum())
    mean = min(1.0, max(0.0, (together - number) / (number * (number - 1))))
    return mean + (1 - mean) * number


def _moments(matrix: Floats) -> dict[str, Floats]:
    """Give Sharpe ratio, skew and kurtosis of each column, NaN where it does not vary."""
    middle = matrix.mean(axis=0)
    apart = np.where(_varies(matrix), matrix - middle, np.nan)
    second = (apart**2).mean(axis=0)
    return {
        "sharpe": middle / np.sqrt(second * len(matrix) / (len(matrix) - 1)),
        "skew": (apart**3).mean(axis=0) / second**1.5,
        "kurtosis": (apart**4).mean(axis=0) / second**2,
    }


def _varies(matrix: Floats) -> np.ndarray:
    return np.asarray(np.ptp(matrix, axis=0) > 0)
