"""What the market shows of an instrument: ticker, book and trades, all around the price where the feed stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from okxlab.paper.exact import plain, plus
from okxlab.paper.matching.model import Level, Rung
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.bars import Bars
from okxlab.paper.prices.prints import NEWEST, Print
from okxlab.paper.prices.spans import HONG_KONG
from okxlab.paper.prices.trades import Trades
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.venue import Venue

Row = dict[str, Any]
_NO_LEVEL: Level = (Decimal(0), Decimal(0), 0)


def ticker(venue: Venue, instrument: Instrument) -> Row:
    """Give the row of market/ticker; it is kept, so nobody may change it."""
    return venue.glance.row(f"{instrument.kind}/{instrument.name}", lambda: _ticker(venue, instrument))


def _ticker(venue: Venue, instrument: Instrument) -> Row:
    bids, asks = levels(venue, instrument.name, 1)
    (bid, bid_size, _), (ask, ask_size, _) = bids[0] if bids else _NO_LEVEL, asks[0] if asks else _NO_LEVEL
    day, last = venue.days.last(instrument), venue.prints.last(instrument)
    opened = [plain(venue.days.opened(instrument, start)) for start in (0, HONG_KONG)]
    return {
        "instType": instrument.kind, "instId": instrument.name, "last": plain(last.price), "lastSz": plain(last.size),
        "askPx": _price(ask), "askSz": plain(ask_size), "bidPx": _price(bid), "bidSz": plain(bid_size),
        "open24h": plain(day.open), "high24h": plain(day.high), "low24h": plain(day.low),
        "volCcy24h": day.amounts(instrument)[0], "vol24h": plain(day.volume), "ts": str(venue.feed.now),
        "sodUtc0": opened[0], "sodUtc8": opened[1],
    }  # fmt: skip


def book(venue: Venue, instrument: Instrument, depth: int) -> Row:
    """Give the row of market/books."""
    found = ladder(venue, instrument, depth)
    bids, asks = ([found.text(rung) for rung in side] for side in (found.bids, found.asks))
    return {"asks": asks, "bids": bids, "ts": str(venue.feed.now), "seqId": venue.sequence.of(instrument.name)}


@dataclass(frozen=True)
class Ladder:
    """A book in the numbers of whoever made it, the best first; two with the same ``steps`` can be compared."""

    bids: list[Rung]
    asks: list[Rung]
    level: Callable[[Rung], Level]
    steps: Instrument | None = None

    def plain(self) -> "Ladder":
        """Give the same book as levels."""
        bids, asks = ([self.level(rung) for rung in side] for side in (self.bids, self.asks))
        return Ladder(bids, asks, lambda rung: rung)

    def text(self, rung: Rung) -> list[str]:
        """Write a level as OKX does."""
        price, size, count = self.level(rung)
        return [plain(price), plain(size), "0", str(count)]


def ladder(venue: Venue, instrument: Instrument, depth: int) -> Ladder:
    """Give the same book as `levels`, quick to compare."""
    name = instrument.name
    if name in venue.replay:
        return Ladder(*levels(venue, name, depth), lambda rung: rung)
    return Ladder(*venue.model.ladder(name, depth), partial(venue.model.level, instrument), instrument)


def levels(venue: Venue, name: str, depth: int) -> tuple[list[Level], list[Level]]:
    """Give bids and asks, the best first: recorded ones where there are any, with our resting orders among them."""
    recorded = venue.replay.get(name)
    if recorded is None or not recorded.stand(venue.feed.now):
        return venue.model.levels(name, depth)
    own = [order for order in venue.open.values() if order.instrument.name == name]
    bids, asks = recorded.levels(depth)
    return (
        _merged(bids, [order for order in own if order.buys], depth, buys=True),
        _merged(asks, [order for order in own if not order.buys], depth, buys=False),
    )


def _merged(recorded: list[Level], own: list[Order], depth: int, *, buys: bool) -> list[Level]:
    if not own:
        return recorded
    found = {price: (size, count) for price, size, count in recorded}
    for order in own:
        size, count = found.get(order.price, (Decimal(0), 0))
        found[order.price] = plus(size, order.rest), count + 1
    return [(price, *found[price]) for price in sorted(found, reverse=buys)[:depth]]


def bars(venue: Venue, instrument: Instrument) -> Bars:
    """Give the candles of an instrument."""
    return Bars(venue.feed, instrument, venue.prints)


def tape(venue: Venue, instrument: Instrument) -> Trades:
    """Give the trades of an instrument."""
    return Trades(venue.feed, instrument, venue.prints)


def trades(venue: Venue, instrument: Instrument, limit: int) -> list[Row]:
    """Give the rows of market/trades, newest first: the path's trades and ours, the newest 500 at most."""
    found = tape(venue, instrument)
    return trade_rows(found, islice(found.before(), min(limit, NEWEST)))


def trade_rows(found: Trades, rows: Iterable[Print]) -> list[Row]:
    """Give OKX's rows of trades."""
    return [
        {
            "instId": row.name, "tradeId": str(row.trade_id), "source": "0", "px": plain(row.price),
            "sz": plain(row.size), "side": "buy" if row.buys else "sell", "ts": str(found.time(row)),
        }
        for row in rows
    ]  # fmt: skip


def _price(price: Decimal) -> str:
    return plain(price) if price else ""
