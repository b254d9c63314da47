"""Candle files: Parquet, CSV and Feather into a candle frame."""

from pathlib import Path

import pandas as pd

from okxlab.model import PRICES, Moment, check_candles, utc_moment
from okxlab.store.table import read_table, write_table

_COLUMNS = [*PRICES, "volume"]


def read_candles(path: Path | str, *, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
    """Read candles from a Parquet, CSV or Feather file.

    Parameters
    ----------
    path
        A file with ``ts`` (milliseconds since 1970 UTC, or ISO time; the bar's opening; ``date`` and ``time`` serve as
        well), ``open``, ``high``, ``low``, ``close`` and, if it has it, ``volume``.
    start, end
        The span to keep, ``start <= time < end``; a date without a zone is UTC.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC), float64 columns; see `okxlab.model.check_candles`.

    Raises
    ------
    CandleError
        When the file cannot be read, lacks a column, or holds unsorted, duplicated or non-finite rows, or times outside
        2009 to 2100.
    InputError
        When ``start`` or ``end`` is no date.
    """
    frame = read_table(path)
    frame = frame[[name for name in _COLUMNS if name in frame.columns]]
    check_candles(frame)
    kept = frame.iloc[_between(pd.DatetimeIndex(frame.index), start, end)].astype("float64")
    return check_candles(kept)


def write_candles(candles: pd.DataFrame, path: Path | str) -> Path:
    """Write a candle frame as Parquet with ``ts`` in milliseconds, and give the path."""
    return write_table(candles[[name for name in _COLUMNS if name in candles.columns]], Path(path))


def _between(index: pd.DatetimeIndex, start: Moment | None, end: Moment | None) -> slice:
    left = int(index.searchsorted(utc_moment(start, "start"))) if start is not None else 0
    right = int(index.searchsorted(utc_moment(end, "end"))) if end is not None else len(index)
    return slice(left, right)
