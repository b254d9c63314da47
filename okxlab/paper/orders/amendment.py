"""Changing the price or the size of an order that rests."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.settlement import Settlement
from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plain
from okxlab.paper.matching.model import FillModel
from okxlab.paper.orders.algos import Algos
from okxlab.paper.orders.ask import Ask, one_of, price_of, read_attached, size_of, text
from okxlab.paper.orders.attached import change_attached, check_attached
from okxlab.paper.orders.named import find
from okxlab.paper.orders.order import Fill, Order

BY_USER = "1"  # OKX's cancelSource
BY_USER_AMENDED = "1"  # OKX's amendSource
DONE, CANCELED_INSTEAD = "0", "1"  # OKX's amendResult


class Desk(Protocol):
    """What amendments need of the venue."""

    model: FillModel
    ledger: Ledger
    clock: Clock
    changes: Changes
    algos: Algos
    next_order: int

    def settlement_of(self, ask: Ask) -> Settlement:
        """Give how a kind of order is paid for."""

    def lift(self, order: Order) -> None:
        """Take an order that rests off its book, as if it had not come yet."""

    def withdraw(self, order: Order, source: str, **more: str) -> None:
        """End an order that rests."""

    def reserve(self, order: Order) -> None:
        """Set aside what an order needs now."""

    def note(self, event: str, order: Order, **fields: str) -> None:
        """Log what happened to an order."""

    def tell(self, order: Order, fill: Fill | None = None, **more: str) -> None:
        """Tell those who watch the account how an order stands."""


@dataclass(frozen=True)
class Amendment:
    """What an order is to become; ``size`` is its new total, what is filled included."""

    order: Order
    size: Decimal
    price: Decimal
    attached: tuple[Mapping[str, str], ...]
    request: str = ""

    @property
    def keeps_place(self) -> bool:
        """Whether the order stays where it stands in the queue: only a smaller size does that."""
        return self.price == self.order.price and self.size <= self.order.size

    @cached_property
    def ask(self) -> Ask:
        """The order as it would be asked now."""
        size = plain(self.size)
        return self.order.ask._replace(size=self.size, price=self.price, size_text=size, attached=self.attached)


def amend(venue: Desk, account: Account, fields: Mapping[str, object]) -> Order:
    """Change a resting order's price, size or both; it may trade at once.

    Raises
    ------
    Refusal
        With OKX's code; nothing has changed then, unless `cxlOnFail` has canceled the order.
    """
    cancels = one_of(fields, "cxlOnFail", ("", "true", "false")) == "true"
    order = find(account, fields)
    if order is None:
        raise Refusal("51503")
    try:
        amendment = _read(order, fields)
        _check(venue, amendment)
    except Refusal:
        if cancels:
            order.amend_source = BY_USER_AMENDED
            venue.withdraw(order, BY_USER, amendResult=CANCELED_INSTEAD, reqId=text(fields, "reqId"))
        raise
    _apply(venue, amendment)
    return order


def _read(order: Order, fields: Mapping[str, object]) -> Amendment:
    new_size, new_price, changes = text(fields, "newSz"), text(fields, "newPx"), fields.get("attachAlgoOrds")
    if not (new_size or new_price or changes):
        raise Refusal("51500")
    size = size_of(new_size, order.instrument, "newSz") if new_size else order.size
    price = price_of(new_price, order.instrument, "newPx") if new_price else order.price
    attached = order.attached
    if changes:
        attached = [read_attached(spec, order.instrument) for spec in change_attached(order, changes)]
    return Amendment(order, size, price, tuple(attached), text(fields, "reqId"))


def _check(venue: Desk, amendment: Amendment) -> None:
    """Refuse what a post_only order may not do and what the account cannot pay."""
    order = amendment.order
    if order.ask.kind == "post_only" and venue.model.crosses(order, amendment.price):
        raise Refusal("51511")
    if amendment.attached:
        check_attached(amendment.ask, amendment.price)
    rest = minus(amendment.size, order.filled)
    if rest <= 0 or amendment.keeps_place:
        return
    account, held, closes = order.account, order.held, order.ask.mode != "cash"
    if closes:
        account.remove(order)  # what it holds and closes now counts for what it becomes
    venue.ledger.hold(account.uid, order.hold_currency, held.copy_negate())
    try:
        venue.settlement_of(order.ask).check(account, amendment.ask, rest, amendment.price)
    finally:
        venue.ledger.hold(account.uid, order.hold_currency, held)
        if closes:
            account.add(order)


def _apply(venue: Desk, amendment: Amendment) -> None:
    order = amendment.order
    over = amendment.size <= order.filled
    kept = amendment.keeps_place
    crosses = not over and not kept and venue.model.crosses(order, amendment.price)
    if over or crosses:
        venue.lift(order)
    elif not kept:
        venue.model.leave(order)
    order.ask, order.size, order.price = amendment.ask, amendment.size, amendment.price
    order.attached = amendment.attached
    order.updated, order.amend_source = venue.clock.now_ms(), BY_USER_AMENDED
    venue.note("amended", order, px=plain(order.price), sz=plain(order.size), reqId=amendment.request)
    if over:
        order.state = "filled"
    elif not kept:
        order.rank = venue.next_order
        venue.next_order += 1
        if not crosses:
            venue.model.restore(order)
    if not crosses:
        venue.reserve(order)
    venue.changes.orders[order.id] = order
    venue.tell(order, reqId=amendment.request, amendResult=DONE)
    if over and order.attached:
        venue.algos.attach(order)
    if crosses:
        venue.model.arrive(order)
