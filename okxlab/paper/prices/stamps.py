"""The times of recorded candles, read as milliseconds since 1970 UTC or refused."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from okxlab.clock import utc
from okxlab.errors import PaperError

_FIX = "Write ts as ms since 1970 UTC (1704067200000 is 2024-01-01) or ISO 8601."
_FIRST, _END = 1_230_768_000_000, 4_102_444_800_000  # 2009, when coins began, and 2100: no seconds, no nanoseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_stamps(values: Any, *, repeated: bool = False) -> NDArray[np.int64]:
    """Read a column of times that rise from row to row.

    Parameters
    ----------
    values
        An array of numbers, or a list of numbers, texts and times; a time without zone is UTC.
    repeated
        Whether a row may have the time of the row before, as trades do.

    Raises
    ------
    PaperError
        A row has no time, one outside 2009 to 2099 (such as seconds or nanoseconds taken for ms), or one that is not
        later than the row before.
    """
    stamps = values.astype(np.int64) if _plain(values) else _each(values)
    _check_order(stamps, least=0 if repeated else 1)
    return stamps


def _plain(values: Any) -> bool:
    """Whether a column is what most are: integers that are good as they stand."""
    whole = isinstance(values, np.ndarray) and values.dtype.kind == "i"
    return whole and bool(((values >= _FIRST) & (values < _END)).all())


def _each(values: Any) -> NDArray[np.int64]:
    every = values.tolist() if isinstance(values, np.ndarray) else values
    return np.array([_checked(value, row) for row, value in enumerate(every)], dtype=np.int64)


def _checked(value: Any, row: int) -> int:
    stamp = _stamp(value)
    if value is None or value != value or value == "":  # noqa: PLR0124 - only NaN differs from itself
        raise PaperError(f"Row {row} has no time.", _FIX)
    if stamp is None:
        raise PaperError(f"Row {row} has the time {_shown(value)}.", _FIX)
    if not _FIRST <= stamp < _END:
        raise PaperError(f"Row {row} has the time {_shown(value)}, which as ms is not in the years 2009 to 2099.", _FIX)
    return stamp


def _stamp(value: Any) -> int | None:
    """Give a time in ms, or None when it is none; sub-milliseconds are rounded."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if value == value // 1 else None
    if isinstance(value, date):
        return _since_epoch(value if isinstance(value, datetime) else datetime.combine(value, time()))
    text = value.strip() if isinstance(value, str) else ""
    try:
        return int(text) if text.isdecimal() else _since_epoch(datetime.fromisoformat(text))
    except ValueError:
        return None


def _since_epoch(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((aware - _EPOCH) / timedelta(milliseconds=1))


def _shown(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _check_order(stamps: NDArray[np.int64], *, least: int) -> None:
    bad = np.flatnonzero(np.diff(stamps) < least)
    if bad.size:
        row = int(bad[0]) + 1
        what = "repeats the time of" if stamps[row] == stamps[row - 1] else "is earlier than"
        raise PaperError(
            f"Row {row} ({utc(int(stamps[row])).isoformat()}) {what} the row before it.",
            "Sort the file by ts and drop the repeated rows.",
        )
