"""Walking forward: choose on the past, judge on what came after, and again.

On every stretch every grid is launched afresh at the first open, with its whole investment, and nothing is sold at the
end. What is chosen is the first with the highest figure; it knows nothing of the test, not even whether it can be
launched there.
"""

from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import InputError
from okxlab.grid.study.matrix import Floats
from okxlab.grid.study.stage import Stage, launch_price
from okxlab.grid.study.trials import Grids
from okxlab.grid.study.windows import Span, Window, windows
from okxlab.model import Instrument, Number


def walk_forward(  # noqa: PLR0913 - what is tried, where it is cut, and how it is played
    candles: pd.DataFrame,
    grids: Grids,
    *,
    train: Span,
    test: Span,
    step: Span | None = None,
    embargo: Span = "0s",
    anchored: bool = False,
    rank: str = "equity_end",
    quantile: float = 0.9,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    progress: bool = True,
) -> pd.DataFrame:
    """Choose the best grid on each training stretch, and play it on the test that follows.

    Parameters
    ----------
    candles, instrument, maker, taker, fill
        As in `backtest`. Contract grids have the candles for their marks, and pay no funding.
    grids
        GridSpecs, a table, or lists that make a product: ``{"below": [5, 10], "above": 10, "grids": [20, 50],
        "investment": 1_000}``. ``below`` and ``above`` are per cent of each launch price; ``low`` and ``high`` prices.
    train, test, step, embargo, anchored
        As in `windows`.
    rank
        The figure to choose by, of which more is better: a column of `sweep`, or ``gain``, the change of equity over
        the investment, which it must be when grids differ in their investment.
    quantile
        The grid at this quantile of the in-sample figures, 0 to 1, is followed beside the best.

    Returns
    -------
    DataFrame
        One row a window: its four edges (UTC); ``trial`` (the best in sample, counted from 0), its ``spec`` in the
        test, ``in_sample`` and ``out_of_sample`` figure, ``gain`` (change of equity over investment in the test, as all
        gains here), ``place`` in the test (1 is the best, NA if it could not be launched) among ``trials``;
        ``median_gain`` of all of them, ``hold_gain`` and ``half_gain`` of the same money all or half in base currency;
        and ``other_trial`` to ``other_place`` of the one at ``quantile``. NaN is what could not be played.

    Raises
    ------
    InputError
        When no window fits, no grid can be played, or ``rank`` is no figure or money of different investments.
    """
    if not 0 <= quantile <= 1:
        raise InputError(f"quantile is {quantile!r}.", "Give a fraction from 0 to 1.")
    stage = Stage.of(grids, candles, instrument, maker=maker, taker=taker, fill=fill)
    cut = windows(candles, train=train, test=test, step=step, embargo=embargo, anchored=anchored)
    rows = [_row(stage, one, candles, (rank, quantile)) for one in tqdm(cut, disable=not progress, unit="window")]
    return pd.DataFrame(rows).astype({"place": "Int64", "other_place": "Int64"})


def _row(stage: Stage, window: Window, candles: pd.DataFrame, choice: tuple[str, float]) -> dict[str, Any]:
    rank, quantile = choice
    test = window.test(candles)
    inside, _ = stage.figures(window.train(candles), rank)
    outside, gains = stage.figures(test, rank)
    if not np.isfinite(inside).any():
        raise InputError(
            f"No grid can be launched on {window.train_start.isoformat()}.", "Backtest one of them there to see why."
        )
    best = int(np.nanargmax(inside))
    spec = stage.trials.spec(best, launch_price(test), stage.instrument)
    return {
        **{name: getattr(window, name) for name in ("train_start", "train_end", "test_start", "test_end")},
        **_followed(best, inside, outside, gains),
        "trials": int(np.isfinite(outside).sum()),
        "spec": spec,
        "median_gain": float(pd.Series(gains).median()),
        **stage.benchmarks(spec, test),
        **{f"other_{name}": value for name, value in _followed(_at(inside, quantile), inside, outside, gains).items()},
    }


def _followed(trial: int, inside: Floats, outside: Floats, gains: Floats) -> dict[str, Any]:
    """Give what one grid came to; of the places the best is 1, and grids alike share the better one."""
    figure = outside[trial]
    return {
        "trial": trial,
        "in_sample": inside[trial],
        "out_of_sample": figure,
        "gain": gains[trial],
        "place": int((outside > figure).sum()) + 1 if np.isfinite(figure) else pd.NA,
    }


def _at(figures: Floats, quantile: float) -> int:
    """Give the grid at a quantile of the figures that are there, the nearest one."""
    order = np.argsort(figures, kind="stable")[: int(np.isfinite(figures).sum())]
    return int(order[round(quantile * (len(order) - 1))])
