"""The exchange itself, without a wire: orders in, fills out, on a market that a feed moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.loans import on_margin
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.floor import Floor
from okxlab.paper.orders.admission import admit
from okxlab.paper.orders.ask import Ask, parse
from okxlab.paper.orders.attached import check_attached
from okxlab.paper.orders.named import find
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.rotation import rotate
from okxlab.paper.orders.slicing import work
from okxlab.paper.orders.tending import attend
from okxlab.paper.orders.triggering import watch

BY_USER, BY_COUNTDOWN = "1", "20"  # OKX's cancelSource


@dataclass(frozen=True)
class Moved:
    """What a step did: points moved and fills made."""

    points: int
    fills: int


class Venue(Floor):
    """Accounts on one market, synchronous and without any input or output; only `step` moves the feed."""

    def settle(self) -> None:
        """End the turn: first grid bots follow what was filled of theirs, then all of it is saved and told."""
        if self.grids.heard:
            rotate(self)
        super().settle()

    def place(self, account: Account, fields: Mapping[str, object], **more: str) -> Order:
        """Take an order; it fills, rests or ends canceled before this returns. ``more`` are fields of `Order`.

        Raises
        ------
        Refusal
            With OKX's code; nothing has changed then.
        """
        ask = on_margin(account, parse(fields, self.listing))
        if account.self_trade != ask.self_trade and not fields.get("stpMode"):
            ask = ask._replace(self_trade=account.self_trade)
        size, _ = self.admit(account, ask)
        return self.accept(account, ask, size, **more)

    def accept(self, account: Account, ask: Ask, size: Decimal, **more: str) -> Order:
        """Take an order that was checked; ``more`` are fields of `Order` that say where it comes from."""
        order = self.enter(account, ask, size, **more)
        self.model.arrive(order)
        return order

    def cancel(self, account: Account, fields: Mapping[str, object]) -> Order:
        """Take a resting order back; `ordId` wins over `clOrdId`.

        Raises
        ------
        Refusal
            51400 when it does not rest, 50014 when it is not named.
        """
        order = find(account, fields)
        if order is None:
            raise Refusal("51400")
        self.withdraw(order, BY_USER)
        return order

    def step(self, points: int, *, until_fill: bool = False) -> Moved:
        """Move the feed by a number of points, or fewer when the tape ends or, if asked, a fill is made.

        After a fill it stands at the place where that was made, which may be between two points.
        """
        before, moved = self.fill_count, 0
        left = self.feed.left
        target = points if left is None else min(points, left)
        while moved < target:
            quiet = min(4, target - moved) if self.quiet_ahead() else 0
            if quiet and self.clockwork.exposed:
                moved += self._pass_watching(quiet)
            else:
                moved += self.inch(quiet)
            if until_fill and self.fill_count > before:
                break
        return Moved(moved, self.fill_count - before)

    def inch(self, points: int = 0) -> int:
        """Move the feed to its next place, or by points over which nothing can happen, and give the points passed."""
        feed = self.feed
        left = feed.position
        if points:
            feed.forward(points)
        else:
            feed.inch()
        self.changes.moved = True
        self.clockwork.strike()
        self.model.moved()
        self.clockwork.watch()
        self.stand()
        if self.algos.live:
            watch(self)
        if self.grids.live:
            attend(self)
        return feed.position - left

    def quiet_ahead(self) -> bool:
        """Whether the whole candle ahead can be passed over without anything happening."""
        return self.model.quiet_ahead() and self.algos.quiet_ahead() and self.grids.quiet_ahead()

    def _pass_watching(self, points: int) -> int:
        """Move over quiet points one by one while there are positions, whose marks move; stop when one is closed."""
        before = self.fill_count
        for passed in range(1, points + 1):
            self.inch(1)
            if self.fill_count > before:
                return passed
        return points

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
        self.note_feed("print", instId=name, side=ask.side, px=plain(price), sz=plain(ask.size))
        self.model.printed(name, ask.side, ask.size, price)
        return Moved(0, self.fill_count - before)

    def due(self, now_ms: int) -> None:
        """Do what protocol time has brought: orders of countdowns that have ended go, slices of algo orders come."""
        if now_ms >= self.countdowns.next:
            for order in self.countdowns.orders_due(now_ms):
                self.withdraw(order, BY_COUNTDOWN)
            self.changes.records.append(self.countdowns.record())
        if self.algos.live:
            work(self, now_ms)

    def admit(self, account: Account, ask: Ask) -> tuple[Decimal, Decimal]:
        """Refuse what the account may not place, and give the size in base currency or contracts, and the price."""
        size, price = self.model.priced(account, ask)
        admit(account, ask)
        if ask.attached:
            check_attached(ask, price)
        self.settlement_of(ask).check(account, ask, size, price)
        return size, price
