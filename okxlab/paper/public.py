"""The routes anybody may ask: time, instruments, market data."""

from collections.abc import Callable, Mapping

from okxlab.paper import quotes
from okxlab.paper.bars import BARS, Bars
from okxlab.paper.codes import Refusal
from okxlab.paper.history import whole
from okxlab.paper.instruments import Instrument
from okxlab.paper.venue import Venue

Params = Mapping[str, str]
Rows = list[object]

_KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")
_NEWEST_BARS = 1440
_MOST_ROWS = 300


def time(venue: Venue, _params: Params) -> Rows:
    """Give protocol time."""
    return [{"ts": str(venue.clock.now_ms())}]


def status(_venue: Venue, _params: Params) -> Rows:
    """No maintenance is ever announced."""
    return []


def instruments(venue: Venue, params: Params) -> Rows:
    """List what is traded."""
    name = params.get("instId", "")
    rows: Rows = [row.row() for row in venue.instruments.values() if not name or row.name == name]
    if _kind(params) != "SPOT":
        return []
    if name and not rows:
        raise Refusal("51001")
    return rows


def tickers(venue: Venue, params: Params) -> Rows:
    """Give the ticker of every instrument."""
    if _kind(params) != "SPOT":
        return []
    return [quotes.ticker(venue, row) for row in venue.instruments.values()]


def ticker(venue: Venue, params: Params) -> Rows:
    """Give the ticker of one instrument."""
    return [quotes.ticker(venue, _instrument(venue, params))]


def books(venue: Venue, params: Params) -> Rows:
    """Give the order book of one instrument, 1 to 400 levels a side."""
    return [quotes.book(venue, _instrument(venue, params), _limit(params, "sz", 1, 400))]


def trades(venue: Venue, params: Params) -> Rows:
    """Give the newest trades."""
    return list(quotes.trades(venue, _instrument(venue, params), _limit(params, "limit", 100, 500)))


def candles(venue: Venue, params: Params) -> Rows:
    """Give a page of the newest 1,440 bars, the running one with confirm 0 included."""
    return _candles(venue, params, newest=_NEWEST_BARS)


def history_candles(venue: Venue, params: Params) -> Rows:
    """Give a page of completed bars, however old."""
    return _candles(venue, params, newest=None)


def _candles(venue: Venue, params: Params, *, newest: int | None) -> Rows:
    bars = Bars(venue.feed, _instrument(venue, params))
    name = params.get("bar") or "1m"
    if name not in BARS or BARS[name][0] % venue.feed.bar:
        raise Refusal("51000", "bar")
    after, before = whole(params, "after", 2**62), whole(params, "before", -1)
    limit = _limit(params, "limit", 100, _MOST_ROWS)
    length, start = BARS[name]
    floor = before + 1
    if newest is not None:
        running = start + (venue.feed.candle - start) // length * length
        floor = max(floor, running - (newest - 1) * length)
    found = bars.newest(name, limit + 1, before=min(after, venue.feed.now + length))
    rows = [bar.row() for bar in found if bar.ts >= floor and (newest is not None or bar.confirmed)]
    return list(rows[:limit])


def _instrument(venue: Venue, params: Params) -> Instrument:
    name = params.get("instId", "")
    if not name:
        raise Refusal("50014", "instId")
    if name not in venue.instruments:
        raise Refusal("51001")
    return venue.instruments[name]


def _kind(params: Params) -> str:
    kind = params.get("instType", "")
    if not kind:
        raise Refusal("50014", "instType")
    if kind not in _KINDS:
        raise Refusal("51000", "instType")
    return kind


def _limit(params: Params, name: str, default: int, most: int) -> int:
    return min(max(whole(params, name, default), 1), most)


ROUTES: dict[str, Callable[[Venue, Params], Rows]] = {
    "/api/v5/public/time": time,
    "/api/v5/public/instruments": instruments,
    "/api/v5/system/status": status,
    "/api/v5/market/tickers": tickers,
    "/api/v5/market/ticker": ticker,
    "/api/v5/market/books": books,
    "/api/v5/market/trades": trades,
    "/api/v5/market/candles": candles,
    "/api/v5/market/history-candles": history_candles,
}
