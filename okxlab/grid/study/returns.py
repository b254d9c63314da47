"""What each of many grids earned, period by period: what the statistics of luck are made from."""

from datetime import timedelta
from typing import Literal

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import InputError
from okxlab.grid.study.matrix import Floats
from okxlab.grid.study.stage import Stage
from okxlab.grid.study.trials import Grids
from okxlab.grid.study.windows import Span, between, length, reach
from okxlab.model import Instrument, Number


def trial_returns(  # noqa: PLR0913 - what is tried, how it is cut, and how it is played
    candles: pd.DataFrame,
    grids: Grids,
    *,
    every: Span = "1d",
    launch: Literal["each", "once"] = "each",
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    progress: bool = True,
) -> pd.DataFrame:
    """Give the return of every grid in every period, for `overfitting` and `deflated_sharpe`.

    Parameters
    ----------
    candles, instrument, maker, taker, fill
        As in `backtest`.
    grids
        As in `walk_forward`.
    every
        Length of a period. A last one that the candles do not fill is left out, and so is one without candles.
    launch
        ``"each"``: afresh at the first open of each period, with the whole investment; the return is the change of
        equity over the investment. ``"once"``: at the first open of all; the return is the change of equity over the
        equity before, 0 after that was lost whole. That plays the candles again from the first one for each period.

    Returns
    -------
    DataFrame
        One row a period, indexed by its beginning (UTC), one column a grid, counted from 0. A column of a grid that
        cannot be made somewhere has NaN there.

    Raises
    ------
    InputError
        When no whole period fits.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [100.0, 95.0], "high": 106.0, "low": 94.0, "close": [95.0, 100.0]},
    ...     index=pd.date_range("2024-01-01", periods=2, freq="D", tz="UTC"))
    >>> coin = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> tried = {"below": 10, "above": [10, 20], "grids": 4, "investment": 1_000}
    >>> trial_returns(bars, tried, instrument=coin, progress=False).round(4).to_numpy().tolist()
    [[-0.0015, -0.014], [0.0378, 0.0266]]
    """
    if launch not in ("each", "once"):
        raise InputError(f"launch is {launch!r}, which okxlab does not know.", "Use 'each' or 'once'.")
    stage = Stage.of(grids, candles, instrument, maker=maker, taker=taker, fill=fill)
    step = length(every, "every")
    kept, begin = _periods(candles, step), candles.index[0]
    gains = [
        stage.figures(between(candles, begin if launch == "once" else one, one + step), "gain")[1]
        for one in tqdm(kept, disable=not progress, unit="period")
    ]
    worth = 1 + np.array(gains)
    if launch == "once":
        worth[1:] = _over(worth[1:], worth[:-1])
    return pd.DataFrame(worth - 1, index=pd.DatetimeIndex(kept, name="period"))


def _over(worth: Floats, before: Floats) -> Floats:
    """Divide worth by the worth before; what was lost whole earns and loses nothing more."""
    return np.divide(worth, before, out=np.where(before == 0, 1.0, np.nan), where=before != 0)


def _periods(candles: pd.DataFrame, step: timedelta) -> list[pd.Timestamp]:
    """Give where the whole periods with candles in them begin."""
    begin, end = reach(candles)
    starts = [begin + step * number for number in range((end - begin) // step)]
    kept = [one for one in starts if len(between(candles, one, one + step))]
    if not kept:
        raise InputError(f"The candles reach over {end - begin}, less than one period of {step}.", "Give more of them.")
    return kept
