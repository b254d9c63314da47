"""Tables in single files: CSV, Parquet and Feather, with the time of each row read as UTC or refused."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError

TIME_COLUMNS = ("ts", "date", "time")
_FIRST, _END = pd.Timestamp("2009-01-01", tz="UTC"), pd.Timestamp("2101-01-01", tz="UTC")


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a file with its times as index ``time`` (UTC); the other columns as they stand.

    Raises
    ------
    CandleError
        When the file is not there, cannot be read, is empty, has none of the columns ``ts``, ``date`` and ``time``, or
        times outside 2009 to 2100.
    """
    file = Path(path).expanduser()
    frame = _read(file)
    name = next((name for name in TIME_COLUMNS if name in frame.columns), None)
    if name is None:
        raise CandleError(
            f"{file.name} has no column 'ts'.",
            "Name the times ts (milliseconds since 1970 UTC, or ISO time), date or time.",
        )
    if frame.empty:
        raise CandleError(f"There are no candles in {file.name}.", "Give a file with at least one row.")
    return frame.set_index(_times(frame[name], file)).drop(columns=name).rename_axis("time")


def write_table(frame: pd.DataFrame, path: Path | str) -> Path:
    """Write a frame by the ending of the file's name, and give the path.

    ``.csv`` and ``.parquet`` get the index as ``ts`` (int64, milliseconds since 1970 UTC), ``.feather`` as ``date``.

    Raises
    ------
    InputError
        For another ending, or when the file cannot be written.
    """
    file = Path(path).expanduser()
    if file.suffix not in {".csv", ".parquet", ".feather"}:
        raise InputError(f"{file.name} does not say what to write.", "End it in .csv, .parquet or .feather.")
    target = file.resolve()
    fresh = target.with_name(f"{target.name}.new")  # a file that is there gives way only to a whole one
    try:
        _write(frame, fresh, file.suffix)
        fresh.replace(target)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise InputError(f"{file} cannot be written: {error}.", "Choose a place you may write to.") from None
    return file


def _write(frame: pd.DataFrame, file: Path, suffix: str) -> None:
    times = pd.DatetimeIndex(frame.index).as_unit("ms")
    plain = frame.reset_index(drop=True)
    plain.attrs = {}  # pandas would write them down too, and cannot write an instrument
    if suffix == ".feather":
        plain.insert(0, "date", times)
        plain.to_feather(file)
        return
    plain.insert(0, "ts", times.asi8)
    plain.to_csv(file, index=False) if suffix == ".csv" else plain.to_parquet(file, index=False)


def _read(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise CandleError(f"There is no file {file}.", "Check the path.")
    try:
        if file.suffix.lower() == ".csv":
            return pd.read_csv(file)
        return pd.read_feather(file) if file.suffix.lower() == ".feather" else pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise CandleError(
            f"{file.name} cannot be read as a table: {error}.", "Give a Parquet, Feather or CSV file."
        ) from None


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
    if pd.api.types.is_datetime64_any_dtype(stamps):
        return pd.to_datetime(stamps, utc=True)
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
            f"The {stamps.name} of row {row} in {file.name} is {stamps.iloc[row]}, which is no time from 2009 to 2100.",
            "Give milliseconds since 1970 or ISO time.",
        )
