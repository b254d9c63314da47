"""Public market data: time, instruments, tickers, books, trades, candles."""

from okxlab.paper.codes import Refusal
from okxlab.paper.prices.bars import BARS, Bars
from okxlab.paper.rest.parameters import instrument_of, kind_of, limited, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import quotes

Rows = list[object]

_NEWEST_BARS = 1440
_MOST_ROWS = 300


def time(call: Call) -> Rows:
    """Give protocol time."""
    return [{"ts": str(call.venue.clock.now_ms())}]


def status(call: Call) -> Rows:
    """Give the maintenance that is announced, under way or over."""
    return [row for row in call.venue.status_rows() if row["state"] == call.params.get("state", row["state"])]


def instruments(call: Call) -> Rows:
    """List what is traded."""
    name = call.params.get("instId", "")
    found = [row for row in call.venue.listing.kind(kind_of(call.params)) if not name or row.name == name]
    if name and not found:
        raise Refusal("51001")
    return [row.row() for row in found]


def tickers(call: Call) -> Rows:
    """Give the ticker of every instrument."""
    return [quotes.ticker(call.venue, row) for row in call.venue.listing.kind(kind_of(call.params))]


def ticker(call: Call) -> Rows:
    """Give the ticker of one instrument."""
    return [quotes.ticker(call.venue, instrument_of(call.venue, call.params))]


def books(call: Call) -> Rows:
    """Give the order book of one instrument, 1 to 400 levels a side."""
    return [quotes.book(call.venue, instrument_of(call.venue, call.params), limited(call.params, "sz", 1, 400))]


def trades(call: Call) -> Rows:
    """Give the newest trades."""
    count = limited(call.params, "limit", 100, 500)
    return list(quotes.trades(call.venue, instrument_of(call.venue, call.params), count))


def candles(call: Call) -> Rows:
    """Give a page of the newest 1,440 bars, the running one with confirm 0 included."""
    return _candles(call, newest=_NEWEST_BARS)


def history_candles(call: Call) -> Rows:
    """Give a page of completed bars, however old."""
    return _candles(call, newest=None)


def _candles(call: Call, *, newest: int | None) -> Rows:
    feed, params = call.venue.feed, call.params
    bars = Bars(feed, instrument_of(call.venue, params))
    name = params.get("bar") or "1m"
    if name not in BARS or BARS[name][0] % feed.bar:
        raise Refusal("51000", "bar")
    after, before = whole(params, "after", 2**62), whole(params, "before", -1)
    limit = limited(params, "limit", 100, _MOST_ROWS)
    length, start = BARS[name]
    floor = before + 1
    if newest is not None:
        running = start + (feed.candle - start) // length * length
        floor = max(floor, running - (newest - 1) * length)
    found = bars.newest(name, limit + 1, before=min(after, feed.now + length))
    rows = [bar.row() for bar in found if bar.ts >= floor and (newest is not None or bar.confirmed)]
    return list(rows[:limit])


_IP = ("ip",)

ROUTES = (
    Route("GET", "public/time", time, "public", Limit(10, by=_IP)),
    Route("GET", "public/instruments", instruments, "public", Limit(20, by=("ip", "instType"))),
    Route("GET", "system/status", status, "public", Limit(1, 5000, _IP)),
    Route("GET", "market/tickers", tickers, "public", Limit(20, by=_IP)),
    Route("GET", "market/ticker", ticker, "public", Limit(20, by=_IP)),
    Route("GET", "market/books", books, "public", Limit(40, by=_IP)),
    Route("GET", "market/trades", trades, "public", Limit(100, by=_IP)),
    Route("GET", "market/candles", candles, "public", Limit(40, by=_IP)),
    Route("GET", "market/history-candles", history_candles, "public", Limit(20, by=_IP)),
)
