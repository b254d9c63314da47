"""Bars of one second, made of the single trades."""

from decimal import Decimal

from okxlab.paper.exact import times
from okxlab.paper.prices.bars import Bar
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Print
from okxlab.paper.prices.spans import SECOND
from okxlab.paper.prices.trades import Trades


def second_bars(feed: Feed, trades: Trades, count: int, *, before: int | None = None) -> list[Bar]:
    """Give up to count bars of a second, newest first, all opening before a time (ms UTC) if one is given.

    A second without a trade stands at the price of the trade before it; before the first trade there are none.
    """
    newest = (feed.now - int(feed.done)) // SECOND * SECOND
    if before is not None:
        newest = min(newest, (before - 1) // SECOND * SECOND)
    oldest = newest - (count - 1) * SECOND
    rows: list[Print] = []
    for row in trades.until(newest + SECOND):
        rows.append(row)
        if trades.time(row) < oldest:
            break
    return _filled(rows[::-1], trades, oldest, newest, feed.now)


def _filled(rows: list[Print], trades: Trades, oldest: int, newest: int, now: int) -> list[Bar]:
    """Give the bars of all seconds, newest first, from trades in their order."""
    bars: dict[int, Bar] = {}
    for row in rows:
        one = _bar(trades.time(row) // SECOND * SECOND, row)
        if one.ts in bars:
            bars[one.ts].join(one)
        else:
            bars[one.ts] = one
    found: list[Bar] = []
    last: Bar | None = None
    for ts in range(min(bars, default=newest + SECOND), newest + SECOND, SECOND):
        last = bars.get(ts) or (last and _still(ts, last))
        if last and ts >= oldest:
            last.confirmed = ts + SECOND <= now
            found.append(last)
    return found[::-1]


def _bar(ts: int, row: Print) -> Bar:
    return Bar(ts, row.price, row.price, row.price, row.price, row.size, float(times(row.size, row.price)))


def _still(ts: int, last: Bar) -> Bar:
    return Bar(ts, last.close, last.close, last.close, last.close, Decimal(0), 0.0)
