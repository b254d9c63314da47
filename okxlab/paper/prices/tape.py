"""Recorded prices: a file of candles that the feed replays as they are."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from okxlab.errors import PaperError
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.stamps import read_stamps

_PRICES = ("open", "high", "low", "close")
_LEAST, _MOST = 1e-18, 1e18  # beyond any market, within exact arithmetic
_FIX = "Correct or remove the row, then start again."


class Tape:
    """The candles of a file, numbered from 0; prices are the shortest decimals of the file's floats, never rounded."""

    first = 0

    def __init__(self, columns: Columns) -> None:
        self._all = columns
        self.last: int | None = len(columns.ts) - 1
        self.bar = _bar(columns.ts)

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return int(self._all.ts[index])

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time; -1 when none does."""
        return int(np.searchsorted(self._all.ts, ts, side="right")) - 1

    def points(self, index: int) -> Points:
        """Give the path of a candle."""
        every = self._all
        return points(*(self.price(column.item(index)) for column in (every.open, every.high, every.low, every.close)))

    def volume(self, index: int) -> Decimal:
        """Give the base volume of a candle."""
        return self.amount(self._all.volume[index])

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop."""
        every = self._all
        parts = (every.ts, every.open, every.high, every.low, every.close, every.volume)
        return Columns(*(part[start:stop] for part in parts))

    def on(self, tick: Decimal) -> "Tape":
        """Give the same candles with their prices rounded to a tick, at least one."""
        every = self._all
        opens, highs, lows, closes = (_on_tick(side, tick) for side in (every.open, every.high, every.low, every.close))
        return Tape(Columns(every.ts, opens, highs, lows, closes, every.volume))

    def price(self, number: float) -> Decimal:
        """Give the shortest decimal that stands for a float."""
        return Decimal(repr(float(number)))

    def amount(self, number: float) -> Decimal:
        """Give a volume with at most eight decimals."""
        return Decimal(repr(round(float(number), 8)))


def read_tape(path: Path) -> Tape:
    """Read a Parquet or CSV file of candles.

    Parameters
    ----------
    path
        Columns ``ts`` (ms UTC, or ISO 8601; a time without zone is UTC), ``open``, ``high``, ``low``, ``close``
        and, if known, ``volume``. Gaps are allowed and traded over.

    Raises
    ------
    PaperError
        The file cannot be read, lacks a column or has it twice, is empty, or a row is unsorted, repeated, not finite,
        inconsistent or dated outside 2009 to 2099.
    """
    if path.is_dir():
        raise PaperError(f"The price file {path} is a folder.", "Give a Parquet or CSV file of candles.")
    table = _read_table(path)
    absent = [name for name in ("ts", *_PRICES) if name not in table]
    if absent:
        raise PaperError(f"{path} has no column {absent[0]!r}.", "It needs ts, open, high, low, close (and volume).")
    if not len(table["ts"]):
        raise PaperError(f"{path} holds no candles.", "Give a file with at least one row.")
    ts = read_stamps(table["ts"])
    opens, highs, lows, closes = (_floats(table[name], name) for name in _PRICES)
    _check_prices(np.array((opens, highs, lows, closes)))
    volume = (
        np.nan_to_num(_floats(table["volume"], "volume"), posinf=np.inf) if "volume" in table else np.zeros(len(ts))
    )
    _refuse((volume < 0) | (volume > _MOST), f"has a volume that is negative or above {_MOST:g}")
    return Tape(Columns(ts, opens, highs, lows, closes, volume))


def _on_tick(prices: NDArray[Any], tick: Decimal) -> NDArray[np.float64]:
    """Round to a tick; numbers of the tick's last digit divided once are the floats nearest to the decimals."""
    digits = max(-int(tick.as_tuple().exponent), 0)
    unit = int(tick.scaleb(digits))
    whole = np.maximum(np.rint(prices.astype(np.float64) / float(tick)), 1) * unit
    return np.asarray(whole / 10.0**digits, dtype=np.float64)


def _read_table(path: Path) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - only a file of prices needs it, and it is slow to import
    import pyarrow.csv as pa_csv  # noqa: PLC0415 - same
    import pyarrow.parquet as pa_parquet  # noqa: PLC0415 - same

    try:
        table = pa_csv.read_csv(path) if path.suffix.lower() == ".csv" else pa_parquet.ParquetFile(path).read()
        names = table.column_names
        wanted = [name for name in ("ts", *_PRICES, "volume") if name in names]
        twice = [name for name in wanted if names.count(name) > 1]
        if not twice:
            return {name: _values(table[name]) for name in wanted}
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise PaperError(
            f"The price file {path} cannot be read: {reason.rstrip('.')}.", "Give a Parquet or CSV file of candles."
        ) from None
    raise PaperError(f"{path} has the column {twice[0]!r} twice.", "Rename or drop one of the two.")


def _values(column: Any) -> Any:
    """Give numbers as an array, anything else (times, text, mixed) as a list to be looked at one by one."""
    numbers = column.to_numpy()
    return numbers if numbers.dtype.kind in "if" else column.to_pylist()


def _floats(values: Any, name: str) -> NDArray[np.float64]:
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    return np.array([_float(value, name, row) for row, value in enumerate(values)], dtype=np.float64)


def _float(value: Any, name: str, row: int) -> float:
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        raise PaperError(f"Row {row} has the {name} {value!r}, which is not a number.", _FIX) from None


def _check_prices(prices: NDArray[np.float64]) -> None:
    opens, highs, lows, closes = prices
    _refuse(~np.isfinite(prices).all(axis=0), "has a price that is not a finite number")
    _refuse((prices <= 0).any(axis=0), "has a price that is not positive")
    _refuse(
        ((prices < _LEAST) | (prices > _MOST)).any(axis=0), f"has a price that is not between {_LEAST:g} and {_MOST:g}"
    )
    outside = (lows > np.minimum(opens, closes)) | (highs < np.maximum(opens, closes))
    _refuse(outside, "has an open or close outside its low and high")


def _refuse(bad: Any, what: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        raise PaperError(f"Row {int(rows[0])} {what}.", _FIX)


def _bar(ts: NDArray[np.int64]) -> int:
    if len(ts) < 2:
        return 60_000
    distances, counts = np.unique(np.diff(ts), return_counts=True)
    return int(distances[np.argmax(counts)])
