"""What is at stake, as one blotter or several know it; executions are counted once, as they come."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from okxlab.trading.blotter import Blotter
from okxlab.trading.guards.exposure import ZERO, Exposure, Resting
from okxlab.trading.records import Filled

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000

Price = Callable[[str], Decimal]


class _Part(NamedTuple):
    """An amount that has filled and was not read yet, and its price (None: the market's)."""

    symbol: str
    side: str
    amount: Decimal
    price: Decimal | None


@dataclass(slots=True)
class _Open:
    """What is open, added up: amounts by symbol, what they are worth as far as they have a price, what is unread."""

    buys: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sells: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    priced: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unpriced: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unread: list[_Part] = field(default_factory=list)
    number: int = 0

    def add(self, symbol: str, side: str, amount: Decimal, price: Decimal | None) -> None:
        (self.buys if side == "buy" else self.sells)[symbol] += amount
        if price is None:
            self.unpriced[symbol] += amount
        else:
            self.priced[symbol] += amount * price
        self.number += 1


@dataclass(slots=True)
class _Book:
    """A blotter, how many of its executions were counted, and what was open in it when it had so many records.

    ``ordered`` is how many of its orders were seen, and ``sent`` when those of the last minute were sent.
    """

    blotter: Blotter
    counted: int = 0
    ordered: int = 0
    sent: deque[int] = field(default_factory=deque)
    applied: int = -1
    open: _Open = field(default_factory=_Open)

    def opened(self, without: Collection[str]) -> _Open:
        """Give what is open, added up again only after something changed."""
        blotter = self.blotter
        if any(name in blotter.orders for name in without):
            return _opened(blotter, without)
        if self.applied != blotter.applied:
            self.applied = blotter.applied  # first: what changes meanwhile is added up the next time
            self.open = _opened(blotter, ())
        return self.open

    def lately(self, now_ms: int) -> int:
        """Give how many orders were sent in the last minute."""
        orders, sent = self.blotter.orders, self.sent
        fresh = list(islice(reversed(orders.values()), len(orders) - self.ordered))
        self.ordered += len(fresh)
        sent.extend(entry.intent.sent_ms for entry in reversed(fresh))
        while sent and sent[0] <= now_ms - _MINUTE_MS:
            sent.popleft()
        return len(sent)


class Stakes:
    """Counts what is at stake in some blotters together, such as all of an account.

    Spot: what was bought of a pair is held at its mean price, whoever bought it, and a sale of it gains or loses
    against that. What was sold without having been bought here gains and loses nothing.
    """

    def __init__(self) -> None:
        self._books: dict[int, _Book] = {}
        self._position: dict[str, Decimal] = defaultdict(Decimal)
        self._held: dict[str, Decimal] = defaultdict(Decimal)
        self._cost: dict[str, Decimal] = defaultdict(Decimal)
        self._begin(0)

    def exposure(
        self, blotters: Sequence[Blotter], now_ms: int, price: Price, rate: Price, *, without: Collection[str] = (),
        others: bool = True,
    ) -> Exposure:  # fmt: skip
        """Give what is at stake now.

        Parameters
        ----------
        blotters
            One's own first. One that was given before and holds nothing new and nothing open may be left out.
        price, rate
            Give the market's price of an instrument (quote currency), and what a currency is worth in USDT.
        without
            Client ids of one's own orders that are left out: they are about to be changed.
        others
            Whether orders of others that one's own blotter knows of are at stake, too; those that another of these
            blotters has itself are not counted twice.
        """
        books = [self._books.setdefault(id(one), _Book(one)) for one in blotters]
        total = _joined(
            [
                *(book.opened(() if place else without) for place, book in enumerate(books)),
                *([_foreign(blotters)] if others and blotters[0].foreign else []),
            ]
        )
        self._count(books, now_ms)  # last: what another thread learns meanwhile counts twice rather than not at all
        worth = _total(total.priced, lambda symbol: rate(_quote(symbol)))
        worth += _total(total.unpriced, lambda symbol: price(symbol) * rate(_quote(symbol)))
        position, unread = dict(self._position), ZERO
        for told in total.unread:
            each = price(told.symbol) if told.price is None else told.price
            unread += told.amount * each * rate(_quote(told.symbol))
            signed = told.amount if told.side == "buy" else -told.amount
            position[told.symbol] = position.get(told.symbol, ZERO) + signed
        symbols = dict.fromkeys((*total.buys, *total.sells))
        return Exposure(
            resting={one: Resting(total.buys.get(one, ZERO), total.sells.get(one, ZERO)) for one in symbols},
            position=position,
            open=worth,
            traded=_total(self._traded, rate) + unread,
            fees=_total(self._fees, rate),
            lost=_total(self._lost, rate),
            sent=sum(book.lately(now_ms) for book in books),
            open_orders=total.number,
        )

    def _begin(self, day: int) -> None:
        self._day = day
        self._traded: dict[str, Decimal] = defaultdict(Decimal)  # by currency, as are fees and losses
        self._fees: dict[str, Decimal] = defaultdict(Decimal)
        self._lost: dict[str, Decimal] = defaultdict(Decimal)

    def _count(self, books: Iterable[_Book], now_ms: int) -> None:
        if now_ms // _DAY_MS > self._day:
            self._begin(now_ms // _DAY_MS)
        news = []
        for book in books:
            fills = book.blotter.fills
            if len(fills) > book.counted:
                news.append(list(islice(fills.values(), book.counted, None)))
                book.counted += len(news[-1])  # another thread may have added to them since
        fresh = [fill for fills in news for fill in fills]
        if len(news) > 1:  # what one strategy bought another may have sold
            fresh.sort(key=lambda fill: fill.time_ms)
        for fill in fresh:
            self._fill(fill)

    def _fill(self, fill: Filled) -> None:
        size, price, quote = Decimal(fill.size), Decimal(fill.price), _quote(fill.symbol)
        currency, fee = fill.fee_currency, Decimal(fill.fee or "0")
        if currency == fill.symbol.partition("-")[0]:
            currency, fee = quote, fee * price
        lost = self._moved(fill.symbol, fill.side, size, price)
        if fill.time_ms // _DAY_MS > self._day:  # the exchange's clock is ahead of what is known of it
            self._begin(fill.time_ms // _DAY_MS)
        if fill.time_ms // _DAY_MS == self._day:
            self._traded[quote] += size * price
            self._fees[currency] += fee
            self._lost[quote] += lost
            self._lost[currency] += fee

    def _moved(self, symbol: str, side: str, size: Decimal, price: Decimal) -> Decimal:
        """Move what is held, and give what a sale of it lost against its mean cost."""
        held = self._held[symbol]
        if side == "buy":
            self._position[symbol] += size
            self._held[symbol], self._cost[symbol] = held + size, self._cost[symbol] + size * price
            return ZERO
        self._position[symbol] -= size
        sold = min(size, held)
        if not sold:
            return ZERO
        cost = self._cost[symbol] * sold / held
        self._held[symbol], self._cost[symbol] = held - sold, self._cost[symbol] - cost
        return cost - sold * price


def _opened(blotter: Blotter, without: Collection[str]) -> _Open:
    """Add up what may still fill, each order at the larger of what it is and what it may have become."""
    changed = {change.client_id: change.row for change in list(blotter.changes.values()) if change.action == "amend"}
    found = _Open()
    for entry in blotter.unsettled():
        intent, left, price = entry.intent, entry.left, entry.price
        name, symbol = intent.client_id, intent.symbol
        if entry.told is not entry.filled and entry.told != entry.filled:
            found.unread.append(_Part(symbol, entry.side, entry.told - entry.filled, price))
        if name in without or not entry.active:
            continue
        if name in changed:
            row = changed[name]
            left = max(left, left + Decimal(row.get("newSz", entry.size)) - entry.size)
            price = max(price or ZERO, Decimal(row["newPx"])) if "newPx" in row else price
        found.add(symbol, entry.side, left, price)
    return found


def _joined(parts: Iterable[_Open]) -> _Open:
    """Add up what is open in several places; what is open in one alone is given as it is."""
    first, *rest = [part for part in parts if part.number or part.unread] or [_Open()]
    if not rest:
        return first
    total = _Open()
    for part in (first, *rest):
        for name in ("buys", "sells", "priced", "unpriced"):
            mine = getattr(total, name)
            for symbol, amount in getattr(part, name).items():
                mine[symbol] += amount
        total.unread += part.unread
        total.number += part.number
    return total


def _foreign(blotters: Sequence[Blotter]) -> _Open:
    """Add up the orders of others that the first blotter knows of, but those that one of the next ones has itself."""
    found, (own, *beside) = _Open(), blotters
    for order in list(own.foreign.values()):
        if not any(one.named(order.order_id) or order.client_id in one.orders for one in beside):
            found.add(order.symbol, order.side, Decimal(order.size), Decimal(order.price) if order.price else None)
    return found


def _quote(symbol: str) -> str:
    return symbol.split("-")[1]


def _total(amounts: dict[str, Decimal], rate: Price) -> Decimal:
    return sum((amount * rate(name) for name, amount in amounts.items() if amount), ZERO)
