"""An order that was accepted, and the fills it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import minus, plain
from okxlab.paper.orders.ask import Ask
from okxlab.paper.products.instrument import Instrument

OPEN = ("live", "partially_filled")
LIQUIDATION = "full_liquidation"  # OKX's category
ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Order:
    """An accepted order; times are protocol time (ms UTC), sizes base currency or contracts.

    Parameters
    ----------
    id
        OKX's ordId.
    account
        Whose it is.
    ask
        As it was asked.
    size, price
        What it stands for now: an amendment changes them. A market order has no price: 0.
    held, hold_currency
        What it sets aside, and of which currency.
    rank
        Its place among orders of one price: its id, or a later number since an amendment sent it to the end.
    ahead
        What stands before it in the queue at its price, in the instrument's lots.
    cost
        The sum of size times price over its fills.
    """

    id: int
    account: Account
    ask: Ask
    size: Decimal
    price: Decimal
    created: int
    updated: int = 0
    state: str = "live"
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    fee_currency: str = ""
    pnl: Decimal = ZERO
    cancel_source: str = ""
    held: Decimal = ZERO
    hold_currency: str = ""
    rank: int = 0
    ahead: int = 0
    last: "Fill | None" = None
    category: str = "normal"
    algo_id: str = ""
    algo_client_id: str = ""
    amend_source: str = ""
    attached: Sequence[Mapping[str, str]] = ()
    lever: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        self.rank = self.rank or self.id

    @property
    def instrument(self) -> Instrument:
        """What it trades."""
        return self.ask.instrument

    @property
    def buys(self) -> bool:
        """Whether it is a buy."""
        return self.ask.buys

    @property
    def open(self) -> bool:
        """Whether it still rests."""
        return self.state in OPEN

    @property
    def rest(self) -> Decimal:
        """What is still to be filled."""
        return minus(self.size, self.filled)


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade of one order; ``fee`` is what was paid of ``fee_currency`` (negative for a rebate).

    ``ts`` is protocol time, ``feed_ts`` the start of the candle of feed time, ``position`` the feed's at that moment.
    """

    trade_id: int
    bill_id: int
    order: Order
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    rate: Decimal
    maker: bool
    ts: int
    feed_ts: int
    position: int
    pnl: Decimal = ZERO
    liquidity: str = ""

    def record(self) -> list[Any]:
        """Give what is kept on disk: texts and integers, the order by its id and what a fill's row shows of it."""
        ask, order = self.order.ask, self.order
        return [
            self.trade_id, self.bill_id, order.id, order.account.uid, ask.instrument.name, ask.instrument.kind,
            ask.client_id, ask.tag, ask.side, ask.pos_side, plain(self.price), plain(self.size), plain(self.fee),
            self.fee_currency, plain(self.rate), self.maker, self.ts, self.feed_ts, plain(self.pnl),
            ask.instrument.quote,
        ]  # fmt: skip
