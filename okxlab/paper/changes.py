"""What one turn changed: a request, a step of the feed or a command, from its first effect to its answer."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.orders.grid import Grid
from okxlab.paper.orders.order import Fill, Order


class BillKind(NamedTuple):
    """OKX's type and subtype of a bill."""

    type: str
    subtype: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A change of a balance, as account/bills lists it; ``type`` and ``subtype`` are OKX's."""

    id: int
    account: Account
    currency: str
    change: Decimal
    balance: Decimal
    type: str
    subtype: str
    ts: int
    fill: Fill | None = None
    instrument: str = ""
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class OrderNews:
    """An order as it stood at one moment, in OKX's row, for those who watch its account."""

    order: Order
    row: dict[str, Any]


@dataclass(slots=True)
class Changes:
    """Gathered by the venue while a turn lasts; the archive saves them, then the streams tell of them.

    ``orders`` holds each order once, as it stands at the end; ``news`` one row a change, and
    ``algo_news`` one of an algo order's. ``grids`` are the grid bots that did something. ``records`` are rows of other
    tables of the archive: its name, then the row's values. ``moved`` says that the feed went on.
    """

    orders: dict[int, Order] = field(default_factory=dict)
    news: list[OrderNews] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    balances: dict[tuple[str, str], Account | None] = field(default_factory=dict)
    positions: dict[int, Position] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    instruments: set[str] = field(default_factory=set)
    algo_news: list[tuple[Account, dict[str, Any]]] = field(default_factory=list)
    grids: dict[int, Grid] = field(default_factory=dict)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    moved: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.moved or self.orders or self.fills or self.bills or self.balances or self.positions or self.accounts
            or self.instruments or self.records or self.grids
        )  # fmt: skip
