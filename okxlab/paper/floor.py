"""Where orders rest, fill and end: what a fill model decides is done here, booked and told."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.accounts import Accounts
from okxlab.paper.accounts.cash import Cash, unit_cost
from okxlab.paper.accounts.clockwork import Clockwork
from okxlab.paper.accounts.holds import hold
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.settlement import Entry, Settlement
from okxlab.paper.accounts.settlements import settlements
from okxlab.paper.accounts.standing import Standings
from okxlab.paper.changes import Bill, BillKind, Changes, OrderNews
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, plain, plus, times
from okxlab.paper.glance import Glance
from okxlab.paper.log import Log
from okxlab.paper.matching.model import FillModel
from okxlab.paper.matching.sequence import Sequence
from okxlab.paper.matching.touch import Touch
from okxlab.paper.orders.algos import Algos
from okxlab.paper.orders.ask import PRICELESS, Ask
from okxlab.paper.orders.countdown import Countdowns
from okxlab.paper.orders.grids import Grids
from okxlab.paper.orders.order import Fill, Order
from okxlab.paper.prices.days import Days
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Print, Prints, trade_id
from okxlab.paper.prices.reference import Reference
from okxlab.paper.prices.replay import RecordedBook
from okxlab.paper.products.listing import Listing
from okxlab.paper.rows.order import push_row

FIRST_ID = 1_000_000_001
BOUGHT, SOLD = BillKind("2", "1"), BillKind("2", "2")


class Floor:
    """The trading floor: accounts, what they own, their open orders, and the tape.

    Everything that changes it is a turn: `settle` ends it and hands what changed to the sinks, the archive first.

    Parameters
    ----------
    listing
        What is traded.
    feed
        The prices.
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
        self.reference = Reference(listing, feed)
        self.days = Days(feed, self.prints)
        self.index_days = Days(feed, Prints(feed))  # an index does not count our trades
        self.glance = Glance(feed)
        self.sequence = Sequence()
        self.replay: Mapping[str, RecordedBook] = {}
        self.open: dict[int, Order] = {}
        self.changes = Changes()
        self.sinks: list[Callable[[Changes], None]] = []
        self.standings = Standings(self.ledger, self.reference)
        self.margin = Margin(self)
        self.settlements = settlements(Cash(self.ledger, self.standings), self.margin)
        self.clockwork = Clockwork(self, self.margin)
        self.countdowns = Countdowns()
        self.algos = Algos(self)
        self.grids = Grids(self)
        self.model: FillModel = Touch(self, feed, listing)
        self.status_rows: Callable[[], list[dict[str, Any]]] = list
        self.fill_count = 0
        self.next_order, self.next_bill = FIRST_ID, FIRST_ID
        self._place, self._trades = (feed.position, feed.part), 0

    def settle(self) -> None:
        """End the turn: what it changed is saved, then told."""
        if self.changes:
            changes, self.changes = self.changes, Changes()
            self.glance.hear(changes)
            self.sequence.hear(changes)
            for sink in self.sinks:
                sink(changes)

    def enter(self, account: Account, ask: Ask, size: Decimal, **more: str) -> Order:
        """Take an order in that nobody checks any more and that meets no market yet."""
        now = self.clock.now_ms()
        order = Order(self.next_order, account, ask, size, ask.price or Decimal(0), now, now, **more)  # type: ignore[arg-type]
        self.next_order += 1
        if ask.attached:
            order.attached = [{**spec, "attachAlgoId": self._new_id()} for spec in ask.attached]
        order.lever = self.settlement_of(ask).lever(account, ask)
        self.note(
            "accepted", order, side=ask.side, ordType=ask.kind, px=plain(order.price) if order.price else "",
            sz=ask.size_text,
        )  # fmt: skip
        if not (ask.kind in PRICELESS or ask.kind == "post_only"):
            self.tell(order)
        return order

    def rest(self, order: Order) -> None:
        """Let what is left of an order rest."""
        self.open[order.id] = order
        order.account.add(order)
        self.reserve(order)
        self.changes.orders[order.id] = order
        if order.ask.kind == "post_only":
            self.tell(order)

    def fill(self, order: Order, size: Decimal, price: Decimal, *, maker: bool, trade: int = 0) -> None:
        """Trade a size of an order, and end it when nothing is left."""
        settled = self.settlement_of(order.ask).settle(order, size, price, maker=maker)
        order.filled, order.cost = plus(order.filled, size), plus(order.cost, times(size, price))
        order.fee, order.fee_currency = plus(order.fee, settled.fee), settled.currency
        order.pnl = plus(order.pnl, settled.pnl)
        order.state = "partially_filled" if order.rest else "filled"
        fill = Fill(
            trade or self.next_trade(), self.next_id(), order, price, size, settled.fee, settled.currency,
            settled.rate, maker, self.clock.now_ms(), self.feed.candle, self.feed.position, settled.pnl,
        )  # fmt: skip
        order.last, order.updated = fill, fill.ts
        self.fill_count += 1
        self.changes.fills.append(fill)
        self.changes.orders[order.id] = order
        if not trade:
            took_buying = order.buys != maker
            place = (fill.position, self.feed.part)
            self.prints.add(Print(order.instrument.name, fill.trade_id, price, size, took_buying, *place))
        bill = fill.bill_id
        for entry in settled.entries:
            kind = BillKind(*settled.kind) if settled.kind else BOUGHT if order.buys else SOLD
            self.bill(order.account, entry, kind, fill, number=bill)
            bill = 0
        self.note(
            "fill", order, tradeId=str(fill.trade_id), side=order.ask.side, px=plain(price), sz=plain(size),
            fee=plain(settled.fee), feeCcy=settled.currency, execType="M" if maker else "T",
        )  # fmt: skip
        if order.id in self.open:
            if order.open:
                self.reserve(order)
            else:
                self.model.leave(order)
                self._forget(order)
        else:
            self.settlement_of(order.ask).follow(order)
        self.tell(order, fill)
        if order.attached and not order.open:
            self.algos.attach(order)
        if self.grids.live:
            self.grids.hear(order)

    def end(self, order: Order, source: str, **more: str) -> None:
        """Cancel an order that does not stand in a book any more; ``more`` are fields of its push."""
        order.state, order.cancel_source, order.updated = "canceled", source, self.clock.now_ms()
        self.note("canceled", order, accFillSz=plain(order.filled), cancelSource=source)
        self.changes.orders[order.id] = order
        if order.id in self.open:
            self._forget(order)
        self.tell(order, None, **more)
        if order.attached and order.filled:
            self.algos.attach(order)
        if self.grids.live:
            self.grids.hear(order)

    def withdraw(self, order: Order, source: str, **more: str) -> None:
        """End an order that rests; ``more`` are fields of its push."""
        self.model.leave(order)
        self.end(order, source, **more)

    def lift(self, order: Order) -> None:
        """Take an order that rests off its book, as if it had not come yet."""
        self.model.leave(order)
        del self.open[order.id]
        order.account.remove(order)
        hold(self.ledger, self.changes, order, (order.hold_currency, Decimal(0)))

    def reserve(self, order: Order) -> None:
        """Set aside what an order needs now, and give back what it does not need any more."""
        settlement = self.settlement_of(order.ask)
        need = settlement.need(order) if order.open else (order.hold_currency, Decimal(0))
        hold(self.ledger, self.changes, order, need)
        settlement.follow(order)

    def bill(
        self, account: Account, entry: Entry, kind: BillKind, fill: Fill | None = None, *, number: int = 0
    ) -> None:
        """Note that a balance changed, and why; the ledger has moved already."""
        currency, now = entry.currency, self.clock.now_ms()
        balance = self.ledger.balance(account.uid, currency)
        name = fill.order.instrument.name if fill else entry.instrument
        number = number or self.next_id()
        self.changes.bills.append(Bill(number, account, currency, entry.change, balance, *kind, now, fill, name, entry))
        self.changes.balances[account.uid, currency] = account

    def tell(self, order: Order, fill: Fill | None = None, **more: str) -> None:
        """Tell those who watch the account how an order stands; ``more`` are fields only a push has."""
        if order.account.watched:
            self.changes.news.append(OrderNews(order, push_row(order, fill) | more))

    def stand(self) -> None:
        """Let trades belong to the place where the feed stands now."""
        self._place, self._trades = (self.feed.position, self.feed.part), 0

    def go_on_after(self, trade: int) -> None:
        """Number trades after the newest of an earlier process."""
        self._trades = max(trade - trade_id(*self._place), 0)

    def next_trade(self) -> int:
        """Give the id of the next trade; while the path is under way, its trades belong to the place it left."""
        self._trades += 1
        return trade_id(*self._place, self._trades)

    def affords(self, order: Order, price: Decimal) -> Decimal:
        """Give how much of what is left of an order can be paid at a price, which may be worse than was checked."""
        ask, rest = order.ask, order.rest
        if ask.price is not None:
            return rest
        if ask.instrument.kind != "SPOT":
            return self.margin.affords(order, price)
        if not ask.buys:
            return rest
        available, one = self.standings.cash_left(order.account, ask.spent), unit_cost(order.account, price)
        return min(rest, divided(available, one, ask.instrument.lot)) if available > 0 else Decimal(0)

    def settlement_of(self, ask: Ask) -> Settlement:
        """Give how a kind of order is paid for; 51010 when the account cannot."""
        settlement = self.settlements.get(ask.instrument.kind)
        if settlement is None:
            raise Refusal("51010")
        return settlement

    def _forget(self, order: Order) -> None:
        del self.open[order.id]
        order.account.remove(order)
        self.reserve(order)

    def _new_id(self) -> str:
        self.next_order += 1
        return str(self.next_order - 1)

    def next_id(self) -> int:
        """Give a number nothing has had yet: of a bill or a position."""
        self.next_bill += 1
        return self.next_bill - 1

    def note(self, event: str, order: Order, **fields: str) -> None:
        """Log what happened to an order."""
        ask = order.ask
        self.note_feed(event, ordId=str(order.id), clOrdId=ask.client_id, instId=ask.instrument.name, **fields)

    def note_feed(self, event: str, **fields: str) -> None:
        """Log what happened."""
        self.log.add(event, (self.feed.candle, self.feed.point), fields)
