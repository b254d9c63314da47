"""Prices handed in while the market runs: candles that grow at their end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from okxlab.errors import PaperError
from okxlab.paper.exact import read
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.source import Columns

SECOND = 1000
_FIELDS = 6  # ts, open, high, low, close, volume
_FIX = "Push [ts, open, high, low, close, volume] as texts, ts in ms and rising."


class Live:
    """The candles of one instrument; those of a minute before the start, those of a second afterwards.

    Parameters
    ----------
    rows
        The first ones, at least one: ts (ms UTC), open, high, low, close, volume, as texts.

    Raises
    ------
    PaperError
        A row cannot be meant.
    """

    first = 0

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self.bar = SECOND
        self._count = 0
        self._table: np.ndarray[Any, np.dtype[np.float64]] = np.zeros((1024, _FIELDS))
        for row in rows:
            self.append(row)

    def __len__(self) -> int:
        return self._count

    @property
    def last(self) -> int | None:
        """The number of the newest candle."""
        return self._count - 1

    def append(self, row: Sequence[str]) -> None:
        """Take one candle more; it must be later than the last."""
        numbers = _numbers(row)
        if self._count and numbers[0] <= self._table[self._count - 1, 0]:
            raise PaperError(f"The candle of {row[0]} is not later than the one before it.", _FIX)
        if self._count == len(self._table):
            self._table = np.concatenate((self._table, np.zeros_like(self._table)))
        self._table[self._count] = numbers
        self._count += 1

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return int(self._table[min(index, self._count - 1), 0])

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time; -1 when none does."""
        return int(np.searchsorted(self._table[: self._count, 0], ts, side="right")) - 1

    def points(self, index: int) -> Points:
        """Give the path of a candle."""
        return points(*(self.price(number) for number in self._table[index, 1:5]))

    def volume(self, index: int) -> Decimal:
        """Give the base volume of a candle."""
        return self.amount(self._table[index, 5])

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop."""
        cut = self._table[max(start, 0) : min(stop, self._count)]
        return Columns(cut[:, 0].astype(np.int64), *(cut[:, column] for column in range(1, _FIELDS)))

    def price(self, number: float) -> Decimal:
        """Give the shortest decimal that stands for a float."""
        return Decimal(repr(float(number)))

    def amount(self, number: float) -> Decimal:
        """Give a volume with at most eight decimals."""
        return Decimal(repr(round(float(number), 8)))


def take(sources: Mapping[str, Live], pushed: Mapping[str, Sequence[str]]) -> None:
    """Let every instrument take its candle of one moment; those without news stay where they were.

    Raises
    ------
    PaperError
        A candle cannot be meant, or is of an instrument that is not followed.
    """
    for name, row in pushed.items():
        if name not in sources:
            raise PaperError(f"{name!r} is not followed.", f"Push {', '.join(sources)}.")
        _numbers(row)
    stamps = {row[0] for row in pushed.values()}
    if len(stamps) != 1:
        raise PaperError("The candles are not of one moment.", "Push one ts at a time.")
    (stamp,) = stamps
    for name, source in sources.items():
        close = str(source.price(source.columns(source.at(int(stamp)), source.at(int(stamp)) + 1).close[0]))
        source.append(pushed.get(name) or [stamp, close, close, close, close, "0"])


def _numbers(row: Sequence[str]) -> list[float]:
    """Read a row; floats hold every price OKX lists exactly enough to be written back."""
    if not isinstance(row, list) or len(row) != _FIELDS or not all(isinstance(cell, str) for cell in row):
        raise PaperError(f"The candle {row!r} is not six texts.", _FIX)
    numbers = [read(cell) for cell in row]
    if any(number is None for number in numbers):
        raise PaperError(f"The candle {row!r} holds something that is no number.", _FIX)
    ts, opening, high, low, close, volume = (float(number) for number in numbers if number is not None)
    if not 0 < low <= min(opening, close) <= max(opening, close) <= high or ts <= 0:
        raise PaperError(f"The candle {row!r} is outside its low and high.", _FIX)
    return [ts, opening, high, low, close, volume]
