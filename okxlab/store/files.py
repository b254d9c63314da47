"""Candle files: Parquet and CSV into a candle frame."""

from pathlib import Path

import numpy as np
import pandas as pd

from okxlab.errors import CandleError
from okxlab.model import PRICES, Moment, check_candles, utc_moment

_COLUMNS = [*PRICES, "volume"]
_FIRST, _END = pd.Timestamp("2009-01-01", tz="UTC"), pd.Timestamp("2101-01-01", tz="UTC")


def read_candles(path: Path | str, *, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
    """Read candles from a Parquet or CSV file.

    Parameters
    ----------
    path
        A file with ``ts`` (milliseconds since 1970 UTC, or ISO time; the bar's opening), ``open``, ``high``, ``low``,
        ``close`` and, if it has it, ``volume``.
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
    file = Path(path).expanduser()
    frame = _read(file)
    if "ts" not in frame.columns:
        raise CandleError(
            f"{file.name} has no column 'ts'.",
            f"Name the columns ts, {', '.join(PRICES)} and, if there is one, volume.",
        )
    if frame.empty:
        raise CandleError(f"There are no candles in {file.name}.", "Give a file with at least one row.")
    frame = frame.set_index(_times(frame["ts"], file)).drop(columns="ts").rename_axis("time")
    frame = frame[[name for name in _COLUMNS if name in frame.columns]]
    check_candles(frame)
    kept = frame.iloc[_between(pd.DatetimeIndex(frame.index), start, end)].astype("float64")
    return check_candles(kept)


def write_candles(candles: pd.DataFrame, path: Path | str) -> Path:
    """Write a candle frame as Parquet with ``ts`` in milliseconds, and give the path."""
    file = Path(path)
    columns = [name for name in _COLUMNS if name in candles.columns]
    stamps = pd.DatetimeIndex(candles.index).as_unit("ms").asi8
    pd.DataFrame({"ts": stamps} | {name: candles[name].to_numpy() for name in columns}).to_parquet(file, index=False)
    return file


def _read(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise CandleError(f"There is no file {file}.", "Check the path.")
    try:
        if file.suffix.lower() == ".csv":
            return pd.read_csv(file)
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise CandleError(f"{file.name} cannot be read as candles: {error}.", "Give a Parquet or CSV file.") from None


def _times(stamps: pd.Series, file: Path) -> pd.DatetimeIndex:
    numeric = pd.api.types.is_numeric_dtype(stamps)
    try:
        times = pd.to_datetime(stamps, utc=True, unit="ms") if numeric else _written(stamps)
    except (ValueError, TypeError, OverflowError) as error:
        raise CandleError(
            f"The times in {file.name} cannot be read: {error}.", "Give milliseconds since 1970 or ISO time."
        ) from None
    index = pd.DatetimeIndex(times)
    _check_era(index, stamps, file)
    return index


def _written(stamps: pd.Series) -> pd.Series:
    # a column of objects may hold numbers beyond any time, which pandas would only warn of
    texts = stamps.astype(str) if stamps.dtype == object else stamps
    return pd.to_datetime(texts, utc=True, format="ISO8601")


def _check_era(index: pd.DatetimeIndex, stamps: pd.Series, file: Path) -> None:
    """Refuse times that no market has: seconds or nanoseconds taken for milliseconds, or none at all."""
    # NaT compares as false, and so counts as outside
    bad = np.flatnonzero(~((index >= _FIRST) & (index < _END)))
    if bad.size:
        row = int(bad[0])
        raise CandleError(
            f"The ts of row {row} in {file.name} is {stamps.iloc[row]}, which is no time from 2009 to 2100.",
            "Give milliseconds since 1970 or ISO time.",
        )


def _between(index: pd.DatetimeIndex, start: Moment | None, end: Moment | None) -> slice:
    left = int(index.searchsorted(utc_moment(start, "start"))) if start is not None else 0
    right = int(index.searchsorted(utc_moment(end, "end"))) if end is not None else len(index)
    return slice(left, right)
