"""What an order needs and what a fill moves, as each kind of product settles it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Order

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of a fill that a bill tells of: a currency and the signed change of its balance."""

    currency: str
    change: Decimal
    instrument: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a fill cost and brought: the fee paid (negative for a rebate), realized profit, and the bookings."""

    fee: Decimal
    currency: str
    rate: Decimal
    pnl: Decimal = ZERO
    entries: tuple[Entry, ...] = ()


class Settlement(Protocol):
    """How one kind of product is paid for."""

    def check(self, account: Account, ask: Ask, size: Decimal, price: Decimal) -> None:
        """Refuse an order that the account may not place or cannot pay; nothing is changed.

        ``price`` is the order's own, or the market's for an order without one.
        """

    def need(self, order: Order) -> tuple[str, Decimal]:
        """Give the currency and amount that an order sets aside for what is still to be filled."""

    def settle(self, order: Order, size: Decimal, price: Decimal, *, maker: bool) -> Settled:
        """Move what a fill moves."""
