"""Prices nobody recorded: a seeded random walk of one-minute candles on the tick."""

import math
import zlib
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from okxlab.paper.exact import times
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.source import Columns
from okxlab.paper.products.instrument import Instrument

MINUTE = 60_000
_BLOCK = 1440  # one day, so that a block is cheap and a month is few of them
_HISTORY_DAYS = 730
_SIGMA = 0.60 / math.sqrt(365 * 1440)  # 60 % a year, per minute
_TURNOVER = 200_000.0  # quote currency a minute
_REGIMES = ((24, 0.35), (144, 0.35))  # volatility clusters: pieces a day, spread of the log


@dataclass(frozen=True)
class _Moves:
    """A day of the walk before it has a price: log returns and what shapes the candles around them."""

    returns: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    turnover: NDArray[np.float64]


class Walk:
    """One-minute candles of one instrument; the same seed and instrument always give the same ones.

    Parameters
    ----------
    instrument
        Its start price is the open of candle 0.
    seed
        Not negative. An instrument's walk does not depend on which others are asked.
    epoch
        Opening time of candle 0 (ms UTC). Two years lie before it.
    """

    bar = MINUTE
    first = -_HISTORY_DAYS * _BLOCK
    last: int | None = None

    def __init__(self, instrument: Instrument, seed: int, epoch: int) -> None:
        self._instrument = instrument
        self._entropy = (seed, zlib.crc32(instrument.name.encode()))
        self._epoch = epoch
        self._edges = {0: math.log(instrument.start)}
        self._blocks: dict[int, Columns] = {}

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return self._epoch + index * MINUTE

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time."""
        return (ts - self._epoch) // MINUTE

    def points(self, index: int) -> Points:
        """Give the path of a candle."""
        block, row = self._block(index // _BLOCK), index % _BLOCK
        return points(*(self.price(column.item(row)) for column in (block.open, block.high, block.low, block.close)))

    def volume(self, index: int) -> Decimal:
        """Give the base volume of a candle."""
        return self.amount(self._block(index // _BLOCK).volume[index % _BLOCK])

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop, prices in ticks and volumes in lots."""
        numbers = range(start // _BLOCK, (stop - 1) // _BLOCK + 1)
        blocks = [self._block(number) for number in numbers]
        cut = slice(start - numbers[0] * _BLOCK, stop - numbers[0] * _BLOCK) if blocks else slice(0)
        names = ("ts", "open", "high", "low", "close", "volume")
        joined = [[getattr(block, name) for block in blocks] or [np.empty(0, np.int64)] for name in names]
        return Columns(*(np.concatenate(parts)[cut] for parts in joined))

    def price(self, number: float) -> Decimal:
        """Turn ticks into quote currency."""
        return times(int(number), self._instrument.tick)

    def amount(self, number: float) -> Decimal:
        """Turn lots into base currency."""
        return times(int(number), self._instrument.lot)

    def _block(self, number: int) -> Columns:
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = self._priced(number)
        return block

    def _priced(self, number: int) -> Columns:
        moves = self._moves(number)
        track = self._edge(number) + np.concatenate(([0.0], np.cumsum(moves.returns)))
        level, nexts = track[:-1], track[1:]
        opens, closes = self._ticks(level), self._ticks(nexts)
        highs = np.maximum(self._ticks(np.maximum(level, nexts) + moves.up), np.maximum(opens, closes))
        lows = np.minimum(self._ticks(np.minimum(level, nexts) - moves.down), np.minimum(opens, closes))
        lots = moves.turnover / (np.exp(level) * float(self._instrument.lot))
        volume = np.maximum(np.rint(lots), 1).astype(np.int64)
        ts = self._epoch + (number * _BLOCK + np.arange(_BLOCK, dtype=np.int64)) * MINUTE
        return Columns(ts, opens, highs, lows, closes, volume)

    def _ticks(self, log_price: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.maximum(np.rint(np.exp(log_price) / float(self._instrument.tick)), 1).astype(np.int64)

    def _edge(self, number: int) -> float:
        """Give the log price at the start of a block, found from candle 0 outwards."""
        step = 1 if number > 0 else -1
        near = number
        while near not in self._edges:
            near -= step
        while near != number:
            span = float(np.sum(self._moves(near if step > 0 else near - 1).returns))
            self._edges[near + step] = self._edges[near] + step * span
            near += step
        return self._edges[number]

    def _moves(self, number: int) -> _Moves:
        rng = np.random.default_rng((*self._entropy, number + 1_000_000))
        calm = np.zeros(_BLOCK)
        for pieces, spread in _REGIMES:
            calm += np.repeat(rng.normal(-(spread**2), spread, pieces), _BLOCK // pieces)
        heat = np.exp(calm)
        sigma = _SIGMA * heat
        returns = sigma * rng.normal(size=_BLOCK)
        up, down = (_beyond(returns, sigma, rng.random(_BLOCK)) for _ in range(2))
        return _Moves(returns, up, down, _TURNOVER * heat * np.exp(rng.normal(-0.32, 0.8, _BLOCK)))


def _beyond(
    returns: NDArray[np.float64], sigma: NDArray[np.float64], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far a Brownian path from 0 to its return goes beyond the farther of the two ends."""
    reach = np.sqrt(returns**2 - 2 * sigma**2 * np.log1p(-chance))
    out: NDArray[np.float64] = (reach - np.abs(returns)) / 2
    return out
