"""What a sweep asks of a path, and the answer, whole or in parts."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.sweep.count import count
from okxlab.grid.sweep.index import PathIndex, index_path
from okxlab.grid.sweep.rows import NONE, Rows
from okxlab.grid.sweep.scale import Money
from okxlab.grid.sweep.table import Table

# Rows that are read, counted and settled at a time.
_BLOCK = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Grids, and the terms they are counted on."""

    rows: Rows
    maker: Decimal
    taker: Decimal
    fill: str
    exact: bool

    def index(self, candles: pd.DataFrame | PathIndex) -> PathIndex:
        """Give the index that can answer; one that is there already is taken.

        Raises
        ------
        InputError
            When the index that is there counts another fill model, or only wider intervals.
        CandleError
            When the candles cannot be traded over.
        """
        width = min((int(self.rows.block(span).steps.min()) for span in spans(self.rows, _BLOCK)), default=NONE)
        if not isinstance(candles, PathIndex):
            return index_path(candles, instrument=self.rows.instrument, fill=self.fill, narrowest=width)
        if candles.fill != self.fill:
            raise InputError(
                f"The index counts fill={candles.fill!r} and not {self.fill!r}.", "Give both the same fill."
            )
        if candles.narrowest > width:
            raise InputError(
                f"The index counts intervals from {candles.narrowest} ticks on, and one of these may have {width}.",
                f"Build it with narrowest={width}, or leave the narrow grids out.",
            )
        return candles

    def whole(self, candles: pd.DataFrame | PathIndex, threads: int, tell: Callable[[int], object]) -> pd.DataFrame:
        """Give the whole table, counted on threads of this process; ``tell`` hears how many rows are done."""
        index = self.index(candles)
        table = self._table(index, range(self.rows.count))
        with ThreadPoolExecutor(threads) as pool:
            for span in spans(self.rows, _BLOCK):
                self._fill(table, index, span, pool)
                tell(len(span))
        return table.frame()

    def part(self, index: PathIndex, span: range, pool: Executor) -> pd.DataFrame:
        """Give consecutive rows of the table."""
        table = self._table(index, span)
        self._fill(table, index, span, pool)
        return table.frame()

    def parts(
        self, candles: pd.DataFrame | PathIndex, wanted: Sequence[range], threads: int
    ) -> Iterator[tuple[range, pd.DataFrame]]:
        """Give parts one after the other, counted on threads of this process."""
        index = self.index(candles)
        with ThreadPoolExecutor(threads) as pool:
            for span in wanted:
                yield span, self.part(index, span, pool)

    def _table(self, index: PathIndex, span: range) -> Table:
        return Table(index, self.rows, self._money(index), span, exact=self.exact)

    def _fill(self, table: Table, index: PathIndex, span: range, pool: Executor) -> None:
        block = self.rows.block(span)
        table.fill(span, block, count(index, block, self._money(index), pool))

    def _money(self, index: PathIndex) -> Money:
        return Money(index, self.maker, self.taker, self.rows.places)


def spans(rows: Rows, size: int) -> list[range]:
    """Cut the rows into consecutive ranges of one size, the last one shorter."""
    return [range(start, min(start + size, rows.count)) for start in range(0, rows.count, size)]
