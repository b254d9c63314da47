"""The table of a sweep, one row a grid, numbered from 0 in the order they were handed in.

``low``, ``high`` and ``investment`` (quote currency), ``grids`` and ``spacing`` say which grid it is. ``buys``,
``sells``, ``round_trips``, ``launch_units`` and ``units_end`` (units held after the launch and at the end) are int64.
``size`` and ``base_end`` (base currency), ``grid_profit``, ``floating_profit``, ``fees``, ``quote_end`` and
``equity_end`` (quote) are the float64 nearest to the exact value, or Decimals. ``error`` says why a grid was not made,
as a backtest of it does; its counts are 0 and its money NaN (None among Decimals). For any other grid it is missing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError, SpecError
from okxlab.grid.backtest import backtest
from okxlab.grid.kernels import Ints
from okxlab.grid.kernels.money import (
    BASE_END,
    EQUITY_END,
    FEES,
    FLOATING,
    PROFIT,
    QUOTE_END,
    REFUSED,
    SIZE,
    TOO_SMALL,
)
from okxlab.grid.kernels.tally import BUYS, COLLAPSED, COUNTED, LAUNCH_UNITS, SELLS, STATE, TOO_LARGE, UNITS_END
from okxlab.grid.sweep.count import Counted
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.reasons import Reasons
from okxlab.grid.sweep.rows import Block, Rows
from okxlab.grid.sweep.scale import Money
from okxlab.grid.terms import SPACINGS
from okxlab.model import exact as exact_number

COUNTS = {"buys": BUYS, "sells": SELLS, "round_trips": SELLS, "launch_units": LAUNCH_UNITS, "units_end": UNITS_END}
MONEY = {
    "size": SIZE,
    "grid_profit": PROFIT,
    "floating_profit": FLOATING,
    "fees": FEES,
    "quote_end": QUOTE_END,
    "base_end": BASE_END,
    "equity_end": EQUITY_END,
}

_UNDONE = (COLLAPSED, TOO_SMALL, REFUSED)


class Table:
    """The results of consecutive rows of a sweep, filled block by block."""

    def __init__(self, index: PathIndex, rows: Rows, money: Money, span: range, *, exact: bool) -> None:
        self._index, self._rows, self._money, self._span, self._exact = index, rows, money, span, exact
        self._reasons = Reasons(index, rows, money.maker, money.taker)
        self._counts = {name: np.zeros(len(span), dtype=np.int64) for name in COUNTS}
        kind: Any = np.object_ if exact else np.float64
        self._amounts: dict[str, npt.NDArray[Any]] = {name: np.zeros(len(span), dtype=kind) for name in MONEY}
        self._errors: dict[int, str] = {}

    def fill(self, rows: range, block: Block, counted: Counted) -> None:
        """Write what was counted of some of the rows."""
        here = slice(rows.start - self._span.start, rows.stop - self._span.start)
        state = counted.counts[:, STATE]
        undone = np.isin(state, _UNDONE)
        for name, column in COUNTS.items():
            self._counts[name][here] = np.where(undone, 0, counted.counts[:, column])
        for name, row in MONEY.items():
            self._amounts[name][here] = None if self._exact else np.where(undone, np.nan, counted.amounts[row])
        for number in np.flatnonzero(undone):
            self._errors[rows[number]] = self._reason(rows[number], counted.counts[number])
        for number in np.flatnonzero(~undone & ((state != COUNTED) | self._exact)):
            self._settle(rows[number], counted.counts[number], int(block.investment[number]))

    def frame(self) -> pd.DataFrame:
        """Give the table, numbered as the rows are."""
        columns = {**self._given(), **self._counts, **self._amounts, "error": self._error()}
        return pd.DataFrame(columns, index=pd.RangeIndex(self._span.start, self._span.stop), copy=False)

    def _reason(self, row: int, count: Ints) -> str:
        return self._reasons.too_small(row, count) if count[STATE] == TOO_SMALL else self._reasons.refusal(row)

    def _settle(self, row: int, count: Ints, investment: int) -> None:
        """Write the exact amounts of a row; where its numbers are too large to be counted, those of the ledger."""
        large = count[STATE] == TOO_LARGE or investment < 0
        try:
            amounts = self._played(row) if large else self._money.exact(count, investment)
        except SpecError as error:
            self._undo(row, str(error))
            return
        if amounts is None:
            self._undo(row, self._reasons.too_small(row, count))
            return
        for name, column in self._amounts.items():
            column[row - self._span.start] = amounts[name] if self._exact else float(amounts[name])

    def _played(self, row: int) -> Mapping[str, int | Decimal]:
        index, money = self._index, self._money
        figures = backtest(
            self._rows.spec(row),
            index.candles,
            instrument=index.instrument,
            maker=money.maker,
            taker=money.taker,
            fill=index.fill,
        ).summary
        held = figures["launch_units"] + figures["buys"] - figures["sells"]
        for name, column in self._counts.items():
            column[row - self._span.start] = int(held if name == "units_end" else figures[name])
        return figures

    def _undo(self, row: int, reason: str) -> None:
        self._errors[row] = reason
        for counts in self._counts.values():
            counts[row - self._span.start] = 0
        for amounts in self._amounts.values():
            amounts[row - self._span.start] = None if self._exact else np.nan

    def _given(self) -> dict[str, Any]:
        """Give the columns that say which grid a row is."""
        rows, at = self._rows, {name: column.places(self._span) for name, column in self._rows.columns.items()}
        kinds = rows.read["spacing"].numbers[at["spacing"]]
        amounts = {name: self._amount(rows.columns[name].values, at[name]) for name in ("low", "high", "investment")}
        return {
            "low": amounts["low"],
            "high": amounts["high"],
            "grids": rows.read["grids"].numbers[at["grids"]],
            "spacing": pd.Categorical.from_codes(kinds, pd.Index(SPACINGS)),
            "investment": amounts["investment"],
        }

    def _amount(self, values: npt.NDArray[Any], at: Ints | slice) -> npt.NDArray[Any]:
        """Give values at some places: where each row has its own, those alone are made numbers, else all once."""
        return self._numbers(values[at]) if isinstance(at, slice) else self._numbers(values)[at]

    def _numbers(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if not self._exact and values.dtype.kind in "iuf":
            return values.astype(np.float64)
        numbers = np.empty(len(values), dtype=np.object_)
        numbers[:] = [_number(value) for value in values]
        return numbers if self._exact else numbers.astype(np.float64)

    def _error(self) -> "pd.Series[str]":
        reasons = np.full(len(self._span), None, dtype=np.object_)
        for row, reason in self._errors.items():
            reasons[row - self._span.start] = reason
        return pd.Series(reasons, index=pd.RangeIndex(self._span.start, self._span.stop), dtype="str")


def _number(value: Any) -> Decimal | None:
    try:
        return exact_number(value)
    except InputError:
        return None
