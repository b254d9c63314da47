"""Prices nobody recorded: one-minute candles of an instrument in a made-up world, on its tick."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from okxlab.paper.exact import times
from okxlab.paper.prices import black
from okxlab.paper.prices.factor import MINUTES
from okxlab.paper.prices.noise import Counts, Floats
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.premium import premium, stray
from okxlab.paper.prices.shelf import Shelf
from okxlab.paper.prices.source import Columns, Numbers
from okxlab.paper.prices.surface import level, volatility
from okxlab.paper.prices.world import MINUTE, Candles, World
from okxlab.paper.products.instrument import Instrument

HISTORY_DAYS = 730
_COLUMNS = ("open", "high", "low", "close", "volume")
_YEAR = 365 * MINUTES
_SMALL = 2**31


@dataclass(frozen=True)
class Block:
    """A day of candles on the tick, in ticks and lots, in as few bytes as they need."""

    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers


Blocks = Shelf[tuple[str, int], Block]


class Walk(ABC):
    """One-minute candles of one instrument; the same seed and instrument always give the same ones.

    Parameters
    ----------
    instrument
        Which one.
    world
        Where its price comes from; its epoch, a full minute, opens candle 0, and two years lie before it.
    blocks
        Where days of candles are kept.
    """

    bar = MINUTE
    first = -HISTORY_DAYS * MINUTES
    last: int | None = None

    def __init__(self, instrument: Instrument, world: World, blocks: Blocks) -> None:
        self._instrument = instrument
        self._world = world
        self._start = world.epoch // MINUTE
        self._blocks = blocks

    @abstractmethod
    def _priced(self, day: int) -> Candles:
        """Give the candles of a day (since 1970) as prices, not yet on the tick; ``activity`` in lots."""

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return (self._start + index) * MINUTE

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time."""
        return ts // MINUTE - self._start

    def points(self, index: int) -> Points:
        """Give the path of a candle."""
        block, row = self._row(index)
        return points(*(self.price(column.item(row)) for column in (block.open, block.high, block.low, block.close)))

    def volume(self, index: int) -> Decimal:
        """Give the volume of a candle, in base currency or contracts."""
        block, row = self._row(index)
        return self.amount(block.volume.item(row))

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop, prices in ticks and volumes in lots."""
        first, end = self._start + start, self._start + max(start, stop)
        ts = np.arange(first, end, dtype=np.int64) * MINUTE
        days = range(first // MINUTES, (end - 1) // MINUTES + 1)
        blocks = [self._block(day) for day in days] if len(ts) else []
        cut = slice(first - days[0] * MINUTES, end - days[0] * MINUTES) if blocks else slice(0)
        joined = [[getattr(block, name) for block in blocks] or [np.empty(0, np.int64)] for name in _COLUMNS]
        return Columns(ts, *(np.concatenate(parts)[cut].astype(np.int64) for parts in joined))

    def price(self, number: float) -> Decimal:
        """Turn ticks into quote currency."""
        return times(int(number), self._instrument.tick)

    def amount(self, number: float) -> Decimal:
        """Turn lots into base currency or contracts."""
        return times(int(number), self._instrument.lot)

    def _row(self, index: int) -> tuple[Block, int]:
        day, row = divmod(self._start + index, MINUTES)
        return self._block(day), row

    def _block(self, day: int) -> Block:
        return self._blocks.get((self._instrument.name, day), self._made)

    def _made(self, place: tuple[str, int]) -> Block:
        day = place[1]
        found = self._priced(day)
        opens, closes = self._ticks(found.open), self._ticks(found.close)
        highs = np.maximum(self._ticks(found.high), np.maximum(opens, closes))
        lows = np.minimum(self._ticks(found.low), np.minimum(opens, closes))
        volume = np.maximum(np.rint(found.activity), 1).astype(np.int64)
        return Block(*map(_small, (opens, highs, lows, closes, volume)))

    def _ticks(self, price: Floats) -> Counts:
        return np.maximum(np.rint(price / float(self._instrument.tick)), 1).astype(np.int64)

    def _minutes(self, day: int) -> Floats:
        """Give the edges of a day's minutes, counted from 1970."""
        return day * MINUTES + np.arange(MINUTES + 1, dtype=np.float64)


class SpotWalk(Walk):
    """The candles of a spot pair."""

    def _priced(self, day: int) -> Candles:
        row = self._instrument
        logs = self._world.candles(row.base, row.quote, day)
        opens, highs, lows, closes = (np.exp(part) for part in (logs.open, logs.high, logs.low, logs.close))
        dollars = np.exp(self._world.levels(row.base, day)[:-1])
        return Candles(opens, highs, lows, closes, logs.activity / (dollars * float(row.lot)))


class ContractWalk(Walk):
    """The candles of a swap or a future: its index, and how far it trades above."""

    def _priced(self, day: int) -> Candles:
        row = self._instrument
        terms, seed, minutes = row.terms, self._world.seed, self._minutes(day)
        logs = self._world.candles(row.base, row.quote, day)
        above = premium(seed, terms, minutes) + stray(seed, row.name, terms, minutes)
        middle = (above[:-1] + above[1:]) / 2
        opens, highs, lows, closes = (
            np.exp(part + more)
            for part, more in (
                (logs.open, above[:-1]), (logs.high, middle), (logs.low, middle), (logs.close, above[1:])
            )
        )  # fmt: skip
        worth = float(terms.value) * (np.exp(self._world.levels(row.base, day)[:-1]) if terms.linear else 1.0)
        return Candles(opens, highs, lows, closes, _share(row) * logs.activity / (worth * float(row.lot)))


class OptionWalk(Walk):
    """The candles of an option: what Black's formula makes of its forward's."""

    def _priced(self, day: int) -> Candles:
        row = self._instrument
        terms, seed, minutes = row.terms, self._world.seed, self._minutes(day)
        logs = self._world.candles(row.base, "USD", day)
        above = premium(seed, terms, minutes)
        years = np.maximum(terms.expiry / MINUTE - minutes, 0) / _YEAR
        base, strike = level(seed, row.base, minutes), float(terms.strike)
        prices = []
        for part, edges in (
            (logs.open, slice(-1)),
            (logs.high, slice(-1)),
            (logs.low, slice(-1)),
            (logs.close, slice(1, None)),
        ):
            forward = np.exp(part + above[edges])
            sigma = volatility(base[edges], years[edges], np.log(strike / forward))
            prices.append(black.price(terms.right, forward, strike, sigma * np.sqrt(years[edges])))
        opens, one, other, closes = prices
        lots = 0.02 * _share(row) * logs.activity / (float(terms.value) * np.exp(logs.open))
        return Candles(opens, np.maximum(one, other), np.minimum(one, other), closes, lots)


def _small(numbers: Counts) -> Numbers:
    return numbers.astype(np.int32) if int(numbers.max()) < _SMALL else numbers


def _share(instrument: Instrument) -> float:
    """Give how much is traded of a contract where 1 is of the spot pair."""
    shares = {"USDT": 4.0, "USDC": 0.3}
    part = shares.get(instrument.terms.settle, 1.0)
    return part if instrument.kind == "SWAP" else part / 20
