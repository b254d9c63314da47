"""The fill model `touch`: what the path touches fills whole; a taker gets the path's price."""

from collections.abc import Mapping
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import floored, minus, plus, steps, times
from okxlab.paper.matching.book import Book
from okxlab.paper.matching.model import Desk, Level, Rung
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument

BY_FOK, BY_IOC, BY_POST_ONLY = "13", "14", "31"  # OKX's cancelSource
_KEPT = 64  # instruments whose made-up levels are kept while the price stands
_LEVEL_VALUE = Decimal(5000)  # quote currency on a typical level


class Touch:
    """Every order trades with the market alone, so never with another order; parity with the backtest uses this.

    Parameters
    ----------
    desk
        Does what is decided here.
    feed
        The path.
    instruments
        By OKX's id.
    """

    def __init__(self, desk: Desk, feed: Feed, instruments: Mapping[str, Instrument]) -> None:
        self._desk = desk
        self._feed = feed
        self._instruments = instruments
        self._books: dict[str, Book] = {}
        self._kept: dict[str, tuple[tuple[Decimal, int, Decimal], int, list[Level], list[Level]]] = {}

    def priced(self, account: Account, ask: Ask) -> tuple[Decimal, Decimal]:
        """Give the size at the path's price, and the order's own price or the path's."""
        price = self._feed.price(ask.instrument.name)
        return ask.base_size(price), price if ask.price is None else ask.price

    def arrive(self, order: Order) -> None:
        """Fill at the path's price what it has reached; post_only ends there, ioc and fok end elsewhere."""
        price, kind = self._feed.price(order.instrument.name), order.ask.kind
        crosses = order.ask.price is None or self.crosses(order, order.price)
        if crosses and kind != "post_only":
            self._desk.fill(order, order.rest, price, maker=False)
        elif crosses:
            self._desk.end(order, BY_POST_ONLY)
        elif kind in {"ioc", "fok"}:
            self._desk.end(order, BY_IOC if kind == "ioc" else BY_FOK)
        else:
            self.restore(order)
            self._desk.rest(order)

    def leave(self, order: Order) -> None:
        """Take an order out of its book."""
        self._books[order.instrument.name].remove(order)

    def restore(self, order: Order) -> None:
        """Put an order into its book."""
        self._books.setdefault(order.instrument.name, Book()).add(order)

    def crosses(self, order: Order, price: Decimal) -> bool:
        """Whether the path stands at a price or beyond it."""
        path = self._feed.price(order.instrument.name)
        return price >= path if order.buys else price <= path

    def moved(self) -> None:
        """Fill what the path has just reached, in price order along it."""
        for name, book in self._books.items():
            if len(book):
                price = self._feed.price(name)
                while order := book.best(price):
                    self._desk.fill(order, order.rest, order.price, maker=True)

    def quiet_ahead(self) -> bool:
        """Whether the candle ahead reaches nothing that rests."""
        if self._feed.point != "close":
            return False
        for name, book in self._books.items():
            if len(book):
                _, first, second, _ = self._feed.points_ahead(name)
                if book.reached(first) or book.reached(second):
                    return False
        return True

    def printed(self, name: str, side: str, size: Decimal, price: Decimal) -> None:
        """Fill what rests at a print's price or better, in price-time order, each at its own price."""
        book = self._books.get(name)
        while size and book and (order := book.best_against(side, price)):
            part = min(size, order.rest)
            self._desk.fill(order, part, order.price, maker=True)
            size = minus(size, part)

    def levels(self, name: str, depth: int) -> tuple[list[Level], list[Level]]:
        """Give made-up sizes on each tick off the path's price, and our resting orders.

        The best bid is below and the best ask above the path's price, as our resting orders are: it never crosses.
        """
        bids, asks = self._made_up(name, depth)
        book = self._books.get(name)
        if not book:
            return bids[:depth], asks[:depth]
        return _with_own(bids, book, depth, buys=True), _with_own(asks, book, depth, buys=False)

    def ladder(self, name: str, depth: int) -> tuple[list[Rung], list[Rung]]:
        """Give the same."""
        bids, asks = self.levels(name, depth)
        return list(bids), list(asks)

    def level(self, _instrument: Instrument, rung: Rung) -> Level:
        """Give what is a level already."""
        return rung

    def _made_up(self, name: str, depth: int) -> tuple[list[Level], list[Level]]:
        """Make up so many levels a side, or more; they are kept as long as the price stands."""
        feed, instrument = self._feed, self._instruments[name]
        price, position = feed.price(name), feed.position
        key = price, position, instrument.tick
        kept = self._kept.get(name)
        if kept is not None and kept[0] == key and kept[1] >= depth:
            return kept[2], kept[3]
        whole = steps(price, instrument.tick)
        below = whole - 1 if times(Decimal(whole), instrument.tick) == price else whole
        bids = [_level(instrument, tick, position) for tick in range(below, max(below - depth, 0), -1)]
        asks = [_level(instrument, tick, position) for tick in range(whole + 1, whole + 1 + depth)]
        if name not in self._kept and len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[name] = key, depth, bids, asks
        return bids, asks

    def resting(self, name: str) -> int:
        """Count the orders that rest in an instrument."""
        return len(self._books.get(name, ()))


def _level(instrument: Instrument, tick: int, position: int) -> Level:
    """Make up a level: its size depends on price and position alone."""
    price = times(Decimal(tick), instrument.tick)
    mixed = (tick * 2_654_435_761 + position * 40_503) % 997
    size = floored(_LEVEL_VALUE * (mixed + 3) / (500 * price), instrument.lot)
    return price, max(size, instrument.minimum), mixed % 9 + 1


def _with_own(made_up: list[Level], book: Book, depth: int, *, buys: bool) -> list[Level]:
    """Put our own orders among made-up levels, as far as the depth goes."""
    worst = made_up[depth - 1][0] if len(made_up) >= depth else None
    merged: dict[Decimal, tuple[Decimal, int]] = {}
    for order in book.side(buys=buys):
        if worst is not None and (order.price < worst if buys else order.price > worst):
            break
        if not merged:
            merged = {price: (size, count) for price, size, count in made_up}
        size, count = merged.get(order.price, (Decimal(0), 0))
        merged[order.price] = plus(size, order.rest), count + 1
    if not merged:
        return made_up[:depth]
    best_first = sorted(merged, reverse=buys)[:depth]
    return [(price, *merged[price]) for price in best_first]
