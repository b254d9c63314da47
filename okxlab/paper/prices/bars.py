"""Candles of any bar, aggregated from the feed up to where it stands."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np

from okxlab.paper.exact import floored, plain
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.source import Columns, Source
from okxlab.paper.products.instrument import Instrument

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_MONDAY = 4 * _DAY  # 1970-01-05
_HONG_KONG = -8 * _HOUR
_SHORT = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240}
_LONG = {"6H": (6 * _HOUR, 0), "12H": (12 * _HOUR, 0), "1D": (_DAY, 0), "1W": (7 * _DAY, _MONDAY)}

# OKX's name: (length in ms, where its bars start counting, ms since 1970 UTC)
BARS = {name: (minutes * _MINUTE, 0) for name, minutes in _SHORT.items()}
BARS |= {name: (length, start + _HONG_KONG) for name, (length, start) in _LONG.items()}
BARS |= {f"{name}utc": place for name, place in _LONG.items()}


@dataclass(frozen=True)
class Bar:
    """One candle: ``volume`` is in base, ``turnover`` in quote currency."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    turnover: float
    confirmed: bool

    def row(self) -> list[str]:
        """Give OKX's row."""
        prices = [plain(price) for price in (self.open, self.high, self.low, self.close)]
        volume, turnover = plain(self.volume), plain(Decimal(repr(round(self.turnover, 8))))
        return [str(self.ts), *prices, volume, volume, turnover, "1" if self.confirmed else "0"]


class Bars:
    """The candles of one instrument as the feed shows them now.

    Parameters
    ----------
    feed
        Where the market stands; nothing after that is shown.
    instrument
        Which one.
    """

    def __init__(self, feed: Feed, instrument: Instrument) -> None:
        self._feed = feed
        self._instrument = instrument
        self._source: Source = feed.sources[instrument.name]

    def newest(self, bar: str, count: int, *, before: int | None = None) -> list[Bar]:
        """Give up to count bars, newest first, all opening before a time (ms UTC) if one is given."""
        length, start = BARS[bar]
        feed, source = self._feed, self._source
        until = feed.index
        if before is not None:
            shut = start + -(-(before - start) // length) * length  # where the last wanted bar ends
            until = min(until, source.at(shut - 1))
        ratio = length // source.bar
        since = max(source.first, until - (count + 1) * ratio)
        if until < since:
            return []
        found = self._grouped(since, until, length, start)
        return found[::-1][:count]

    def day(self) -> Bar:
        """Give the last 24 hours of feed time as one bar."""
        since = max(self._source.first, self._source.at(self._feed.now - _DAY) + 1)
        return self._sum(min(since, self._feed.index))

    def opened(self, start: int) -> Decimal:
        """Give the first price of the running day, whose days start counting at a time (ms UTC)."""
        today = start + (self._feed.now - 1 - start) // _DAY * _DAY
        index = max(self._source.first, self._source.at(today - 1) + 1)
        return self._source.points(min(index, self._feed.index))[0]

    def _sum(self, since: int) -> Bar:
        whole = self._source.columns(since, self._feed.index)
        partial = self._standing()
        if not len(whole.ts):
            return partial
        return _joined(self._bar(whole, 0, len(whole.ts)), partial)

    def _grouped(self, since: int, until: int, length: int, start: int) -> list[Bar]:
        stop = min(until + 1, self._feed.index)
        whole = self._source.columns(since, stop)
        group = (whole.ts - start) // length
        cuts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)] if len(group) else []
        bars = [self._bar(whole, left, right) for left, right in pairwise(cuts)]
        if until == self._feed.index:
            last = self._standing()
            same = bars and (bars[-1].ts - start) // length == (last.ts - start) // length
            bars = [*bars[:-1], _joined(bars[-1], last)] if same else [*bars, last]
        return [self._placed(bar, length, start) for bar in bars]

    def _placed(self, bar: Bar, length: int, start: int) -> Bar:
        """Date a bar by its span, and confirm it when the feed has left that."""
        ts = start + (bar.ts - start) // length * length
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.turnover)
        return Bar(ts, *values, confirmed=ts + length <= self._feed.now)

    def _bar(self, cols: Columns, left: int, right: int) -> Bar:
        price, cut = self._source.price, slice(left, right)
        middle = (cols.open[cut].astype(np.float64) + cols.close[cut]) / 2
        weight = cols.volume[cut].astype(np.float64)
        unit = float(price(1)) * float(self._source.amount(1))
        return Bar(
            ts=int(cols.ts[left]),
            open=price(cols.open[left]),
            high=price(cols.high[cut].max()),
            low=price(cols.low[cut].min()),
            close=price(cols.close[right - 1]),
            volume=self._source.amount(cols.volume[cut].sum()),
            turnover=float(middle @ weight) * unit,
            confirmed=False,
        )

    def _standing(self) -> Bar:
        """Give the candle the feed stands in, as far as it has come."""
        feed, source = self._feed, self._source
        seen = feed.position % 4 + 1
        path = source.points(feed.index)[:seen]
        volume = source.volume(feed.index)
        if seen < 4:
            volume = floored(volume * seen / 4, self._instrument.lot)
        turnover = float(volume) * float(path[0] + path[-1]) / 2
        return Bar(feed.candle, path[0], max(path), min(path), path[-1], volume, turnover, confirmed=False)


def _joined(left: Bar, right: Bar) -> Bar:
    return Bar(
        left.ts, left.open, max(left.high, right.high), min(left.low, right.low), right.close,
        left.volume + right.volume, left.turnover + right.turnover, confirmed=False,
    )  # fmt: skip
