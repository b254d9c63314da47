"""An account: its modes, its open orders and what it must remember between requests."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from okxlab.paper.accounts.position import Position
    from okxlab.paper.orders.order import Order


@dataclass(slots=True, eq=False)
class Account:
    """A trading account.

    Parameters
    ----------
    uid
        OKX's uid; the owner's name in the ledger. Its funding wallet is `funding`.
    parent
        The main account's uid; its own for a main account.
    name
        OKX's subAcct, empty for a main account.
    level
        OKX's acctLv: 1 spot, 2 futures, 3 multi-currency.
    hedged
        Whether positions are kept apart by side (long_short_mode).
    may_send
        Whether a sub-account may send to other sub-accounts (OKX's canTransOut).
    greeks, fee_type, auto_loan, auto_repay, contract_margin, margin_margin, settle, strategy, uncollateral
        Settings that are kept and shown: greeksType, feeType, autoLoan, autoRepay, isoMode of contracts and of margin,
        settleCcy, stgyType, and the currencies that are no collateral.
    raised
        The day (since 1970) of the last increase of the demo balance, and how many there were on it.
    leverage
        By (instrument or family or currency, margin mode, position side), as set.
    open
        Its resting orders by id, oldest first.
    resting
        How many of them there are, by instrument.
    named
        Those of them that have a client id, by it.
    positions
        By (instrument, margin mode, position side).
    watched
        How many streams want to hear of it; rows nobody wants are not made.
    """

    uid: str
    parent: str
    name: str = ""
    label: str = ""
    level: str = "2"
    hedged: bool = False
    self_trade: str = "cancel_maker"
    created: int = 0
    frozen: bool = False
    may_send: bool = False
    greeks: str = "PA"
    fee_type: str = "0"
    auto_loan: bool = False
    auto_repay: bool = False
    contract_margin: str = "automatic"
    margin_margin: str = "automatic"
    settle: str = ""
    strategy: str = "0"
    uncollateral: list[str] = field(default_factory=list)
    raised: tuple[int, int] = (0, 0)
    leverage: dict[tuple[str, str, str], int] = field(default_factory=dict)
    open: "dict[int, Order]" = field(default_factory=dict)
    resting: dict[str, int] = field(default_factory=dict)
    named: "dict[str, Order]" = field(default_factory=dict)
    positions: "dict[tuple[str, str, str], Position]" = field(default_factory=dict)
    watched: int = 0

    @property
    def funding(self) -> str:
        """The owner's name of its funding wallet in the ledger."""
        return f"funding:{self.uid}"

    def add(self, order: "Order") -> None:
        """Count an order among those that rest."""
        name = order.instrument.name
        late = bool(self.open) and order.id < next(reversed(self.open))
        self.open[order.id] = order
        if late:
            oldest_first = sorted(self.open.items())
            self.open.clear()
            self.open.update(oldest_first)
        self.resting[name] = self.resting.get(name, 0) + 1
        if order.ask.client_id:
            self.named[order.ask.client_id] = order

    def remove(self, order: "Order") -> None:
        """Count an order among those that rest no more."""
        client_id = order.ask.client_id
        del self.open[order.id]
        self.resting[order.instrument.name] -= 1
        if client_id and self.named.get(client_id) is order:
            del self.named[client_id]
