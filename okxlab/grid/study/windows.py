"""Where candles are cut: what a grid is chosen on, and what it is judged on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from okxlab.errors import InputError
from okxlab.model import Moment, bar_length, check_candles, utc_moment

Span = str | timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Window:
    """Two stretches of time, one to choose on and a later one to judge on; each holds its start and not its end.

    Attributes
    ----------
    train_start, train_end, test_start, test_end
        UTC. What lies between ``train_end`` and ``test_start`` is the embargo: neither side sees it.
    """

    train_start: pd.Timestamp
    train_end: pd.Timestamp
    test_start: pd.Timestamp
    test_end: pd.Timestamp

    def train(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Give the candles to choose on, those that open in the first stretch."""
        return between(candles, self.train_start, self.train_end)

    def test(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Give the candles to judge on, those that open in the second stretch."""
        return between(candles, self.test_start, self.test_end)


def split(candles: pd.DataFrame, *, at: Moment | None = None, test: Span | None = None, embargo: Span = "0s") -> Window:
    """Cut candles once in time: everything before is for choosing, everything after for judging.

    Parameters
    ----------
    candles
        See `okxlab.model.check_candles`; at least two.
    at, test
        Where judging begins, or how long it lasts up to the end of the last candle. One of the two.
    embargo
        Stretch before it that is left out of choosing.

    Raises
    ------
    InputError
        When one side holds no candle, or a stretch cannot be read.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0},
    ...     index=pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC"))
    >>> window = split(bars, test="12h", embargo="2h")
    >>> len(window.train(bars)), len(window.test(bars)), window.test_start.isoformat()
    (34, 12, '2024-01-02T12:00:00+00:00')
    """
    if (at is None) == (test is None):
        raise InputError("A split needs a moment or a length.", "Give one of at= and test=.")
    begin, end = reach(candles)
    start = utc_moment(at, "at") if at is not None else end - length(test, "test")
    window = Window(begin, start - length(embargo, "embargo", least=timedelta(0)), start, end)
    if not _holds(window, candles):
        raise InputError(
            f"Judging from {start.isoformat()} leaves one side of {begin.isoformat()} to {end.isoformat()} empty.",
            "Choose a moment between them, with candles on both sides.",
        )
    return window


def windows(
    candles: pd.DataFrame,
    *,
    train: Span,
    test: Span,
    step: Span | None = None,
    embargo: Span = "0s",
    anchored: bool = False,
) -> list[Window]:
    """Cut candles into windows that walk forward in time, each to choose on and then to judge on.

    The first window begins with the first candle, and time counts, not rows: a hole in the candles makes a stretch
    poorer, it does not stretch it. A last window that the candles do not fill is left out, and so is one that holds no
    candle on one of its sides.

    Parameters
    ----------
    candles
        See `okxlab.model.check_candles`; at least two.
    train, test
        Length of the two stretches, ``"90d"``, ``"12h"`` or a timedelta. With ``anchored`` ``train`` is the first one.
    step
        From one window to the next; without it ``test``, so that the tests join and do not overlap.
    embargo
        Stretch between choosing and judging that neither sees.
    anchored
        Choose on everything from the first candle on, instead of on the latest ``train``.

    Raises
    ------
    InputError
        When not a single window fits, or a stretch cannot be read.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0},
    ...     index=pd.date_range("2024-01-01", periods=10, freq="D", tz="UTC"))
    >>> [(one.train_start.day, one.train_end.day, one.test_end.day) for one in windows(bars, train="4d", test="2d")]
    [(1, 5, 7), (3, 7, 9), (5, 9, 11)]
    """
    begin, end = reach(candles)
    lengths = length(train, "train"), length(embargo, "embargo", least=timedelta(0)), length(test, "test")
    stride = length(step, "step") if step is not None else lengths[2]
    made = [one for one in _walk(begin, end, lengths, stride, anchored=anchored) if _holds(one, candles)]
    if not made:
        raise InputError(
            f"The candles reach over {end - begin}, and a window takes {sum(lengths, timedelta(0))}.",
            "Give shorter stretches, or more candles.",
        )
    return made


def reach(candles: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Give the opening of the first candle and the end of the last."""
    times = pd.DatetimeIndex(check_candles(candles).index).tz_convert("UTC")
    return times[0], times[-1] + bar_length(times)


def between(candles: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Give the candles that open from ``start`` on and before ``end``."""
    first, last = candles.index.searchsorted([start, end])
    return candles.iloc[first:last]


def length(value: Span | None, name: str, *, least: timedelta = timedelta(seconds=1)) -> timedelta:
    """Read a stretch of time: ``"90d"``, ``"12h"``, or a timedelta.

    Raises
    ------
    InputError
        When it is neither, or shorter than ``least``.

    Examples
    --------
    >>> length("12h", "train")
    datetime.timedelta(seconds=43200)
    """
    match = re.fullmatch(r"(\d{1,9})([smhdw])", value) if isinstance(value, str) else None
    found = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else value
    if not isinstance(found, timedelta):
        raise InputError(f"{name} is {value!r}, which is no length of time.", "Write it as 90d, 12h or a timedelta.")
    if found < least:
        raise InputError(f"{name} is {value!r}, which is too short.", f"Give at least {least.total_seconds():g} s.")
    return found


def _walk(
    begin: pd.Timestamp,
    end: pd.Timestamp,
    lengths: tuple[timedelta, timedelta, timedelta],
    stride: timedelta,
    *,
    anchored: bool,
) -> Iterator[Window]:
    train, embargo, test = lengths
    start = begin + train + embargo
    while start + test <= end:
        chosen = start - embargo
        yield Window(begin if anchored else chosen - train, chosen, start, start + test)
        start += stride


def _holds(window: Window, candles: pd.DataFrame) -> bool:
    """Tell whether both sides hold a candle."""
    return len(window.train(candles)) > 0 and len(window.test(candles)) > 0
