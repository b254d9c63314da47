"""Candles of any bar, aggregated from the tape up to where the feed stands."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from okxlab.paper.exact import floored, plain, plus, times
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Prints, Traded, trade_id
from okxlab.paper.prices.source import Columns, Source
from okxlab.paper.prices.spans import SPANS, Span
from okxlab.paper.products.instrument import Instrument


@dataclass(slots=True)
class Bar:
    """One candle: ``volume`` in base currency or contracts, ``turnover`` that times price (a float: estimated)."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    turnover: float
    confirmed: bool = False

    def row(self, instrument: Instrument) -> list[str]:
        """Give OKX's row."""
        return [*self.prices(), plain(self.volume), *self.amounts(instrument), "1" if self.confirmed else "0"]

    def prices(self) -> list[str]:
        """Give the time and the four prices as texts."""
        return [str(self.ts), plain(self.open), plain(self.high), plain(self.low), plain(self.close)]

    def amounts(self, instrument: Instrument) -> tuple[str, str]:
        """Give OKX's volCcy (quote currency of spot, base currency of contracts) and volCcyQuote."""
        contract = instrument.contract
        if contract is None:
            worth = rounded(self.turnover)
            return worth, worth
        counted = plain(times(self.volume, contract.value))
        if contract.linear or contract.right:
            return counted, rounded(self.turnover * float(contract.value))
        price = self.turnover / float(self.volume) if self.volume else 1.0
        return rounded(float(self.volume) * float(contract.value) / price), counted

    def join(self, later: "Bar") -> None:
        """Go on with the bar that follows."""
        self.high, self.low, self.close = max(self.high, later.high), min(self.low, later.low), later.close
        self.volume, self.turnover = plus(self.volume, later.volume), self.turnover + later.turnover

    def add(self, traded: Traded, closes_with: int) -> None:
        """Count what our orders traded in one of its candles; a trade after the one of an id closes the bar."""
        self.high, self.low = max(self.high, traded.high), min(self.low, traded.low)
        self.volume, self.turnover = plus(self.volume, traded.volume), self.turnover + float(traded.turnover)
        if traded.last.trade_id > closes_with:
            self.close = traded.last.price


def rounded(number: float) -> str:
    """Write an estimate with at most eight decimals."""
    return plain(Decimal(repr(round(number, 8))))


class Bars:
    """The candles of one instrument as the tape shows them now.

    Parameters
    ----------
    feed
        Where the market stands; nothing after that is shown.
    instrument
        Which one.
    prints
        What our orders traded.
    """

    def __init__(self, feed: Feed, instrument: Instrument, prints: Prints) -> None:
        self._feed = feed
        self._instrument = instrument
        self._prints = prints
        self._source: Source = feed.sources[instrument.name]

    def newest(self, name: str, count: int, *, before: int | None = None) -> list[Bar]:
        """Give up to count bars, newest first, all opening before a time (ms UTC) if one is given."""
        feed, source, span = self._feed, self._source, SPANS[name]
        until = feed.index
        if before is not None:
            until = min(until, source.at(span.closing(span.opening(before - 1)) - 1))
        since = max(source.first, until - (count + 1) * (span.length // source.bar))
        return self._grouped(since, until, span)[::-1][:count] if until >= since else []

    def whole(self, since: int, stop: int) -> Bar | None:
        """Give the candles from since up to, not including, stop as one bar; none of them may be under way."""
        columns = self._source.columns(since, stop)
        if not len(columns.ts):
            return None
        (bar,) = self._summed(columns, np.zeros(1, np.int64))
        self.count_own(bar, since, stop)
        return bar

    def count_own(self, bar: Bar, since: int, stop: int) -> None:
        """Count in a bar what our orders traded in the candles from since up to, not including, stop."""
        for traded in self._prints.between(self._instrument.name, since, stop):
            bar.add(traded, self._closes_with(stop - 1))

    def standing(self) -> Bar:
        """Give the candle the feed stands in, as far as it has come."""
        feed, source, name = self._feed, self._source, self._instrument.name
        at = (feed.position & 3) * feed.parts + feed.part + 1
        volume = source.volume(feed.index)
        if feed.parts > 1:
            micro = feed.micro(name, feed.index)
            tick, lot = micro.steps
            seen = micro.ticks[:at]
            path = times(seen[0], tick), times(max(seen), tick), times(min(seen), tick), times(seen[-1], tick)
            if at < 4 * feed.parts and not feed.done:
                volume = times(sum(micro.lots[:at]), lot)
        else:
            points = source.points(feed.index)[:at]
            path = points[0], max(points), min(points), points[-1]
            if at < 4:
                volume = floored(volume * at / 4, self._instrument.lot)
        turnover = float(volume) * float(path[0] + path[-1]) / 2
        bar = Bar(feed.candle, *path, volume, turnover)
        for traded in self._prints.between(name, feed.index, feed.index + 1):
            bar.add(traded, trade_id(feed.position, feed.part))
        return bar

    def _grouped(self, since: int, until: int, span: Span) -> list[Bar]:
        columns = self._source.columns(since, min(until + 1, self._feed.index))
        openings = span.openings(columns.ts)
        cuts = np.flatnonzero(np.diff(openings, prepend=-1)) if len(openings) else np.empty(0, np.int64)
        bars = self._summed(columns, cuts)
        self._add_own(bars, since, cuts, len(openings))
        for bar, cut in zip(bars, cuts.tolist(), strict=True):
            bar.ts = int(openings[cut])
        if until == self._feed.index:
            standing = self.standing()
            standing.ts = span.opening(standing.ts)
            if bars and bars[-1].ts == standing.ts:
                bars[-1].join(standing)
            else:
                bars.append(standing)
        for bar in bars[-2:]:
            bar.confirmed = span.closing(bar.ts) <= self._feed.now
        for bar in bars[:-2]:
            bar.confirmed = True
        return bars

    def _summed(self, columns: Columns, cuts: NDArray[np.int64]) -> list[Bar]:
        """Give the bars that begin at some rows."""
        if not len(columns.ts):
            return []
        price, amount = self._source.price, self._source.amount
        unit = float(price(1)) * float(amount(1))
        middle = (columns.open.astype(np.float64) + columns.close) / 2
        last = np.append(cuts[1:], len(columns.ts)) - 1
        highs, lows = np.maximum.reduceat(columns.high, cuts), np.minimum.reduceat(columns.low, cuts)
        return [
            Bar(int(row[0]), price(row[1]), price(row[2]), price(row[3]), price(row[4]), amount(row[5]), row[6] * unit)
            for row in zip(
                columns.ts[cuts].tolist(), columns.open[cuts].tolist(), highs.tolist(), lows.tolist(),
                columns.close[last].tolist(), np.add.reduceat(columns.volume, cuts).tolist(),
                np.add.reduceat(middle * columns.volume, cuts).tolist(), strict=True,
            )
        ]  # fmt: skip

    def _add_own(self, bars: list[Bar], since: int, cuts: NDArray[np.int64], count: int) -> None:
        """Count what our orders traded in the candles from since on, ``count`` of them."""
        for traded in self._prints.between(self._instrument.name, since, since + count):
            place = int(np.searchsorted(cuts, traded.index - since, side="right")) - 1
            end = int(cuts[place + 1]) if place + 1 < len(cuts) else count
            bars[place].add(traded, self._closes_with(since + end - 1))

    def _closes_with(self, index: int) -> int:
        """Give the id of the path's last trade in a candle."""
        return trade_id(4 * index + 3, self._feed.parts - 1)
