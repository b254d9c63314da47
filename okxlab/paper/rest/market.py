"""Public market data: tickers, books and trades."""

from itertools import islice

from okxlab.paper.codes import Refusal
from okxlab.paper.rest.parameters import instrument_of, kind_of, limited, one_of, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import quotes

Rows = list[object]

_FULL_DEPTH = 5000
_BY_ID, _BY_TIME = "1", "2"


def tickers(call: Call) -> Rows:
    """Give the ticker of every instrument of a kind."""
    family = call.params.get("instFamily") or ""
    found = call.venue.listing.kind(kind_of(call.params))
    if family:
        found = [row for row in found if row.contract is not None and row.contract.family == family]
    return [quotes.ticker(call.venue, row) for row in found]


def ticker(call: Call) -> Rows:
    """Give the ticker of one instrument."""
    return [quotes.ticker(call.venue, instrument_of(call.venue, call.params))]


def books(call: Call) -> Rows:
    """Give the order book of one instrument, 1 to 400 levels a side."""
    return [quotes.book(call.venue, instrument_of(call.venue, call.params), limited(call.params, "sz", 1, 400))]


def books_full(call: Call) -> Rows:
    """Give the order book of one instrument, 1 to 5,000 levels a side as price, size and number of orders."""
    depth = limited(call.params, "sz", 1, _FULL_DEPTH)
    row = quotes.book(call.venue, instrument_of(call.venue, call.params), depth)
    asks, bids = ([[price, size, count] for price, size, _, count in row[side]] for side in ("asks", "bids"))
    return [{"asks": asks, "bids": bids, "ts": row["ts"]}]


def trades(call: Call) -> Rows:
    """Give the newest trades."""
    count = limited(call.params, "limit", 100, 500)
    return list(quotes.trades(call.venue, instrument_of(call.venue, call.params), count))


def history_trades(call: Call) -> Rows:
    """Give a page of all trades: by their ids, or by their times (which has no ``before``)."""
    params, found = call.params, quotes.tape(call.venue, instrument_of(call.venue, call.params))
    limit = limited(params, "limit", 100, 100)
    after, before = whole(params, "after", 0), whole(params, "before", 0)
    if one_of(params, "type", (_BY_ID, _BY_TIME), _BY_ID) == _BY_TIME:
        if before:
            raise Refusal("50039")
        return list(quotes.trade_rows(found, islice(found.until(after) if after else found.before(), limit)))
    rows = islice(found.before(after or None), limit)
    return list(quotes.trade_rows(found, (row for row in rows if row.trade_id > before)))


_IP = ("ip",)

ROUTES = (
    Route("GET", "market/tickers", tickers, "public", Limit(20, by=_IP)),
    Route("GET", "market/ticker", ticker, "public", Limit(20, by=_IP)),
    Route("GET", "market/books", books, "public", Limit(40, by=_IP)),
    Route("GET", "market/books-full", books_full, "public", Limit(10, by=_IP)),
    Route("GET", "market/trades", trades, "public", Limit(100, by=_IP)),
    Route("GET", "market/history-trades", history_trades, "public", Limit(20, by=_IP)),
)
