"""Candles of what everybody measures by: index prices and mark prices, in which our own trades do not count."""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import times
from okxlab.paper.prices.bars import Bar, Bars
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.path import Points, points
from okxlab.paper.prices.premium import premium
from okxlab.paper.prices.prints import Prints
from okxlab.paper.prices.reference import Reference
from okxlab.paper.prices.source import Columns, Numbers, Source
from okxlab.paper.prices.spans import MINUTE
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.listing import Listing


def index_pair(listing: Listing, name: str) -> Instrument:
    """Give the instrument whose price is the index of an instrument, a family or a pair by its id.

    Raises
    ------
    Refusal
        51001 when there is none.
    """
    base, quote = (*name.split("-"), "")[:2]
    pair = listing.get(f"{base}-{quote}") or (listing.get(f"{base}-USDT") if quote.startswith("USD") else None)
    pair = pair or next((row for row in listing.values() if row.base == base and row.kind != "OPTION"), None)
    if pair is None:
        raise Refusal("51001")
    return pair


def index_bars(feed: Feed, pair: Instrument) -> Bars:
    """Give the candles of an index."""
    return Bars(feed, pair, Prints(feed))


def mark_bars(feed: Feed, reference: Reference, listing: Listing, instrument: Instrument) -> Bars:
    """Give the candles of a mark price; an option's are those of its trades on the path."""
    if instrument.contract is None or instrument.kind == "OPTION" or not isinstance(feed.sources, Market):
        own = instrument if instrument.kind in {"SPOT", "MARGIN", "OPTION"} else index_pair(listing, instrument.name)
        return index_bars(feed, own)
    return MarkBars(feed, reference, index_pair(listing, instrument.terms.family), instrument)


class MarkBars(Bars):
    """The candles of a contract's mark price: its index, and by how much the mark stands above.

    Parameters
    ----------
    feed
        Where the market stands, in a made-up world.
    reference
        Who knows the mark price of this moment.
    pair
        The index.
    instrument
        The contract.
    """

    def __init__(self, feed: Feed, reference: Reference, pair: Instrument, instrument: Instrument) -> None:
        super().__init__(feed, instrument, Prints(feed))
        assert isinstance(feed.sources, Market)  # noqa: S101 - only a made-up world has premiums
        self._index = index_bars(feed, pair)
        self._reference = reference
        self._source = Marks(feed.sources[pair.name], feed.sources.world.seed, pair, instrument)

    def standing(self) -> Bar:
        """Give the candle the feed stands in, as far as it has come."""
        bar, mark = self._index.standing(), self._reference.mark_price(self._instrument)
        above = mark / bar.close if bar.close else Decimal(1)
        opened, high, low = (
            times(round(price * above / self._instrument.tick), self._instrument.tick)
            for price in (bar.open, bar.high, bar.low)
        )
        return replace(bar, open=opened, high=max(high, mark), low=min(low, mark), close=mark)


class Marks:
    """Whole candles of a mark price, in its ticks and without volume."""

    def __init__(self, index: Source, seed: int, pair: Instrument, instrument: Instrument) -> None:
        self._index = index
        self._seed = seed
        self._ratio = float(pair.tick) / float(instrument.tick)
        self._instrument = instrument
        self.bar, self.first, self.last = index.bar, index.first, index.last

    def time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return self._index.time(index)

    def at(self, ts: int) -> int:
        """Give the number of the last candle that opens at or before a time."""
        return self._index.at(ts)

    def points(self, index: int) -> Points:
        """Give the path of a candle."""
        found = self.columns(index, index + 1)
        return points(*(self.price(side.item(0)) for side in (found.open, found.high, found.low, found.close)))

    def volume(self, index: int) -> Decimal:
        """Give no volume."""
        return Decimal(0)

    def columns(self, start: int, stop: int) -> Columns:
        """Give the candles from start up to, not including, stop, prices in ticks."""
        found = self._index.columns(start, stop)
        if not len(found.ts):
            return found
        edges = np.append(found.ts, found.ts[-1] + self.bar) / MINUTE
        above = np.exp(premium(self._seed, self._instrument.terms, edges)) * self._ratio
        opens, closes = self._ticks(found.open * above[:-1]), self._ticks(found.close * above[1:])
        middle = (above[:-1] + above[1:]) / 2
        highs = np.maximum(self._ticks(found.high * middle), np.maximum(opens, closes))
        lows = np.minimum(self._ticks(found.low * middle), np.minimum(opens, closes))
        return Columns(found.ts, opens, highs, lows, closes, np.zeros(len(opens), np.int64))

    def price(self, number: float) -> Decimal:
        """Turn ticks into quote currency."""
        return times(int(number), self._instrument.tick)

    def amount(self, number: float) -> Decimal:
        """Turn nothing into nothing."""
        return Decimal(int(number))

    def _ticks(self, prices: Numbers) -> Numbers:
        return np.maximum(np.rint(prices), 1).astype(np.int64)
