"""The last 24 hours of every instrument, as tickers tell them, quick enough to ask for all of them again and again."""

from collections.abc import Callable
from decimal import Decimal

from okxlab.paper.prices.bars import Bar, Bars
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.prints import Prints
from okxlab.paper.prices.spans import DAY
from okxlab.paper.prices.window import Windows
from okxlab.paper.products.instrument import Instrument

_MINUTES = 1440  # candles of a day of a made-up market, the one under way included


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
        self._windows = Windows(feed.sources, _MINUTES - 1)
        self._whole: dict[str, tuple[int, Bar | None]] = {}
        self._opened: dict[tuple[str, int], tuple[int, Decimal]] = {}

    def last(self, instrument: Instrument) -> Bar:
        """Give the last 24 hours as one bar."""
        bars, feed = Bars(self._feed, instrument, self._prints), self._feed
        kept = self._whole.get(instrument.name)
        if kept is None or kept[0] != feed.index:
            kept = self._whole[instrument.name] = feed.index, self._before(bars, instrument.name)
        whole, standing = kept[1], bars.standing()
        if whole is None:
            return standing
        day = Bar(whole.ts, whole.open, whole.high, whole.low, whole.close, whole.volume, whole.turnover)
        day.join(standing)
        return day

    def _before(self, bars: Bars, name: str) -> Bar | None:
        """Give the whole candles of the last 24 hours."""
        feed, source = self._feed, self._feed.sources[name]
        if isinstance(feed.sources, Market):
            found = self._windows.before(name, feed.index)
            bars.count_own(found, feed.index - _MINUTES + 1, feed.index)
            return found
        since = max(source.first, source.at(feed.now - DAY) + 1)
        return bars.whole(min(since, feed.index), feed.index)

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
