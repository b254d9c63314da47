"""What the market shows of an instrument: ticker, book and trades, all around the price where the feed stands."""

from decimal import Decimal
from itertools import islice

from okxlab.paper.bars import Bars
from okxlab.paper.exact import floored, plain, plus, steps, times
from okxlab.paper.instruments import Instrument
from okxlab.paper.orders import Fill, Order
from okxlab.paper.venue import Venue, trade_id

_HONG_KONG_DAY = -8 * 3_600_000
_LEVEL_VALUE = Decimal(5000)  # quote currency on a typical level
_NEWEST = 500

Level = tuple[Decimal, Decimal, int]


def ticker(venue: Venue, instrument: Instrument) -> dict[str, object]:
    """Give the row of market/ticker."""
    bars = Bars(venue.feed, instrument)
    bids, asks = levels(venue, instrument, 1)
    day, last = bars.day(), venue.feed.price(instrument.name)
    bid, ask = (bids or [(Decimal(0), Decimal(0), 0)])[0], asks[0]
    return {
        "instType": "SPOT", "instId": instrument.name, "last": plain(last), "lastSz": plain(instrument.minimum),
        "askPx": plain(ask[0]), "askSz": plain(ask[1]), "bidPx": plain(bid[0]), "bidSz": plain(bid[1]),
        "open24h": plain(day.open), "high24h": plain(day.high), "low24h": plain(day.low),
        "volCcy24h": day.row()[7], "vol24h": plain(day.volume), "ts": str(venue.feed.now),
        "sodUtc0": plain(bars.opened(0)), "sodUtc8": plain(bars.opened(_HONG_KONG_DAY)),
    }  # fmt: skip


def book(venue: Venue, instrument: Instrument, depth: int) -> dict[str, object]:
    """Give the row of market/books."""
    bids, asks = (
        [[plain(price), plain(size), "0", str(count)] for price, size, count in side]
        for side in levels(venue, instrument, depth)
    )
    return {"asks": asks, "bids": bids, "ts": str(venue.feed.now), "seqId": trade_id(venue.feed.position)}


def levels(venue: Venue, instrument: Instrument, depth: int) -> tuple[list[Level], list[Level]]:
    """Give bids and asks, the best first: made-up sizes on each tick off the path's price, and our resting orders.

    The best bid is below and the best ask above the path's price, as our resting orders are, so the book never crosses.
    """
    price, position = venue.feed.price(instrument.name), venue.feed.position
    whole = steps(price, instrument.tick)
    below = whole - 1 if times(Decimal(whole), instrument.tick) == price else whole
    bids = [_level(instrument, tick, position) for tick in range(below, max(below - depth, 0), -1)]
    asks = [_level(instrument, tick, position) for tick in range(whole + 1, whole + 1 + depth)]
    own = list(venue.book(instrument.name))
    buys, sells = ([order for order in own if order.ask.buys is side] for side in (True, False))
    return _with_own(bids, buys, depth, buys=True), _with_own(asks, sells, depth, buys=False)


def trades(venue: Venue, instrument: Instrument, limit: int) -> list[dict[str, str]]:
    """Give the rows of market/trades, newest first: the path's points and our fills, the newest 500 of all."""
    position = venue.feed.position
    rows = {trade_id(at): _point_trade(venue, instrument, at) for at in range(max(0, position - _NEWEST), position + 1)}
    own = (fill for fill in reversed(venue.fills) if fill.order.ask.instrument is instrument)
    rows |= {fill.trade_id: _fill_trade(venue, fill) for fill in islice(own, _NEWEST)}
    newest = sorted(rows, reverse=True)[: min(limit, _NEWEST)]
    return [{"instId": instrument.name, "tradeId": str(number), "source": "0", **rows[number]} for number in newest]


def _point_trade(venue: Venue, instrument: Instrument, position: int) -> dict[str, str]:
    feed, name = venue.feed, instrument.name
    price = feed.price_at(name, position)
    rose = position == 0 or price >= feed.price_at(name, position - 1)
    share = floored(feed.sources[name].volume(position // 4) / 4, instrument.lot)
    size = max(share, instrument.minimum)
    return {"px": plain(price), "sz": plain(size), "side": "buy" if rose else "sell", "ts": str(feed.time(position))}


def _fill_trade(venue: Venue, fill: Fill) -> dict[str, str]:
    took_buying = fill.order.ask.buys != fill.maker
    ts = str(venue.feed.time(fill.position))
    return {"px": plain(fill.price), "sz": plain(fill.size), "side": "buy" if took_buying else "sell", "ts": ts}


def _level(instrument: Instrument, tick: int, position: int) -> Level:
    """Make up a level: its size depends on price and position alone."""
    price = times(Decimal(tick), instrument.tick)
    mixed = (tick * 2_654_435_761 + position * 40_503) % 997
    size = floored(_LEVEL_VALUE * (mixed + 3) / (500 * price), instrument.lot)
    return price, max(size, instrument.minimum), mixed % 9 + 1


def _with_own(made_up: list[Level], own: list[Order], depth: int, *, buys: bool) -> list[Level]:
    merged = {price: (size, count) for price, size, count in made_up}
    for order in own:
        size, count = merged.get(order.price, (Decimal(0), 0))
        merged[order.price] = plus(size, order.rest), count + 1
    best_first = sorted(merged, reverse=buys)[:depth]
    return [(price, *merged[price]) for price in best_first]
