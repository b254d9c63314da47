"""What the market shows of an instrument: ticker, book and trades, all around the price where the feed stands."""

from decimal import Decimal

from okxlab.paper.exact import plain
from okxlab.paper.prices.bars import Bars
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import NEWEST, Print, path_print, trade_id
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.venue import Venue

_HONG_KONG_DAY = -8 * 3_600_000


def ticker(venue: Venue, instrument: Instrument) -> dict[str, object]:
    """Give the row of market/ticker."""
    bars = Bars(venue.feed, instrument)
    bids, asks = venue.model.levels(instrument.name, 1)
    day, last = bars.day(), venue.feed.price(instrument.name)
    bid, ask = (bids or [(Decimal(0), Decimal(0), 0)])[0], asks[0]
    return {
        "instType": instrument.kind, "instId": instrument.name, "last": plain(last),
        "lastSz": plain(instrument.minimum),
        "askPx": plain(ask[0]), "askSz": plain(ask[1]), "bidPx": plain(bid[0]), "bidSz": plain(bid[1]),
        "open24h": plain(day.open), "high24h": plain(day.high), "low24h": plain(day.low),
        "volCcy24h": day.row()[7], "vol24h": plain(day.volume), "ts": str(venue.feed.now),
        "sodUtc0": plain(bars.opened(0)), "sodUtc8": plain(bars.opened(_HONG_KONG_DAY)),
    }  # fmt: skip


def book(venue: Venue, instrument: Instrument, depth: int) -> dict[str, object]:
    """Give the row of market/books."""
    bids, asks = (
        [[plain(price), plain(size), "0", str(count)] for price, size, count in side]
        for side in venue.model.levels(instrument.name, depth)
    )
    return {
        "asks": asks,
        "bids": bids,
        "ts": str(venue.feed.now),
        "seqId": trade_id(venue.feed.position, venue.feed.part),
    }


def trades(venue: Venue, instrument: Instrument, limit: int) -> list[dict[str, str]]:
    """Give the rows of market/trades, newest first: the path's points and our fills, the newest 500 of all."""
    feed, place = venue.feed, venue.feed.place
    places = range(max(0, place - NEWEST), place + 1)
    rows = {row.trade_id: row for row in (path_print(feed, instrument, at) for at in places) if row.size}
    rows |= {row.trade_id: row for row in venue.prints.newest(instrument.name)}
    return [_trade(feed, rows[number]) for number in sorted(rows, reverse=True)[: min(limit, NEWEST)]]


def _trade(feed: Feed, row: Print) -> dict[str, str]:
    return {
        "instId": row.name, "tradeId": str(row.trade_id), "source": "0", "px": plain(row.price), "sz": plain(row.size),
        "side": "buy" if row.buys else "sell", "ts": str(feed.time(row.position, row.part)),
    }  # fmt: skip
