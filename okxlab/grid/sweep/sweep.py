"""The sweep: any number of grids over one path, counted instead of played.

The path is taken apart once, into its rises and falls; after that an interval is a single question. So a thousand grids
cost little more than one, and a million take seconds.

Examples
--------
>>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
>>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
>>> table = sweep(bars, low=100, high=[90, 110, 120], grids=4, investment=1_000, instrument=btc)
>>> table[["high", "round_trips", "grid_profit"]]
    high  round_trips  grid_profit
0   90.0            0          NaN
1  110.0            2    17.216374
2  120.0            1    11.561175
>>> table.error[0]
'low is 100 and high is 90. Give a low that is below high.'
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import InputError, SpecError
from okxlab.grid.money import fee_rate
from okxlab.grid.spec import GridSpec
from okxlab.grid.sweep.count import count
from okxlab.grid.sweep.index import PathIndex, index_path
from okxlab.grid.sweep.rows import Rows, listed, product
from okxlab.grid.sweep.scale import Money
from okxlab.grid.sweep.table import MONEY, Table
from okxlab.model import Instrument, Number, instrument_id, instrument_of

# Rows that are read, counted and settled at a time.
_BLOCK = 2**16


def sweep(  # noqa: PLR0913  what is swept, on what terms, and how the table comes
    candles: pd.DataFrame | PathIndex,
    *,
    symbol: str | None = None,
    low: Any = None,
    high: Any = None,
    grids: Any = None,
    spacing: Any = "arithmetic",
    investment: Any = None,
    specs: pd.DataFrame | Iterable[GridSpec] | None = None,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    exact: bool = False,
    top: int | None = None,
    rank: str = "equity_end",
    threads: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Give what `backtest` gives for many grids at once, to the last digit, counted instead of played.

    Parameters
    ----------
    candles
        As for `backtest`; or their `PathIndex`, which brings the instrument.
    symbol
        What the grids trade, to be checked against the instrument.
    low, high, grids, spacing, investment
        One value or several each; every combination is a grid, the last of them changing fastest.
    specs
        Instead of those: GridSpecs, or a frame of those columns (``spacing`` may be absent).
    instrument, maker, taker, fill
        As for `backtest`; ``fill`` is ``"touch"`` or ``"through"``.
    exact
        Decimals instead of floats.
    top, rank
        Keep only so many rows, those highest in that column of money, highest first.
    threads, progress
        How many threads count (one a processor; the table does not depend on it); a bar after a second.

    Returns
    -------
    DataFrame
        One row a grid, in order, with the columns of `okxlab.grid.sweep.table`.

    Raises
    ------
    InputError, SpecError, CandleError
        When the whole sweep cannot be made. A single grid that cannot be made says so in its row's ``error``.
    """
    made_of = _instrument(candles, instrument, symbol)
    _check(fill=fill, top=top, rank=rank, threads=threads)
    lists = {"low": low, "high": high, "grids": grids, "spacing": spacing, "investment": investment}
    rows = product(made_of, lists) if specs is None else listed(made_of, specs)
    fees = fee_rate(maker, "maker"), fee_rate(taker, "taker")
    index = _index(candles, made_of, fill, rows)
    counter = Counter(index, rows, Money(index, *fees, rows.places), exact=exact)
    with tqdm(total=rows.count, unit="grid", desc="sweep", disable=not progress, delay=1) as shown:
        return counter.table(shown.update, threads or _processors(), top=top, rank=rank)


@dataclass(frozen=True, slots=True)
class Counter:
    """Rows to be counted over an index, and how they are settled."""

    index: PathIndex
    rows: Rows
    money: Money
    exact: bool

    def table(self, tell: Callable[[int], object], threads: int, *, top: int | None, rank: str) -> pd.DataFrame:
        """Count every row, block by block; ``tell`` hears how many are done."""
        best: list[pd.DataFrame] = []
        whole = self._table(range(self.rows.count if top is None else 0))
        with ThreadPoolExecutor(threads) as pool:
            for span in _spans(self.rows):
                block = self.rows.block(span)
                table = whole if top is None else self._table(span)
                table.fill(span, block, count(self.index, block, self.money, pool))
                if top is not None:
                    best = [_best([*best, table.frame()], top, rank)]
                tell(len(span))
        return best[0] if best else whole.frame()

    def _table(self, span: range) -> Table:
        return Table(self.index, self.rows, self.money, span, exact=self.exact)


def _instrument(candles: pd.DataFrame | PathIndex, instrument: Instrument | None, symbol: str | None) -> Instrument:
    if isinstance(candles, PathIndex):
        made_of = candles.instrument
        if instrument not in {None, made_of}:
            raise InputError(f"The index is of {made_of}.", "Leave instrument out, or build an index for the other.")
    else:
        made_of = instrument_of(candles, instrument)
    if symbol is not None and instrument_id(symbol) != made_of.symbol:
        raise SpecError(
            f"The grids are for {instrument_id(symbol)} and the instrument is {made_of.symbol}.",
            "Give both the same symbol.",
        )
    return made_of


def _index(candles: pd.DataFrame | PathIndex, instrument: Instrument, fill: str, rows: Rows) -> PathIndex:
    narrowest = min((int(rows.block(span).steps.min()) for span in _spans(rows)), default=1)
    if not isinstance(candles, PathIndex):
        return index_path(candles, instrument=instrument, fill=fill, narrowest=narrowest)
    if candles.fill != fill:
        raise InputError(f"The index counts fill={candles.fill!r} and not {fill!r}.", "Give both the same fill.")
    if candles.narrowest > narrowest:
        raise InputError(
            f"The index counts intervals from {candles.narrowest} ticks on, and one of these may have {narrowest}.",
            f"Build it with narrowest={narrowest}, or leave the narrow grids out.",
        )
    return candles


def _spans(rows: Rows) -> list[range]:
    return [range(start, min(start + _BLOCK, rows.count)) for start in range(0, rows.count, _BLOCK)]


def _best(tables: list[pd.DataFrame], top: int, rank: str) -> pd.DataFrame:
    made = pd.concat(tables)
    made = made[made["error"].isna()]
    return made.sort_values(rank, ascending=False, kind="stable").head(top)


def _check(*, fill: str, top: int | None, rank: str, threads: int | None) -> None:
    if fill not in {"touch", "through"}:
        raise InputError(f"fill is {fill!r}, which a sweep cannot count.", "Use 'touch' or 'through'.")
    if rank not in MONEY:
        raise InputError(f"rank is {rank!r}, which is no column of money.", f"Use one of {', '.join(MONEY)}.")
    for name, value in (("top", top), ("threads", threads)):
        if value is not None and value < 1:
            raise InputError(f"{name} is {value!r}.", "Give a whole number from 1 on.")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
