"""The exchange itself, without a wire: orders in, fills out, one account."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from okxlab.clock import Clock
from okxlab.paper.book import Book
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plain, plus, times
from okxlab.paper.feed import Feed
from okxlab.paper.instruments import Instrument
from okxlab.paper.ledger import Ledger
from okxlab.paper.log import Log
from okxlab.paper.orders import Ask, Fill, Order, parse, text

MAKER = Decimal("0.0008")
TAKER = Decimal("0.001")
FIRST_ID = 1_000_000_001
MOST_PER_INSTRUMENT, MOST_OPEN = 500, 4000
BY_USER, BY_FOK, BY_IOC, BY_POST_ONLY = "1", "13", "14", "31"  # OKX's cancelSource
_TRADES_A_POINT = 1_000_000  # a trade's id says at which point of the path it happened
_FIRST_POINT = 10_000_000


def trade_id(position: int, count: int = 0) -> int:
    """Give the id of the count-th trade at a point of the path; the print of the path itself is the 0th."""
    return (_FIRST_POINT + position) * _TRADES_A_POINT + count


@dataclass(frozen=True)
class Moved:
    """What a step did: points moved and fills made."""

    points: int
    fills: int


class Venue:
    """One account on one market, synchronous and without any input or output.

    Parameters
    ----------
    instruments
        By OKX's id.
    feed
        The prices; only `step` moves it.
    clock
        Protocol time, for the stamps of orders and fills.
    funds
        What the trader owns at first, by currency.
    """

    def __init__(
        self, instruments: Mapping[str, Instrument], feed: Feed, clock: Clock, funds: Mapping[str, Decimal]
    ) -> None:
        self.instruments = instruments
        self.feed = feed
        self.clock = clock
        self.ledger = Ledger(dict(funds))
        self.log = Log()
        self.orders: dict[int, Order] = {}
        self.open: dict[int, Order] = {}
        self.fills: list[Fill] = []
        self._books: dict[str, Book] = {}
        self._client_ids: dict[str, Order] = {}
        self._point, self._trades = feed.position, 0

    def book(self, name: str) -> Book:
        """Give the resting orders of an instrument."""
        return self._books.get(name) or Book()

    def place(self, fields: Mapping[str, object]) -> Order:
        """Take an order; it fills, rests or ends canceled before this returns.

        Raises
        ------
        Refusal
            With OKX's code; nothing has changed then.
        """
        ask = parse(fields, self.instruments)
        price = self.feed.price(ask.instrument.name)
        size = ask.base_size(price)
        self._check(ask, size, price)
        order = Order(FIRST_ID + len(self.orders), ask, size, created=self.clock.now_ms())
        order.updated = order.created
        self.orders[order.id] = order
        if ask.client_id:
            self._client_ids[ask.client_id] = order
        self._note(
            "accepted",
            order,
            side=ask.side,
            ordType=ask.kind,
            px=plain(order.price) if order.price else "",
            sz=ask.size_text,
        )
        self._work(order, price)
        return order

    def cancel(self, fields: Mapping[str, object]) -> Order:
        """Take a resting order back; `ordId` wins over `clOrdId`.

        Raises
        ------
        Refusal
            51400 when it does not rest, 50014 when it is not named.
        """
        order = self.find(fields)
        if order is None or not order.open:
            raise Refusal("51400")
        self._books[order.ask.instrument.name].remove(order)
        self.ledger.release(order.ask.spent, order.hold(order.rest))
        self._cancel(order, BY_USER)
        return order

    def find(self, fields: Mapping[str, object]) -> Order | None:
        """Give the order of `instId` named by `ordId` or, failing that, the newest one named by `clOrdId`."""
        name, order_id, client_id = (text(fields, key) for key in ("instId", "ordId", "clOrdId"))
        if not name:
            raise Refusal("50014", "instId")
        if not order_id and not client_id:
            raise Refusal("50014", "ordId")
        number = int(order_id) if order_id.isascii() and order_id.isdigit() and len(order_id) < 20 else -1
        order = self.orders.get(number) if order_id else self._client_ids.get(client_id)
        return order if order is not None and order.ask.instrument.name == name else None

    def step(self, points: int, *, until_fill: bool = False) -> Moved:
        """Move the feed by a number of points, or fewer when the tape ends or, if asked, a fill is made."""
        before, moved = len(self.fills), 0
        left = self.feed.left
        target = points if left is None else min(points, left)
        while moved < target:
            points_now = 1 if target - moved < 4 or self._candle_comes_near() else 4
            self.feed.forward(points_now)
            moved += points_now
            self._match()
            self._point, self._trades = self.feed.position, 0
            if until_fill and len(self.fills) > before:
                break
        return Moved(moved, len(self.fills) - before)

    def trade(self, fields: Mapping[str, object]) -> Moved:
        """Print a trade of another participant: its size fills what rests at its price or better, in price-time order.

        Raises
        ------
        Refusal
            With OKX's code when a parameter is wrong.
        """
        print_fields = {**fields, "tdMode": "cash", "ordType": "limit"}
        ask = parse(print_fields, self.instruments)
        before, left = len(self.fills), ask.size
        name, price = ask.instrument.name, ask.price or Decimal(0)
        self._note_feed("print", instId=name, side=ask.side, px=plain(price), sz=plain(left))
        book = self._books.get(name)
        while left and book and (order := book.best_against(ask.side, price)):
            size = min(left, order.rest)
            self._fill_resting(book, order, size)
            left = minus(left, size)
        return Moved(0, len(self.fills) - before)

    def _check(self, ask: Ask, size: Decimal, price: Decimal) -> None:
        held = self._client_ids.get(ask.client_id)
        if ask.client_id and held is not None and held.open:
            raise Refusal("51016")
        if len(self.open) >= MOST_OPEN or len(self.book(ask.instrument.name)) >= MOST_PER_INSTRUMENT:
            raise Refusal("51025")
        cost = times(size, price if ask.price is None else ask.price) if ask.buys else size
        self.ledger.require(ask.spent, cost)

    def _work(self, order: Order, price: Decimal) -> None:
        """Fill, rest or cancel a new order: takers trade with the market at the path's price, so never with us."""
        ask = order.ask
        crosses = ask.price is None or (ask.price >= price if ask.buys else ask.price <= price)
        if crosses and ask.kind != "post_only":
            self._fill(order, order.size, price, maker=False)
        elif crosses:
            self._cancel(order, BY_POST_ONLY)
        elif ask.kind in {"ioc", "fok"}:
            self._cancel(order, BY_IOC if ask.kind == "ioc" else BY_FOK)
        else:
            self.ledger.hold(ask.spent, order.hold(order.size))
            self.open[order.id] = order
            self._books.setdefault(ask.instrument.name, Book()).add(order)

    def _candle_comes_near(self) -> bool:
        """Whether the candle ahead reaches anything that rests; what it does not reach, it can be moved over whole."""
        if self.feed.point != "close":
            return True
        for name, book in self._books.items():
            if len(book):
                _, first, second, _ = self.feed.points_ahead(name)
                if book.reached(first) or book.reached(second):
                    return True
        return False

    def _match(self) -> None:
        """Fill what the path has just reached."""
        for name, book in self._books.items():
            if len(book):
                price = self.feed.price(name)
                while order := book.best(price):
                    self._fill_resting(book, order, order.rest)

    def _fill_resting(self, book: Book, order: Order, size: Decimal) -> None:
        self.ledger.release(order.ask.spent, order.hold(size))
        self._fill(order, size, order.price, maker=True)
        if not order.rest:
            book.remove(order)
            del self.open[order.id]

    def _fill(self, order: Order, size: Decimal, price: Decimal, *, maker: bool) -> None:
        ask, rate = order.ask, MAKER if maker else TAKER
        quote = times(size, price)
        paid, got = (quote, size) if ask.buys else (size, quote)
        fee = times(got, rate)
        self.ledger.move(ask.spent, paid, "trader", "market")
        self.ledger.move(ask.received, got, "market", "trader")
        self.ledger.move(ask.received, fee, "trader", "fees")
        fill = Fill(
            self._next_trade(), FIRST_ID + len(self.fills), order, price, size, fee, rate, maker,
            self.clock.now_ms(), self.feed.candle, self.feed.position,
        )  # fmt: skip
        self.fills.append(fill)
        order.fills.append(fill)
        order.filled, order.fee = plus(order.filled, size), plus(order.fee, fee)
        order.state = "partially_filled" if order.rest else "filled"
        order.updated = fill.ts
        self._note(
            "fill", order, tradeId=str(fill.trade_id), side=ask.side, px=plain(price), sz=plain(size),
            fee=plain(fee), feeCcy=ask.received, execType="M" if maker else "T",
        )  # fmt: skip

    def _cancel(self, order: Order, source: str) -> None:
        self.open.pop(order.id, None)
        order.state, order.cancel_source, order.updated = "canceled", source, self.clock.now_ms()
        self._note("canceled", order, accFillSz=plain(order.filled), cancelSource=source)

    def _next_trade(self) -> int:
        self._trades += 1  # while the path is under way, its trades still belong to the point it left
        return trade_id(self._point, self._trades)

    def _note(self, event: str, order: Order, **fields: str) -> None:
        ask = order.ask
        self._note_feed(event, ordId=str(order.id), clOrdId=ask.client_id, instId=ask.instrument.name, **fields)

    def _note_feed(self, event: str, **fields: str) -> None:
        self.log.add(event, (self.feed.candle, self.feed.point), fields)
