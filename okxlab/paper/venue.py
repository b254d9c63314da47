"""The exchange itself, without a wire: orders in, fills out, on a market that a feed moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.accounts import Accounts
from okxlab.paper.accounts.cash import Cash
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.settlement import Entry, Settlement
from okxlab.paper.changes import Bill, BillKind, Changes, OrderNews
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain, plus, times
from okxlab.paper.log import Log
from okxlab.paper.matching.model import FillModel
from okxlab.paper.matching.touch import Touch
from okxlab.paper.orders.ask import PRICELESS, Ask, parse, text
from okxlab.paper.orders.order import Fill, Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Print, Prints, trade_id
from okxlab.paper.products.listing import Listing
from okxlab.paper.rows.order import push_row

FIRST_ID = 1_000_000_001
MOST_PER_INSTRUMENT, MOST_OPEN = 500, 4000
BY_USER = "1"  # OKX's cancelSource
BOUGHT, SOLD = BillKind("2", "1"), BillKind("2", "2")


@dataclass(frozen=True)
class Moved:
    """What a step did: points moved and fills made."""

    points: int
    fills: int


class Venue:
    """Accounts on one market, synchronous and without any input or output.

    Everything that changes it is a turn: `settle` ends it and hands what changed to the sinks, the archive first.

    Parameters
    ----------
    listing
        What is traded.
    feed
        The prices; only `step` moves it.
    clock
        Protocol time, for the stamps of orders and fills.
    """

    def __init__(self, listing: Listing, feed: Feed, clock: Clock) -> None:
        self.listing = listing
        self.feed = feed
        self.clock = clock
        self.ledger = Ledger()
        self.accounts = Accounts(self.ledger)
        self.log = Log()
        self.prints = Prints(feed)
        self.open: dict[int, Order] = {}
        self.changes = Changes()
        self.sinks: list[Callable[[Changes], None]] = []
        self.settlements: dict[str, Settlement] = {"SPOT": Cash(self.ledger)}
        self.model: FillModel = Touch(self, feed, listing)
        self.status_rows: Callable[[], list[dict[str, Any]]] = list
        self.fill_count = 0
        self.next_order, self.next_bill = FIRST_ID, FIRST_ID
        self._point, self._trades = feed.position, 0

    # what accounts ask for

    def place(self, account: Account, fields: Mapping[str, object]) -> Order:
        """Take an order; it fills, rests or ends canceled before this returns.

        Raises
        ------
        Refusal
            With OKX's code; nothing has changed then.
        """
        ask = parse(fields, self.listing)
        size = self._check(account, ask)
        return self.accept(account, ask, size)

    def accept(self, account: Account, ask: Ask, size: Decimal, **more: str) -> Order:
        """Take an order that was checked; ``more`` are fields of `Order` that say where it comes from."""
        now = self.clock.now_ms()
        order = Order(self.next_order, account, ask, size, ask.price or Decimal(0), now, now, **more)  # type: ignore[arg-type]
        self.next_order += 1
        self._note(
            "accepted", order, side=ask.side, ordType=ask.kind, px=plain(order.price) if order.price else "",
            sz=ask.size_text,
        )  # fmt: skip
        if not (ask.kind in PRICELESS or ask.kind == "post_only"):
            self.tell(order)
        self.model.arrive(order)
        return order

    def cancel(self, account: Account, fields: Mapping[str, object]) -> Order:
        """Take a resting order back; `ordId` wins over `clOrdId`.

        Raises
        ------
        Refusal
            51400 when it does not rest, 50014 when it is not named.
        """
        order = self.find(account, fields)
        if order is None:
            raise Refusal("51400")
        self.withdraw(order, BY_USER)
        return order

    def withdraw(self, order: Order, source: str) -> None:
        """End an order that rests."""
        self.model.leave(order)
        self.end(order, source)

    def find(self, account: Account, fields: Mapping[str, object]) -> Order | None:
        """Give the open order of `instId` named by `ordId` or, failing that, by `clOrdId`."""
        name, order_id, client_id = (text(fields, key) for key in ("instId", "ordId", "clOrdId"))
        if not name:
            raise Refusal("50014", "instId")
        if not order_id and not client_id:
            raise Refusal("50014", "ordId")
        number = int(order_id) if order_id.isascii() and order_id.isdigit() and len(order_id) < 20 else -1
        order = account.open.get(number) if order_id else account.named.get(client_id)
        return order if order is not None and order.instrument.name == name else None

    # what the market does

    def step(self, points: int, *, until_fill: bool = False) -> Moved:
        """Move the feed by a number of points, or fewer when the tape ends or, if asked, a fill is made."""
        before, moved = self.fill_count, 0
        left = self.feed.left
        target = points if left is None else min(points, left)
        while moved < target:
            points_now = 4 if target - moved >= 4 and self.model.quiet_ahead() else 1
            self.feed.forward(points_now)
            moved += points_now
            self.model.moved()
            self._point, self._trades = self.feed.position, 0
            if until_fill and self.fill_count > before:
                break
        self.changes.moved = self.changes.moved or moved > 0
        return Moved(moved, self.fill_count - before)

    def trade(self, fields: Mapping[str, object]) -> Moved:
        """Print a trade of another participant: its size fills what rests at its price or better, in price-time order.

        Raises
        ------
        Refusal
            With OKX's code when a parameter is wrong.
        """
        ask = parse({**fields, "tdMode": "cash", "ordType": "limit"}, self.listing)
        before, price = self.fill_count, ask.price or Decimal(0)
        name = ask.instrument.name
        self._note_feed("print", instId=name, side=ask.side, px=plain(price), sz=plain(ask.size))
        self.model.printed(name, ask.side, ask.size, price)
        return Moved(0, self.fill_count - before)

    def settle(self) -> None:
        """End the turn: what it changed is saved, then told."""
        if self.changes:
            changes, self.changes = self.changes, Changes()
            for sink in self.sinks:
                sink(changes)

    # what a fill model does to orders

    def rest(self, order: Order) -> None:
        """Let what is left of an order rest."""
        account, client_id = order.account, order.ask.client_id
        self.open[order.id] = account.open[order.id] = order
        if client_id:
            account.named[client_id] = order
        self.reserve(order)
        self.changes.orders[order.id] = order
        if order.ask.kind == "post_only":
            self.tell(order)

    def fill(self, order: Order, size: Decimal, price: Decimal, *, maker: bool, trade: int = 0) -> None:
        """Trade a size of an order, and end it when nothing is left."""
        settled = self._settlement(order.ask).settle(order, size, price, maker=maker)
        order.filled, order.cost = plus(order.filled, size), plus(order.cost, times(size, price))
        order.fee, order.fee_currency = plus(order.fee, settled.fee), settled.currency
        order.pnl = plus(order.pnl, settled.pnl)
        order.state = "partially_filled" if order.rest else "filled"
        fill = Fill(
            trade or self.next_trade(), self._next_bill(), order, price, size, settled.fee, settled.currency,
            settled.rate, maker, self.clock.now_ms(), self.feed.candle, self.feed.position, settled.pnl,
        )  # fmt: skip
        order.last, order.updated = fill, fill.ts
        self.fill_count += 1
        self.changes.fills.append(fill)
        self.changes.orders[order.id] = order
        if not trade:
            took_buying = order.buys != maker
            self.prints.add(Print(order.instrument.name, fill.trade_id, price, size, took_buying, fill.position))
        bill = fill.bill_id
        for entry in settled.entries:
            self.bill(order.account, entry, BOUGHT if order.buys else SOLD, fill, number=bill)
            bill = 0
        self._note(
            "fill", order, tradeId=str(fill.trade_id), side=order.ask.side, px=plain(price), sz=plain(size),
            fee=plain(settled.fee), feeCcy=settled.currency, execType="M" if maker else "T",
        )  # fmt: skip
        if order.id in self.open:
            if order.open:
                self.reserve(order)
            else:
                self.model.leave(order)
                self._forget(order)
        self.tell(order, fill)

    def end(self, order: Order, source: str) -> None:
        """Cancel an order that does not stand in a book any more."""
        order.state, order.cancel_source, order.updated = "canceled", source, self.clock.now_ms()
        self._note("canceled", order, accFillSz=plain(order.filled), cancelSource=source)
        self.changes.orders[order.id] = order
        if order.id in self.open:
            self._forget(order)
        self.tell(order)

    # what all of them need

    def reserve(self, order: Order) -> None:
        """Set aside what an order needs now, and give back what it does not need any more."""
        currency, amount = self._settlement(order.ask).need(order) if order.open else (order.hold_currency, Decimal(0))
        if order.held:
            self.ledger.hold(order.account.uid, order.hold_currency, order.held.copy_negate())
        if amount:
            self.ledger.hold(order.account.uid, currency, amount)
        order.held, order.hold_currency = amount, currency
        self.changes.balances[order.account.uid, currency] = order.account

    def bill(
        self, account: Account, entry: Entry, kind: BillKind, fill: Fill | None = None, *, number: int = 0
    ) -> None:
        """Note that a balance changed, and why; the ledger has moved already."""
        currency, now = entry.currency, self.clock.now_ms()
        balance = self.ledger.balance(account.uid, currency)
        name = fill.order.instrument.name if fill else entry.instrument
        number = number or self._next_bill()
        self.changes.bills.append(Bill(number, account, currency, entry.change, balance, *kind, now, fill, name))
        self.changes.balances[account.uid, currency] = account

    def tell(self, order: Order, fill: Fill | None = None, **more: str) -> None:
        """Tell those who watch the account how an order stands; ``more`` are fields only a push has."""
        if order.account.watched:
            self.changes.news.append(OrderNews(order, push_row(order, fill) | more))

    def next_trade(self) -> int:
        """Give the id of the next trade; while the path is under way, its trades belong to the point it left."""
        self._trades += 1
        return trade_id(self._point, self._trades)

    def _check(self, account: Account, ask: Ask) -> Decimal:
        """Refuse what the account may not place, and give the size in base currency or contracts."""
        name = ask.instrument.name
        price = self.feed.price(name)
        size = ask.base_size(price)
        if ask.client_id and ask.client_id in account.named:
            raise Refusal("51016")
        if len(account.open) >= MOST_OPEN or self.model.resting(name) >= MOST_PER_INSTRUMENT:
            raise Refusal("51025")
        self._settlement(ask).check(account, ask, size, price if ask.price is None else ask.price)
        return size

    def _settlement(self, ask: Ask) -> Settlement:
        settlement = self.settlements.get(ask.instrument.kind)
        if settlement is None:
            raise Refusal("51010")
        return settlement

    def _forget(self, order: Order) -> None:
        account, client_id = order.account, order.ask.client_id
        del self.open[order.id], account.open[order.id]
        if client_id and account.named.get(client_id) is order:
            del account.named[client_id]
        self.reserve(order)

    def _next_bill(self) -> int:
        self.next_bill += 1
        return self.next_bill - 1

    def _note(self, event: str, order: Order, **fields: str) -> None:
        ask = order.ask
        self._note_feed(event, ordId=str(order.id), clOrdId=ask.client_id, instId=ask.instrument.name, **fields)

    def _note_feed(self, event: str, **fields: str) -> None:
        self.log.add(event, (self.feed.candle, self.feed.point), fields)
