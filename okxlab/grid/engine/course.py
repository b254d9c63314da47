"""The course a grid is played on: candles and conditions as whole numbers."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import CandleError
from okxlab.grid.conditions import Conditions
from okxlab.grid.kernels import Flags, Ints, layout
from okxlab.grid.path import half_ticks
from okxlab.model import Instrument

VOLUME = "volume"


def rows(path: Ints, low_first: Flags, candles: pd.DataFrame, instrument: Instrument, conditions: Conditions) -> Ints:
    """Give the engine's candles: path, nearer extreme, volume and arrivals in one table of int64."""
    table = np.empty((len(candles), layout.CANDLE), dtype=np.int64)
    table[:, :4] = path
    table[:, layout.LOW_FIRST] = low_first
    table[:, [layout.SHARE, layout.QUEUED]] = obtainable(candles, instrument, conditions)
    table[:, layout.ARRIVES] = arrivals(candles, conditions.latency)
    return table


def obtainable(candles: pd.DataFrame, instrument: Instrument, conditions: Conditions) -> Ints:
    """Give the lots an order can have of each candle, int64 (rows, 2): if all trades beyond its price, or all at it.

    The first is ``participation`` of the volume, the second ``queue`` of that; both rounded down. A volume that is NaN
    counts as none.

    Raises
    ------
    CandleError
        When there is no volume, or one that is negative or infinite.
    """
    if conditions.fill != "volume":
        return np.zeros((1, 2), dtype=np.int64)
    if VOLUME not in candles.columns:
        raise CandleError("The candles have no column 'volume'.", "fill='volume' needs it, in base currency.")
    traded = candles[VOLUME].to_numpy(dtype=np.float64)
    bad = np.flatnonzero((traded < 0) | np.isinf(traded))
    if bad.size:
        raise CandleError(f"Candle row {bad[0]} has a volume of {traded[bad[0]]}.", "Remove or correct the row.")
    lots = half_ticks(np.nan_to_num(traded), instrument.lot) // 2
    beyond = _portion(lots, conditions.participation)
    return np.column_stack([beyond, _portion(beyond, conditions.queue)])


def arrivals(candles: pd.DataFrame, latency: int | timedelta) -> Ints:
    """Give for each row the first row in which an order placed in it is in the book; without latency the same row."""
    rows = np.arange(len(candles), dtype=np.int64)
    if not isinstance(latency, timedelta):
        return rows + latency
    if not latency:
        return rows
    times = pd.DatetimeIndex(candles.index)
    return times.searchsorted(times + latency).astype(np.int64)


def _portion(lots: Ints, share: Decimal) -> Ints:
    """Give ``floor(lots * share)`` without a product that could overflow."""
    part, whole = share.as_integer_ratio()
    return lots // whole * part + lots % whole * part // whole
