"""One time for all: candles made of trades, and candles of several instruments laid side by side."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from okxlab.errors import PaperError
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.tape import bar_of


def gathered(ts: NDArray[np.int64], price: NDArray[np.float64], size: NDArray[np.float64], bar: int) -> Columns:
    """Make candles of trades in their order; a candle without a trade is left out."""
    openings = ts // bar * bar
    cuts = np.flatnonzero(np.diff(openings, prepend=-1))
    last = np.append(cuts[1:], len(ts)) - 1
    return Columns(
        openings[cuts], price[cuts], np.maximum.reduceat(price, cuts), np.minimum.reduceat(price, cuts), price[last],
        np.add.reduceat(size, cuts),
    )  # fmt: skip


def laid_on(line: NDArray[np.int64], found: Columns) -> Columns:
    """Lay candles on other opening times; where there is none, the market stands at the close before."""
    place = np.searchsorted(found.ts, line, side="right") - 1
    before = np.where(place < 0, found.open[0], found.close[np.maximum(place, 0)])
    there = (place >= 0) & (found.ts[np.maximum(place, 0)] == line)
    opens, highs, lows, closes = (
        np.where(there, side[np.maximum(place, 0)], before) for side in (found.open, found.high, found.low, found.close)
    )
    return Columns(line, opens, highs, lows, closes, np.where(there, found.volume[np.maximum(place, 0)], 0.0))


def aligned(found: Mapping[str, Columns]) -> dict[str, Columns]:
    """Lay the candles of several instruments on one line of times, over the span that all of them have.

    Raises
    ------
    PaperError
        Their candles are not of one length, or there is no such span.
    """
    if len(found) < 2:
        return dict(found)
    bars = {name: (bar_of(columns.ts), int(columns.ts[0] % bar_of(columns.ts))) for name, columns in found.items()}
    (first, bar), *others = bars.items()
    for name, other in others:
        if other != bar:
            raise PaperError(
                f"{first} has candles of {bar[0] // 1000} s and {name} of {other[0] // 1000} s, or at other seconds.",
                "Give candles of one length.",
            )
    start = max(int(columns.ts[0]) for columns in found.values())
    end = min(int(columns.ts[-1]) for columns in found.values())
    every = np.unique(np.concatenate([columns.ts for columns in found.values()]))
    line = every[(every >= start) & (every <= end)]
    if not len(line):
        raise PaperError("The candles have no time in common.", "Give files of the same days.")
    return {name: laid_on(line, columns) for name, columns in found.items()}


def filled(found: Columns, bar: int) -> Columns:
    """Fill the times without a candle."""
    return laid_on(np.arange(found.ts[0], found.ts[-1] + bar, bar, dtype=np.int64), found)
