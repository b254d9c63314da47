"""What a source of prices gives: candles by number, whatever they are made of."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from okxlab.paper.prices.path import Points

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Columns:
    """Candles side by side, in the source's own numbers (ticks and lots, or floats)."""

    ts: NDArray[np.int64]
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers


class Source(Protocol):
    """Candles of one instrument, numbered so that candle 0 is where the feed starts."""

    bar: int
    first: int

    @property
    def last(self) -> int | None:
        """The number of the last candle; None when they never end."""

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time; below ``first`` when none does."""

    def points(self, index: int) -> Points:
        """Give the path of a candle."""

    def volume(self, index: int) -> Decimal:
        """Give the base volume of a candle."""

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop."""

    def price(self, number: float) -> Decimal:
        """Turn one of the source's prices into quote currency."""

    def amount(self, number: float) -> Decimal:
        """Turn one of the source's volumes into base currency."""
