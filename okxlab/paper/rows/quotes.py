"""What the market shows of an instrument: ticker, book and trades, all around the price where the feed stands."""

from decimal import Decimal

from okxlab.paper.exact import floored, plain
from okxlab.paper.prices.bars import Bars
from okxlab.paper.prices.prints import NEWEST, Print, trade_id
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
    return {"asks": asks, "bids": bids, "ts": str(venue.feed.now), "seqId": trade_id(venue.feed.position)}


def trades(venue: Venue, instrument: Instrument, limit: int) -> list[dict[str, str]]:
    """Give the rows of market/trades, newest first: the path's points and our fills, the newest 500 of all."""
    position = venue.feed.position
    rows = {trade_id(at): _point_trade(venue, instrument, at) for at in range(max(0, position - NEWEST), position + 1)}
    rows |= {row.trade_id: _own_trade(venue, row) for row in venue.prints.newest(instrument.name)}
    newest = sorted(rows, reverse=True)[: min(limit, NEWEST)]
    return [{"instId": instrument.name, "tradeId": str(number), "source": "0", **rows[number]} for number in newest]


def _point_trade(venue: Venue, instrument: Instrument, position: int) -> dict[str, str]:
    feed, name = venue.feed, instrument.name
    price = feed.price_at(name, position)
    rose = position == 0 or price >= feed.price_at(name, position - 1)
    share = floored(feed.sources[name].volume(position // 4) / 4, instrument.lot)
    size = max(share, instrument.minimum)
    return {"px": plain(price), "sz": plain(size), "side": "buy" if rose else "sell", "ts": str(feed.time(position))}


def _own_trade(venue: Venue, row: Print) -> dict[str, str]:
    ts = str(venue.feed.time(row.position))
    return {"px": plain(row.price), "sz": plain(row.size), "side": "buy" if row.buys else "sell", "ts": ts}
