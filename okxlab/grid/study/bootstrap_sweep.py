"""Many grids over many paths that could have been: how they come out, and not only where they came out once."""

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from okxlab.grid.study.bootstrap import bootstrap_paths
from okxlab.grid.study.matrix import Floats
from okxlab.grid.study.stage import Stage
from okxlab.grid.study.trials import Grids
from okxlab.grid.study.windows import Span
from okxlab.model import Instrument, Number

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def bootstrap_sweep(  # noqa: PLR0913 - what is tried, on which paths, and how it is played
    candles: pd.DataFrame,
    grids: Grids,
    *,
    paths: int = 100,
    block: Span = "1d",
    bars: int | None = None,
    method: str = "stationary",
    seed: int = 0,
    rank: str = "equity_end",
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    progress: bool = True,
) -> pd.DataFrame:
    """Play every grid on every one of many bootstrapped paths.

    Parameters
    ----------
    candles, paths, block, bars, method, seed
        As in `bootstrap_paths`; every path starts at the first open.
    grids, rank
        As in `walk_forward`.
    instrument, maker, taker, fill
        As in `backtest`.

    Returns
    -------
    DataFrame
        One row a grid, in order: ``mean``, ``std``, ``q05``, ``q25``, ``median``, ``q75`` and ``q95`` of its figure
        over the paths; ``loss`` (share of paths that lost money), ``beats_hold`` (share on which it earned more than
        the same money all in base currency, fee paid, lots not rounded), ``best`` (share on which no grid had a higher
        figure) and ``place`` (mean place, 1 is the best, grids alike share the better one). NaN for a grid that cannot
        be made.
    """
    stage = Stage.of(grids, candles, instrument, maker=maker, taker=taker, fill=fill)
    made = bootstrap_paths(
        candles, paths=paths, block=block, bars=bars, method=method, seed=seed, instrument=stage.instrument
    )
    played = [
        (*stage.figures(path, rank), _held(path, float(taker)))
        for path in tqdm(made, total=paths, disable=not progress, unit="path")
    ]
    figures, gains, held = (np.array(column) for column in zip(*played, strict=True))
    return _distribution(figures, gains, held)


def _held(path: pd.DataFrame, taker: float) -> float:
    return float(path["close"].iloc[-1] / path["open"].iloc[0] * (1 - taker) - 1)


def _distribution(figures: Floats, gains: Floats, held: Floats) -> pd.DataFrame:
    """Give the columns, of arrays of shape (paths, grids)."""
    frame = pd.DataFrame(figures)
    places = frame.rank(axis=1, method="min", ascending=False)
    made = frame.notna().all()
    columns = {"mean": frame.mean(), "std": frame.std()}
    columns |= {name: frame.quantile(share) for name, share in QUANTILES.items()}
    columns |= {
        "loss": pd.Series((gains < 0).mean(axis=0)).where(made),
        "beats_hold": pd.Series((gains > held[:, None]).mean(axis=0)).where(made),
        "best": (places == 1).mean().where(made),
        "place": places.mean(),
    }
    return pd.DataFrame(columns)
