"""Rows of a series as plain arrays: taken from a frame, laid over one another, given as a frame."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okxlab.errors import CandleError, InputError
from okxlab.store.series import Series, moments

Column = NDArray[Any]  # float64; int64 for ids; bool for sides, true where the taker bought


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows sorted by key: ``ts`` in milliseconds since 1970 UTC, and columns of the same length."""

    ts: NDArray[np.int64]
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, rows: slice | NDArray[Any]) -> "Rows":
        """Give some of the rows."""
        return Rows(self.ts[rows], {name: values[rows] for name, values in self.columns.items()})

    def between(self, start: int | None, end: int | None) -> "Rows":
        """Give the rows with ``start <= ts < end``."""
        left = 0 if start is None else int(np.searchsorted(self.ts, start))
        right = len(self) if end is None else int(np.searchsorted(self.ts, end))
        return self if (left, right) == (0, len(self)) else self.take(slice(left, right))

    def parts(self, unit: str) -> Iterator[tuple[str, "Rows"]]:
        """Give the rows of each month or day (numpy's letter), with its name."""
        spans = self.ts.view("datetime64[ms]").astype(f"datetime64[{unit}]")
        starts = [0, *(np.flatnonzero(np.diff(spans)) + 1).tolist(), len(self)]
        for left, right in pairwise(starts):
            if left < right:
                yield str(spans[left]), self.take(slice(left, right))

    def second(self) -> NDArray[np.int64] | None:
        """Give what tells rows of one time apart: the id, or the place among them; None for rows of columns alone."""
        if "id" in self.columns:
            return self.columns["id"]
        if "side" not in self.columns:
            return None
        place = np.arange(len(self))
        new = np.r_[True, np.diff(self.ts) != 0]
        return place - np.maximum.accumulate(np.where(new, place, 0))


@dataclass(frozen=True, slots=True)
class Merged:
    """What rows laid over older ones come to, and how many were new, other, or the same."""

    rows: Rows
    added: int
    replaced: int
    unchanged: int


def merge(old: Rows, new: Rows) -> Merged:
    """Lay rows over older ones: the new row stands where keys are equal, in every column that it has."""
    names = [*old.columns, *(name for name in new.columns if name not in old.columns)]
    ts = np.r_[old.ts, new.ts]
    second = None if (first := old.second()) is None else np.r_[first, _known(new.second())]
    order = np.argsort(ts, kind="stable") if second is None else np.lexsort((second, ts))
    twice = np.diff(ts[order]) == 0
    if second is not None:
        twice &= np.diff(second[order]) == 0
    older, newer = order[:-1][twice], order[1:][twice]
    columns, same = {}, np.ones(len(older), dtype=bool)
    for name in names:
        values = np.r_[_column(old, name), _column(new, name)]
        if name not in new.columns:
            values[newer] = values[older]
        same &= _bits(values[older]) == _bits(values[newer])
        columns[name] = values
    kept = order[np.r_[~twice, True]]
    rows = Rows(ts[kept], {name: values[kept] for name, values in columns.items()})
    return Merged(rows, len(new) - len(newer), int((~same).sum()), int(same.sum()))


def joined(series: Series, parts: Sequence[Rows], present: Collection[str] = ()) -> Rows:
    """Put rows of following files together; a column that one of them lacks, and others have, is NaN there."""
    names = [*series.columns, *(name for name in series.extra if name in present)]
    if len(parts) == 1 and len(parts[0].columns) == len(names):
        return parts[0]
    parts = [nothing(names), *parts]
    columns = {name: np.concatenate([_column(part, name) for part in parts]) for name in names}
    return Rows(np.concatenate([part.ts for part in parts]), columns)


def nothing(names: Iterable[str]) -> Rows:
    """Give no row, of some columns."""
    kinds = {"side": bool, "id": np.int64}
    return Rows(np.array([], np.int64), {name: np.array([], kinds.get(name, np.float64)) for name in names})


def to_frame(rows: Rows) -> pd.DataFrame:
    """Give rows as a frame: index ``time`` (UTC), columns in order."""
    values = {name: _sides(v) if v.dtype == bool else v for name, v in rows.columns.items()}
    return pd.DataFrame(values, index=moments(rows.ts).rename("time"), copy=False)


