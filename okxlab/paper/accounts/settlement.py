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
    """One booking that a bill tells of: a currency and the signed change of its balance.

    ``size``, ``price``, ``pnl`` and ``mode`` are told of bookings that no fill explains.
    """

    currency: str
    change: Decimal
    instrument: str = ""
    size: Decimal = ZERO
    price: Decimal = ZERO
    pnl: Decimal = ZERO
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a fill cost and brought: the fee paid (negative for a rebate), realized profit, and the bookings.

    ``kind`` is OKX's type and subtype of its bills where it is not a plain purchase or sale.
    """

    fee: Decimal
    currency: str
    rate: Decimal
    pnl: Decimal = ZERO
    entries: tuple[Entry, ...] = ()
    kind: tuple[str, str] | None = None


class Settlement(Protocol):
    """How one kind of product is paid for."""

    def check(self, account: Account, ask: Ask, size: Decimal, price: Decimal) -> None:
        """Refuse an order that the account may not place or cannot pay; nothing is changed.

        ``price`` is the order's own, or the market's for an order without one.
        """

    def lever(self, account: Account, ask: Ask) -> str:
        """Give the leverage an order has, as OKX writes it; empty without any."""

    def need(self, order: Order) -> tuple[str, Decimal]:
        """Give the currency and amount that an order sets aside for what is still to be filled."""

    def settle(self, order: Order, size: Decimal, price: Decimal, *, maker: bool) -> Settled:
        """Move what a fill moves."""

    def follow(self, order: Order) -> None:
        """Set right what else depends on an order that was filled, has come to rest or is gone."""
