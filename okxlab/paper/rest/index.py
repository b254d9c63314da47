"""Indices and mark prices: what they are now, and their candles."""

from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.prices.bars import Bars
from okxlab.paper.prices.marks import index_bars, index_pair, mark_bars
from okxlab.paper.prices.spans import HONG_KONG
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.candles import Page, latest, page
from okxlab.paper.rest.parameters import instrument_of, needed
from okxlab.paper.rest.public import chosen
from okxlab.paper.rest.route import Answer, Call, Limit, Route

Rows = list[object]
_MOST_ROWS = 100
YUAN = "7.1"  # a dollar; nothing here depends on it


def index_tickers(call: Call) -> Rows:
    """Give the index of instId, or all that are counted in quoteCcy."""
    params, listing = call.params, call.venue.listing
    name, quote = params.get("instId") or "", params.get("quoteCcy") or ""
    if name:
        return [_index_ticker(call, name, index_pair(listing, name))]
    if not quote:
        raise Refusal("50014", "quoteCcy")
    return [_index_ticker(call, row.name, row) for row in listing.kind("SPOT") if row.quote == quote]


def _index_ticker(call: Call, name: str, pair: Instrument) -> dict[str, Any]:
    return call.venue.glance.row(f"index/{name}", lambda: _ticker_row(call, name, pair))


def _ticker_row(call: Call, name: str, pair: Instrument) -> dict[str, Any]:
    feed, days = call.venue.feed, call.venue.index_days
    day, price = days.last(pair), call.venue.reference.index_price(name)
    return {
        "instId": name, "idxPx": plain(price), "high24h": plain(max(day.high, price)),
        "low24h": plain(min(day.low, price)), "open24h": plain(day.open),
        "sodUtc0": plain(days.opened(pair, 0)), "sodUtc8": plain(days.opened(pair, HONG_KONG)), "ts": str(feed.now),
    }  # fmt: skip


def mark_price(call: Call) -> Rows:
    """Give mark prices: of an instrument, or of all of a kind."""
    params, venue = call.params, call.venue
    alone = params.get("instId") and not params.get("instType")
    found = [instrument_of(venue, params)] if alone else chosen(call)
    return [
        {
            "instType": "MARGIN" if row.kind == "SPOT" else row.kind, "instId": row.name,
            "markPx": plain(venue.reference.mark_price(row)), "ts": str(venue.feed.now),
        }
        for row in found
    ]  # fmt: skip


def index_candles(call: Call) -> Rows:
    """Give a page of the newest 1,440 bars of an index, the running one included."""
    return _index_rows(call, latest(call, page(call, _MOST_ROWS)), confirmed=False)


def history_index_candles(call: Call) -> Rows:
    """Give a page of completed bars of an index."""
    return _index_rows(call, page(call, _MOST_ROWS), confirmed=True)


def mark_candles(call: Call) -> Rows:
    """Give a page of the newest 1,440 bars of a mark price, the running one included."""
    return _mark_rows(call, latest(call, page(call, _MOST_ROWS)), confirmed=False)


def history_mark_candles(call: Call) -> Rows:
    """Give a page of completed bars of a mark price."""
    return _mark_rows(call, page(call, _MOST_ROWS), confirmed=True)


def _index_rows(call: Call, asked: Page, *, confirmed: bool) -> Rows:
    pair = index_pair(call.venue.listing, needed(call.params, "instId"))
    return _rows(call, index_bars(call.venue.feed, pair), asked, confirmed=confirmed)


def _mark_rows(call: Call, asked: Page, *, confirmed: bool) -> Rows:
    venue = call.venue
    found = mark_bars(venue.feed, venue.reference, venue.listing, instrument_of(venue, call.params))
    return _rows(call, found, asked, confirmed=confirmed)


def _rows(call: Call, bars: Bars, asked: Page, *, confirmed: bool) -> Rows:
    feed = call.venue.feed
    if not asked.span.made_of(feed.bar):
        raise Refusal("51000", "bar")
    before = min(asked.after, feed.now + asked.span.length)
    found = bars.newest(asked.bar, asked.limit + 1, before=before) if before > 0 else []
    rows: Rows = []
    for bar in found:
        if bar.ts > asked.before and (bar.confirmed or not confirmed):
            rows.append([*bar.prices(), "1" if bar.confirmed else "0"])
    return rows[: asked.limit]


def exchange_rate(_call: Call) -> Rows:
    """Give what a dollar costs in yuan, the mean of two weeks on OKX, fixed here."""
    return [{"usdCny": YUAN}]


def index_components(call: Call) -> Answer:
    """Give what an index is made of: of this exchange's pair alone."""
    name = needed(call.params, "index")
    pair, price = index_pair(call.venue.listing, name), plain(call.venue.reference.index_price(name))
    symbol = f"{pair.base}/{pair.quote}"
    only = {"exch": "OKX", "symbol": symbol, "symPx": price, "wgt": "1.000", "cnvPx": price}
    row: Any = {"index": name, "last": price, "ts": str(call.venue.feed.now), "components": [only]}
    return Answer(row)  # OKX gives an object here, no list


_IP = ("ip",)

ROUTES = (
    Route("GET", "market/index-tickers", index_tickers, "public", Limit(20, by=_IP)),
    Route("GET", "market/index-candles", index_candles, "public", Limit(20, by=_IP)),
    Route("GET", "market/history-index-candles", history_index_candles, "public", Limit(10, by=_IP)),
    Route("GET", "market/mark-price-candles", mark_candles, "public", Limit(20, by=_IP)),
    Route("GET", "market/history-mark-price-candles", history_mark_candles, "public", Limit(20, by=_IP)),
    Route("GET", "market/exchange-rate", exchange_rate, "public", Limit(1, by=_IP)),
    Route("GET", "market/index-components", index_components, "public", Limit(20, by=_IP)),
    Route("GET", "public/mark-price", mark_price, "public", Limit(10, by=("ip", "instId"))),
)