def from_frame(series: Series, frame: pd.DataFrame) -> Rows:
    """Take the rows out of a frame, or say why they are none of this series.

    Raises
    ------
    InputError
        When it is no frame with a UTC index and the series' columns; a `CandleError` names the row at fault.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"Rows of {series} are a {type(frame).__name__}, not a DataFrame.", "Give a DataFrame.")
    if frame.empty:
        return nothing(series.columns)
    ts = _stamps(series, frame.index)
    twice = frame.columns.duplicated()
    known = (*series.columns, *series.extra)
    strange = [str(name) for name, again in zip(frame.columns, twice, strict=True) if again or name not in known]
    absent = [name for name in series.columns if name not in frame.columns]
    if strange or absent:
        what = f"lacks the column {absent[0]!r}" if absent else f"has a column too many, {strange[0]!r}"
        may = f" and may have {', '.join(series.extra)}" if series.extra else ""
        raise InputError(f"The frame {what}.", f"Rows of {series} have {', '.join(series.columns)}{may}.")
    names = [name for name in known if name in frame.columns]
    rows = Rows(ts, {name: _values(frame, name) for name in names})
    return rows if series.bars else _sorted_by_key(series, rows)


def _stamps(series: Series, index: pd.Index) -> NDArray[np.int64]:
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise CandleError(f"The index of rows of {series} is no aware time.", "Use pd.to_datetime(..., utc=True).")
    _refuse(index, index.isna(), "has no time", "Remove the row.")
    whole = index.as_unit("ms")
    ts = whole.asi8
    between = whole.as_unit(index.unit).asi8 != index.asi8  # as integers: times take pandas longer than all the rest
    _refuse(index, between, "is not at a whole millisecond", "Round its time first.")
    _refuse(index, np.r_[False, np.diff(ts) < 0], "is earlier than the row before it", "Sort the rows first.")
    if series.bars:
        _refuse(index, np.r_[False, np.diff(ts) == 0], "repeats a time", "Drop the row you do not trust.")
        off = (ts - series.origin) % series.step != 0
        _refuse(index, off, f"is where no bar of {series.timeframe} opens", "Give the bars' opening times.")
    return ts


def _values(frame: pd.DataFrame, name: str) -> Column:
    column = frame[name]
    try:
        if name == "id":
            return _ids(column)
        if name != "side":
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"The column {name!r} holds what is no number: {error}.", "Correct it first.") from None
    bought = (column == "buy").to_numpy(dtype=bool)
    _refuse(frame.index, ~bought & (column != "sell").to_numpy(dtype=bool), "has no side", "Write 'buy' or 'sell'.")
    return bought


def _ids(column: pd.Series) -> Column:
    """Give ids as they are, or raise ValueError: a float that is not whole, or beyond 2**53, is another id's."""
    told = pd.to_numeric(column) if column.dtype.kind not in "iuf" else column
    ids = told.astype("int64").to_numpy()
    floats = told.dtype.kind == "f"
    if (ids < 0).any() or (floats and ((ids != told) | (ids >= 2**53)).any()):
        raise ValueError("an id is a whole number from 0 to 2**63, as integer beyond 2**53")
    return ids


def _sorted_by_key(series: Series, rows: Rows) -> Rows:
    """Sort rows of one time by id, and refuse a key that comes twice."""
    second = rows.second()
    if second is not None and "id" in rows.columns:
        rows = rows.take(np.lexsort((second, rows.ts)))
        second = rows.second()
    twice = np.diff(rows.ts) == 0
    if second is not None:
        twice &= np.diff(second) == 0
    _refuse(moments(rows.ts), np.r_[False, twice], f"repeats a row of {series}", "Drop the row you do not trust.")
    return rows


def _refuse(index: pd.DatetimeIndex | pd.Index, bad: Any, what: str, fix: str) -> None:
    at = np.flatnonzero(bad)
    if at.size:
        row = int(at[0])
        raise CandleError(f"Row {row} ({index[row]}) {what}.", fix)


def _known(second: NDArray[np.int64] | None) -> NDArray[np.int64]:
    return np.array([], dtype=np.int64) if second is None else second


def _column(rows: Rows, name: str) -> Column:
    return rows.columns[name] if name in rows.columns else np.full(len(rows), np.nan)


def _bits(values: Column) -> Column:
    return values.view(np.uint64) if values.dtype == np.float64 else values


def _sides(bought: Column) -> Any:
    # of pandas' own making, so that the frame need not look at each text
    return pd.array(["sell", "buy"], dtype="str").take(bought.astype(np.int8))
