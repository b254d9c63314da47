"""Why a row of a sweep could not be made: the words a backtest of the same grid refuses with."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from okxlab.errors import OkxlabError
from okxlab.grid.kernels.tally import LAUNCH_UNITS, WAITS_AT
from okxlab.grid.ladder import ladder
from okxlab.grid.minimum import smallest_size
from okxlab.grid.money import EXACT
from okxlab.grid.path import whole_ticks
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.rows import NAMES, Rows
from okxlab.model import exact, plain


class Reasons:
    """The reasons of one sweep, each written once."""

    def __init__(self, index: PathIndex, rows: Rows, maker: Decimal, taker: Decimal) -> None:
        self._index, self._rows, self._fees = index, rows, (maker, taker)
        self._known: dict[tuple[Any, ...], str] = {}

    def refusal(self, row: int) -> str:
        """Give why no grid can be made of a row's values."""
        rows = self._rows
        if rows.specs is not None:
            return self._written(row)
        key = tuple(rows.columns[name].at(row) for name in NAMES)
        return self._once(key, lambda: self._written(row))

    def too_small(self, row: int, count: Any) -> str:
        """Give how much a row would have to invest, from its count."""
        tick, launch = self._index.instrument.tick, self._index.launch_price
        waits, units = Decimal(int(count[WAITS_AT])), Decimal(int(count[LAUNCH_UNITS]))
        cost = EXACT.add(EXACT.multiply(waits, tick), EXACT.multiply(units, launch))
        least = EXACT.multiply(smallest_size(self._index.instrument, *self._fees), cost)
        columns, instrument = self._rows.columns, self._index.instrument
        return (
            f"An investment of {plain(exact(columns['investment'].at(row)))} {instrument.quote} in "
            f"{columns['grids'].at(row)} grids makes orders below the minimum of {plain(instrument.minimum)} "
            f"{instrument.base}. Invest at least {plain(least)} {instrument.quote}, or use fewer grids."
        )

    def _written(self, row: int) -> str:
        maker, taker = self._fees
        try:
            made = ladder(
                self._rows.spec(row), self._index.instrument, self._index.launch_price, maker=maker, taker=taker
            )
            whole_ticks(made.levels, made.instrument.tick)
        except OkxlabError as error:
            return str(error)
        raise OkxlabError(
            f"Row {row} of the sweep was refused, and its grid can be made.", "Report it with the row's values."
        )

    def _once(self, key: tuple[Any, ...], write: Callable[[], str]) -> str:
        if key not in self._known:
            self._known[key] = write()
        return self._known[key]
