"""How long a bar is, by its name, and where bars of that length open."""

import re

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(days=7)
_EPOCH = pd.Timestamp(0, tz="UTC")
_FIRST_MONDAY = pd.Timestamp("1970-01-05", tz="UTC")


def timeframe_length(timeframe: str) -> pd.Timedelta:
    """Give the length of a bar: ``1s``, ``5m``, ``4h``, ``1d``, ``1w``.

    Raises
    ------
    InputError
        When it is no length, or does not divide a day (a week apart).

    Examples
    --------
    >>> timeframe_length("5m")
    Timedelta('0 days 00:05:00')
    """
    match = re.fullmatch(r"([1-9]\d{0,5})([smhdw])", timeframe) if isinstance(timeframe, str) else None
    length = pd.Timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else pd.Timedelta(0)
    if not length or (_DAY % length and length != _WEEK):
        raise InputError(f"There is no bar {timeframe!r}.", "Use what divides a day, such as 5m, 1h or 1d, or 1w.")
    return length


def openings(times: pd.DatetimeIndex, length: pd.Timedelta) -> pd.DatetimeIndex:
    """Give the opening of the bar that each time lies in: bars begin at UTC days, weeks on Monday.

    Examples
    --------
    >>> openings(pd.DatetimeIndex(["2024-01-03 10:20"], tz="UTC"), pd.Timedelta(days=7))[0].isoformat()
    '2024-01-01T00:00:00+00:00'
    """
    origin = _FIRST_MONDAY if length == _WEEK else _EPOCH
    return (times - (times - origin) % length).as_unit(times.unit)


def bar_length(times: pd.DatetimeIndex) -> pd.Timedelta:
    """Give the length of a bar: the most frequent distance between neighbours, the shortest of several.

    Raises
    ------
    CandleError
        When there are fewer than two bars, or none stands after another.

    Examples
    --------
    >>> bar_length(pd.date_range("2024-01-01", periods=3, freq="5min", tz="UTC"))
    Timedelta('0 days 00:05:00')
    """
    steps, counts = np.unique(np.diff(times.as_unit("ms").asi8), return_counts=True)
    forward = steps > 0
    if not forward.any():
        raise CandleError("One bar alone does not tell its length.", "Name its length, or give two bars in order.")
    return pd.Timedelta(int(steps[forward][counts[forward].argmax()]), unit="ms")
