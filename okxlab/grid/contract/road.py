"""What a contract grid is played over: the path, the mark, and the funding that falls due on the way."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Union

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.grid.kernels import Flags, Floats, Ints, Road
from okxlab.grid.money import EXACT
from okxlab.grid.path import path
from okxlab.model import PRICES, check_candles, exact

# Beyond these a mark is of another instrument or scale, and a rate is in per cent.
_APART = 2
_STEEP = Decimal("0.1")

Marks = Union[pd.DataFrame, "pd.Series[float]"]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The way of a grid: half ticks, prices, marks, and funding in order.

    ``path`` (half ticks), ``prices`` (the same as given) and ``marks`` have one row a candle: open, high, low,
    close; the mark ``follows`` the path when none was given. ``due_rates`` are paid at ``due_marks`` before the
    candles ``due_rows``.
    """

    path: Ints
    low_first: Flags
    prices: Floats
    marks: Floats
    follows: bool
    due_rows: Ints
    due_marks: tuple[Decimal, ...]
    due_rates: tuple[Decimal, ...]

    def road(self, limit: int) -> Road:
        """Give the same for the kernel, with the row at whose open the time is over (-1: none)."""
        worth = [float(EXACT.multiply(mark, rate)) for mark, rate in zip(self.due_marks, self.due_rates, strict=True)]
        owed = np.array(worth, dtype=np.float64)
        return Road(self.path, self.marks, self.low_first, self.due_rows, owed, limit, self.follows)

    def after(self, row: int) -> "Course":
        """Give the way of a grid launched in a candle: what is due at its opening or before is not the grid's."""
        due = np.flatnonzero(self.due_rows > row)
        first = int(due[0]) if due.size else len(self.due_rows)
        return replace(
            self,
            due_rows=self.due_rows[first:],
            due_marks=self.due_marks[first:],
            due_rates=self.due_rates[first:],
        )

    def price(self, row: int, column: int) -> Decimal:
        """Give the traded price in a column of a candle, exactly."""
        return exact(float(self.prices[row, column]))

    def mark(self, row: int, point: int) -> Decimal:
        """Give the mark at a point of a candle, exactly."""
        return exact(float(self.marks[row, self.column(row, point)]))

    @property
    def last_mark(self) -> Decimal:
        """The mark of the last close, exactly."""
        return self.mark(len(self.path) - 1, 3)

    def column(self, row: int, point: int) -> int:
        """Give the column of a point: the price visits open, low, high, close or open, high, low, close."""
        return 3 - point if self.low_first[row] and 0 < point < 3 else point


def course(
    candles: pd.DataFrame,
    tick: Decimal,
    *,
    mark: Marks | None,
    funding: "pd.Series[float] | None",
) -> Course:
    """Read the way of a grid launched at the first open; see `Course.after` for a later one.

    Raises
    ------
    CandleError
        When a candle has no mark.
    InputError
        When a mark is more than twice or less than half the close, or funding rates cannot be read or are 0.1 and more.
    """
    steps, low_first = path(candles, tick)
    index = pd.DatetimeIndex(candles.index)
    prices = np.ascontiguousarray(candles[PRICES].to_numpy(dtype=np.float64))
    marks = prices if mark is None else _marks(mark, index)
    _check_scale(marks[:, 3], prices[:, 3], index)
    rows, rates = _funding(funding, index)
    due_marks = tuple(exact(float(marks[row, 0])) for row in rows)
    return Course(steps, low_first, prices, marks, mark is None, rows, due_marks, rates)


def _marks(mark: Marks, index: pd.DatetimeIndex) -> Floats:
    if isinstance(mark, pd.DataFrame):
        check_candles(mark)
        rows = mark.index.get_indexer(index)
        _check_found(rows, index)
        return np.ascontiguousarray(mark[PRICES].to_numpy(dtype=np.float64)[rows])
    if not isinstance(mark, pd.Series):
        raise InputError(f"mark is a {type(mark).__name__}.", "Give a candle frame or a Series of mark prices.")
    times, values = _series(mark, "mark")
    # A price holds until the next one.
    rows = times.searchsorted(index, side="right") - 1
    _check_found(rows, index)
    prices = np.array([float(value) for value in values], dtype=np.float64)
    if not (prices > 0).all():
        raise InputError("A mark price is not above zero.", "Remove or correct it, then try again.")
    return np.repeat(prices[rows][:, None], 4, axis=1)


def _funding(funding: "pd.Series[float] | None", index: pd.DatetimeIndex) -> tuple[Ints, tuple[Decimal, ...]]:
    if funding is None:
        return np.empty(0, np.int64), ()
    if not isinstance(funding, pd.Series):
        raise InputError(
            f"funding is a {type(funding).__name__}.", "Give one column of ox.funding_history(), such as realized_rate."
        )
    times, rates = _series(funding, "funding")
    steep = next((rate for rate in rates if abs(rate) >= _STEEP), None)
    if steep is not None:
        raise InputError(f"A funding rate is {steep}.", "Rates are fractions: write 0.01 % as 0.0001.")
    # Paid at the first candle that opens at or after its time.
    rows = index.searchsorted(times, side="left")
    due = np.flatnonzero((rows > 0) & (rows < len(index)))
    return rows[due].astype(np.int64), tuple(rates[i] for i in due)


def _series(values: "pd.Series[float]", name: str) -> tuple[pd.DatetimeIndex, list[Decimal]]:
    index = values.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise InputError(f"The index of {name} is not timezone-aware time.", "Use pd.to_datetime(..., utc=True).")
    if index.hasnans or not index.is_monotonic_increasing or not index.is_unique:
        raise InputError(f"The times of {name} do not rise strictly.", "Use .sort_index() and drop repeated times.")
    return index.tz_convert("UTC"), [exact(value, name) for value in values.tolist()]


def _check_scale(marks: Floats, closes: Floats, index: pd.DatetimeIndex) -> None:
    wrong = np.flatnonzero((marks > _APART * closes) | (marks * _APART < closes))
    if wrong.size:
        row = wrong[0]
        raise InputError(
            f"The mark of {index[row]} is {marks[row]:g} and the close {closes[row]:g}.",
            "Give the mark prices of the same contract, in the same currency.",
        )


def _check_found(rows: Ints, index: pd.DatetimeIndex) -> None:
    absent = np.flatnonzero(rows < 0)
    if absent.size:
        raise CandleError(f"There is no mark price for {index[absent[0]]}.", "Give marks that cover every candle.")
