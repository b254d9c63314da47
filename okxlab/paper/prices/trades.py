"""All trades of an instrument, those of the path and those of our orders, from the newest back to the first."""

from collections.abc import Iterator
from heapq import merge

from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Print, Prints, path_print, place_of
from okxlab.paper.products.instrument import Instrument


class Trades:
    """The trades of one instrument as far as the feed has come.

    Parameters
    ----------
    feed
        Where the market stands.
    instrument
        Which one.
    prints
        What our orders traded.
    """

    def __init__(self, feed: Feed, instrument: Instrument, prints: Prints) -> None:
        self._feed = feed
        self._instrument = instrument
        self._prints = prints

    def time(self, row: Print) -> int:
        """Give the feed time of a trade (ms UTC)."""
        return self._feed.time(row.position, row.part)

    def before(self, trade: int | None = None) -> Iterator[Print]:
        """Give the trades with a lower id, newest first; without an id all of them."""
        feed = self._feed
        start = feed.place if trade is None else min(feed.place, place_of(trade, feed.parts))
        for row in merge(self._path(start), self._prints.newest(self._instrument.name), key=_newest_first):
            if trade is None or row.trade_id < trade:
                yield row

    def until(self, ts: int) -> Iterator[Print]:
        """Give the trades before a time (ms UTC), newest first."""
        for row in merge(self._path(self._place(ts)), self._prints.newest(self._instrument.name), key=_newest_first):
            if self.time(row) < ts:
                yield row

    def _path(self, start: int) -> Iterator[Print]:
        feed, instrument = self._feed, self._instrument
        for place in range(start, 4 * feed.parts * feed.sources[instrument.name].first - 1, -1):
            row = path_print(feed, instrument, place)
            if row.size:
                yield row

    def _place(self, ts: int) -> int:
        """Give the last place before a time."""
        feed = self._feed
        source = feed.sources[self._instrument.name]
        index = source.at(ts - 1)
        places = 4 * feed.parts
        passed = min((ts - 1 - source.time(index)) * places // feed.bar, places - 1) if index >= source.first else 0
        return min(feed.place, index * places + passed)


def _newest_first(row: Print) -> int:
    return -row.trade_id
