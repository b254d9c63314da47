"""What those who settle contracts may do at the venue."""

from decimal import Decimal
from typing import Protocol

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.accounts import Accounts
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.accounts.standing import Standings
from okxlab.paper.changes import BillKind, Changes
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.grids import Grids
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.listing import Listing


class Desk(Protocol):
    """The venue, as far as it concerns them."""

    listing: Listing
    feed: Feed
    clock: Clock
    ledger: Ledger
    accounts: Accounts
    changes: Changes
    standings: Standings
    open: dict[int, Order]
    grids: Grids

    def enter(self, account: Account, ask: Ask, size: Decimal, **more: str) -> Order:
        """Take an order in that nobody checks and that meets no market yet."""

    def fill(self, order: Order, size: Decimal, price: Decimal, *, maker: bool, trade: int = 0) -> None:
        """Trade a size of an order."""

    def withdraw(self, order: Order, source: str) -> None:
        """End an order that rests."""

    def bill(self, account: Account, entry: Entry, kind: BillKind) -> None:
        """Note that a balance changed, and why."""

    def next_id(self) -> int:
        """Give a number nothing has had yet."""

    def next_trade(self) -> int:
        """Give the id of a new print."""
