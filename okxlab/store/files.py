"""Candle files: Parquet and CSV into a candle frame."""

from pathlib import Path

import pandas as pd

from okxlab.errors import CandleError
from okxlab.model import PRICES, check_candles

_COLUMNS = [*PRICES, "volume"]


def read_candles(
    path: Path | str, *, start: str | pd.Timestamp | None = None, end: str | pd.Timestamp | None = None
) -> pd.DataFrame:
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
        When the file cannot be read, lacks a column, or holds unsorted, duplicated or non-finite rows.
    """
    file = Path(path).expanduser()
    frame = _read(file)
    if "ts" not in frame.columns:
        raise CandleError(
            f"{file.name} has no column 'ts'.",
            f"Name the columns ts, {', '.join(PRICES)} and, if there is one, volume.",
        )
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
    try:
        if pd.api.types.is_numeric_dtype(stamps):
            return pd.DatetimeIndex(pd.to_datetime(stamps, unit="ms", utc=True))
        return pd.DatetimeIndex(pd.to_datetime(stamps, utc=True, format="ISO8601"))
    except (ValueError, TypeError, OverflowError) as error:
        raise CandleError(
            f"The times in {file.name} cannot be read: {error}.", "Give milliseconds or ISO time."
        ) from None


def _between(index: pd.DatetimeIndex, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None) -> slice:
    left = int(index.searchsorted(_moment(start))) if start is not None else 0
    right = int(index.searchsorted(_moment(end))) if end is not None else len(index)
    return slice(left, right)


def _moment(value: str | pd.Timestamp) -> pd.Timestamp:
    moment = pd.Timestamp(value)
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
