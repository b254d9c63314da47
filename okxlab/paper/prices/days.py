"""The last 24 hours of every instrument, as tickers tell them, quick enough to ask for all of them again and again."""

from collections.abc import Callable
from decimal import Decimal

from okxlab.paper.prices.bars import Bar, Bars
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Prints
from okxlab.paper.prices.spans import DAY
from okxlab.paper.products.instrument import Instrument


class Days:
    """Figures of days up to where the feed stands; what whole candles say is kept until the feed leaves its candle.

    Parameters
    ----------
    feed
        Where the market stands.
    prints
        What our orders traded.
    """

    def __init__(self, feed: Feed, prints: Prints) -> None:
        self._feed = feed
        self._prints = prints
        self._whole: dict[str, tuple[int, Bar | None]] = {}
        self._opened: dict[tuple[str, int], tuple[int, Decimal]] = {}

    def last(self, instrument: Instrument) -> Bar:
        """Give the last 24 hours as one bar."""
        bars, feed = Bars(self._feed, instrument, self._prints), self._feed
        kept = self._whole.get(instrument.name)
        if kept is None or kept[0] != feed.index:
            source = feed.sources[instrument.name]
            since = max(source.first, source.at(feed.now - DAY) + 1)
            kept = self._whole[instrument.name] = feed.index, bars.whole(min(since, feed.index), feed.index)
        whole, standing = kept[1], bars.standing()
        if whole is None:
            return standing
        day = Bar(whole.ts, whole.open, whole.high, whole.low, whole.close, whole.volume, whole.turnover)
        day.join(standing)
        return day

    def opened(self, instrument: Instrument, start: int) -> Decimal:
        """Give the first price of the running day, whose days start counting at a time (ms UTC)."""
        feed, name = self._feed, instrument.name
        today = start + (feed.now - 1 - start) // DAY * DAY
        return self._kept(name, start, today, lambda: self._first(name, today))

    def _first(self, name: str, today: int) -> Decimal:
        source = self._feed.sources[name]
        index = max(source.first, source.at(today - 1) + 1)
        return source.points(min(index, self._feed.index))[0]

    def _kept(self, name: str, start: int, today: int, make: Callable[[], Decimal]) -> Decimal:
        kept = self._opened.get((name, start))
        if kept is None or kept[0] != today:
            kept = self._opened[name, start] = today, make()
        return kept[1]
