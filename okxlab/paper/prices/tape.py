"""Recorded prices: a file of candles that the feed replays as they are."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from okxlab.errors import PaperError
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.stamps import read_stamps
from okxlab.paper.prices.table import Table, floats, read_table, refuse

_PRICES = ("open", "high", "low", "close")
CANDLE_COLUMNS = ("ts", *_PRICES, "volume")
LEAST, MOST = 1e-18, 1e18  # beyond any market, within exact arithmetic


class Tape:
    """The candles of a file, numbered from 0; prices are the shortest decimals of the file's floats, never rounded."""

    first = 0

    def __init__(self, columns: Columns) -> None:
        self._all = columns
        self.last: int | None = len(columns.ts) - 1
        self.bar = bar_of(columns.ts)

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
    return Tape(candles(read_table(path, CANDLE_COLUMNS), path))


def candles(table: Table, path: Path) -> Columns:
    """Check the columns of a file of candles and give them.

    Raises
    ------
    PaperError
        As `read_tape` does.
    """
    absent = [name for name in ("ts", *_PRICES) if name not in table]
    if absent:
        raise PaperError(f"{path} has no column {absent[0]!r}.", "It needs ts, open, high, low, close (and volume).")
    if not len(table["ts"]):
        raise PaperError(f"{path} holds no candles.", "Give a file with at least one row.")
    ts = read_stamps(table["ts"])
    opens, highs, lows, closes = (floats(table[name], name) for name in _PRICES)
    _check_prices(np.array((opens, highs, lows, closes)))
    volume = np.nan_to_num(floats(table["volume"], "volume"), posinf=np.inf) if "volume" in table else np.zeros(len(ts))
    refuse((volume < 0) | (volume > MOST), f"has a volume that is negative or above {MOST:g}")
    return Columns(ts, opens, highs, lows, closes, volume)


def _on_tick(prices: NDArray[Any], tick: Decimal) -> NDArray[np.float64]:
    """Round to a tick; numbers of the tick's last digit divided once are the floats nearest to the decimals."""
    digits = max(-int(tick.as_tuple().exponent), 0)
    unit = int(tick.scaleb(digits))
    whole = np.maximum(np.rint(prices.astype(np.float64) / float(tick)), 1) * unit
    return np.asarray(whole / 10.0**digits, dtype=np.float64)


def _check_prices(prices: NDArray[np.float64]) -> None:
    opens, highs, lows, closes = prices
    refuse(~np.isfinite(prices).all(axis=0), "has a price that is not a finite number")
    refuse((prices <= 0).any(axis=0), "has a price that is not positive")
    refuse(((prices < LEAST) | (prices > MOST)).any(axis=0), f"has a price that is not between {LEAST:g} and {MOST:g}")
    outside = (lows > np.minimum(opens, closes)) | (highs < np.maximum(opens, closes))
    refuse(outside, "has an open or close outside its low and high")


def bar_of(ts: NDArray[np.int64]) -> int:
    """Give the usual distance of candles in ms."""
    if len(ts) < 2:
        return 60_000
    distances, counts = np.unique(np.diff(ts), return_counts=True)
    return int(distances[np.argmax(counts)])
