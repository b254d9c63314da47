"""Longer candles out of shorter ones, exactly, with what is missing in them counted."""

from math import fsum
from typing import Literal

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.model.candles import PRICES, check_candles
from okxlab.model.timeframe import bar_length, openings, timeframe_length


def resample(
    candles: pd.DataFrame, timeframe: str, *, incomplete: Literal["mark", "drop"] = "mark", source: str | None = None
) -> pd.DataFrame:
    """Join candles into longer ones: first open, highest high, lowest low, last close, summed volume.

    Parameters
    ----------
    candles
        See `okxlab.model.check_candles`; every bar opens where a bar of its length does.
    timeframe
        ``5m``, ``1h``, ``4h``, ``1d``, ``1w`` and whatever else divides a day. Bars begin at UTC days, weeks on Monday.
    incomplete
        What becomes of a bar that lacks some of the bars it is made of, at a hole or at either end: ``mark`` keeps it,
        and the column ``missing`` says so; ``drop`` leaves it out, and ``attrs["dropped"]`` counts them.
    source
        The length of the bars handed in, where they are too few to tell it.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC, the opening); ``open``, ``high``, ``low``, ``close`` as they stood; ``volume``, if there
        was one, the float64 nearest the exact sum, NaN where one of them is; ``missing`` (int64), absent bars in it.
        Where no bar at all is there, none is made. Other columns are left out.

    Raises
    ------
    InputError
        For a timeframe that is none, or is no whole number of the bars handed in.
    CandleError
        When the candles cannot be traded over, or a bar opens where none of its length does.

    Examples
    --------
    >>> rising = {"open": [1.0, 2.0, 3.0], "high": [2.0, 3.0, 4.0], "low": 1.0, "close": [2.0, 3.0, 4.0], "volume": 0.1}
    >>> bars = pd.DataFrame(rising, index=pd.to_datetime([0, 60, 240], unit="s", utc=True))
    >>> resample(bars, "5m")[["open", "high", "close", "missing"]].to_dict("records")
    [{'open': 1.0, 'high': 4.0, 'close': 4.0, 'missing': 2}]
    """
    if incomplete not in ("mark", "drop"):
        raise InputError(f"incomplete is {incomplete!r}.", "Choose 'mark' or 'drop'.")
    check_candles(candles)
    times = pd.DatetimeIndex(candles.index)
    short, long = timeframe_length(source) if source else bar_length(times), timeframe_length(timeframe)
    if long % short:
        raise InputError(
            f"A bar of {timeframe} is no whole number of bars of {short.total_seconds():g} s.", "Choose a multiple."
        )
    _check_beat(times, short)
    opening = openings(times, long)
    starts = np.flatnonzero(np.r_[True, opening[1:] != opening[:-1]])
    joined = _joined(candles, starts).set_axis(opening[starts].rename("time"))
    joined["missing"] = long // short - np.diff(np.append(starts, len(times)))
    joined.attrs = dict(candles.attrs)
    if incomplete == "drop":
        kept = joined[joined["missing"] == 0]
        kept.attrs["dropped"] = len(joined) - len(kept)
        return kept
    return joined


def _check_beat(times: pd.DatetimeIndex, bar: pd.Timedelta) -> None:
    off = np.flatnonzero(times != openings(times, bar))
    if off.size:
        raise CandleError(
            f"Candle row {off[0]} ({times[off[0]].isoformat()}) opens where no bar of {bar.total_seconds():g} s does.",
            "Correct its time, then try again.",
        )


def _joined(candles: pd.DataFrame, starts: np.ndarray) -> pd.DataFrame:
    """Join the rows from each start to the next."""
    first, high, low, last = (candles[name].to_numpy(dtype=np.float64) for name in PRICES)
    ends = np.append(starts[1:], len(candles)) - 1
    values = {
        "open": first[starts],
        "high": np.maximum.reduceat(high, starts),
        "low": np.minimum.reduceat(low, starts),
        "close": last[ends],
    }
    if "volume" in candles.columns:
        volume = candles["volume"].to_numpy(dtype=np.float64).tolist()
        # fsum rounds once, so that no order of adding and no processor gives another sum
        sums = [fsum(volume[begin : end + 1]) for begin, end in zip(starts, ends, strict=True)]
        values["volume"] = np.array(sums)
    return pd.DataFrame(values)
