"""The columns of a Parquet or CSV file of prices."""

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from okxlab.errors import PaperError

Table = dict[str, Any]
SUFFIXES = (".parquet", ".csv")
FIX = "Correct or remove the row, then start again."


def read_table(path: Path, wanted: Collection[str]) -> Table:
    """Read the wanted columns that are there: numbers as arrays, anything else (times, texts, mixed) as lists.

    Raises
    ------
    PaperError
        The file cannot be read or has a column twice.
    """
    import pyarrow as pa  # noqa: PLC0415 - only a file of prices needs it, and it is slow to import
    import pyarrow.csv as pa_csv  # noqa: PLC0415 - same
    import pyarrow.parquet as pa_parquet  # noqa: PLC0415 - same

    try:
        table = pa_csv.read_csv(path) if path.suffix.lower() == ".csv" else pa_parquet.ParquetFile(path).read()
        names = table.column_names
        found = [name for name in wanted if name in names]
        twice = [name for name in found if names.count(name) > 1]
        if not twice:
            return {name: _values(table[name]) for name in found}
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise PaperError(
            f"The price file {path} cannot be read: {reason.rstrip('.')}.", "Give a Parquet or CSV file of candles."
        ) from None
    raise PaperError(f"{path} has the column {twice[0]!r} twice.", "Rename or drop one of the two.")


def split(table: Table, names: list[str]) -> dict[str, Table]:
    """Cut a table by the name in each row, in the order the names come."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return {name: {key: _taken(values, found) for key, values in table.items()} for name, found in rows.items()}


def floats(values: Any, name: str) -> NDArray[np.float64]:
    """Give a column of numbers as floats; what is missing is not a number.

    Raises
    ------
    PaperError
        Something else stands there.
    """
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    return np.array([_float(value, name, row) for row, value in enumerate(values)], dtype=np.float64)


def refuse(bad: Any, what: str) -> None:
    """Refuse the first row that is bad.

    Raises
    ------
    PaperError
        There is one.
    """
    rows = np.flatnonzero(bad)
    if rows.size:
        raise PaperError(f"Row {int(rows[0])} {what}.", FIX)


def _values(column: Any) -> Any:
    numbers = column.to_numpy()
    return numbers if numbers.dtype.kind in "if" else column.to_pylist()


def _taken(values: Any, rows: list[int]) -> Any:
    return values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows]


def _float(value: Any, name: str, row: int) -> float:
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        raise PaperError(f"Row {row} has the {name} {value!r}, which is not a number.", FIX) from None
