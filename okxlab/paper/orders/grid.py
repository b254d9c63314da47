"""A grid bot: what was asked of it, what its intervals hold, and what it has earned."""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.leverage import leverage_name
from okxlab.paper.accounts.position import Position, earned
from okxlab.paper.exact import divided_freely, floored, minus, plain, plus, times
from okxlab.paper.orders.order import Order
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.ladder import levels

ZERO = Decimal(0)
SPOT, CONTRACT = "grid", "contract_grid"  # OKX's algoOrdType
# OKX's states; those of `ENDED` are on no list but the history's
PENDING, RUNNING, STOPPING, KEPT, STOPPED = "pending_signal", "running", "stopping", "no_close_position", "stopped"


@dataclass(slots=True)
class Interval:
    """A little machine between two levels: it opens at one and closes at the other.

    Parameters
    ----------
    short
        Whether it opens by selling at the upper level, else by buying at the lower one.
    open
        Whether it has opened; ``size`` is what it closes then, ``cost`` what that was worth, ``fee`` what it cost.
    waits
        Whether it opens only once the price has left its level behind.
    order
        The id of its order that rests; 0 for none.
    group
        OKX's groupId, which an opening and its closing share.
    """

    short: bool = False
    open: bool = False
    waits: bool = False
    size: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    order: int = 0
    group: str = ""

    @property
    def buys(self) -> bool:
        """Whether its next order buys."""
        return self.short is self.open


@dataclass(slots=True, eq=False)
class Grid:
    """A grid bot; amounts are of ``currency``, times ms UTC of protocol time.

    Its money is not its owner's while it runs, as with OKX: it is moved to a purse, an account that no key opens, where
    the bot's orders, fills and position are, and comes back when it ends. To the market the purse is a stranger to its
    owner: neither cancels the other's orders.

    Parameters
    ----------
    kind
        OKX's algoOrdType.
    quote, base
        What was put in at first: quote or settlement currency, and base currency.
    direction
        Of a contract grid: long, short or neutral.
    take, stop, take_ratio, stop_ratio
        Where it takes its profit or stops its loss; 0 for nowhere.
    starts, ends
        Prices of OKX's triggerParams, each with whether the price must rise to it; ``ends`` with its stopType too.
    size
        What each interval trades; 0 until it runs.
    invested
        What was put in and not taken out again; ``withdrawn`` is the profit that was taken out.
    profit, pairs, trades, fees
        Of closed pairs net of fees, how many there were, how many orders were filled, and what all of them cost;
        ``funding`` is what a contract grid was paid.
    final
        How its row stood when it ended.
    """

    id: int
    owner: Account
    instrument: Instrument
    kind: str
    low: Decimal
    high: Decimal
    count: int
    geometric: bool = False
    quote: Decimal = ZERO
    base: Decimal = ZERO
    direction: str = ""
    lever: int = 1
    opens: bool = False
    client_id: str = ""
    tag: str = ""
    take: Decimal = ZERO
    stop: Decimal = ZERO
    take_ratio: Decimal = ZERO
    stop_ratio: Decimal = ZERO
    starts: tuple[str, bool] | None = None
    ends: tuple[str, bool, str] | None = None
    created: int = 0
    updated: int = 0
    state: str = PENDING
    size: Decimal = ZERO
    price: Decimal = ZERO
    launched: int = 0
    invested: Decimal = ZERO
    withdrawn: Decimal = ZERO
    profit: Decimal = ZERO
    pairs: int = 0
    trades: int = 0
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    cancel_type: str = "0"
    stop_type: str = ""
    stop_result: str = "0"
    ruined: bool = False
    final: dict[str, str] = field(default_factory=dict)
    intervals: list[Interval] = field(default_factory=list)
    orders: dict[int, int] = field(default_factory=dict)
    levels: list[Decimal] = field(default_factory=list)
    purse: Account = field(init=False)

    def __post_init__(self) -> None:
        uid = purse_name(self.id)
        self.purse = Account(uid, uid, created=self.created)
        self.levels = levels(self.instrument, self.low, self.high, self.count, geometric=self.geometric)
        self.orders = {interval.order: i for i, interval in enumerate(self.intervals) if interval.order}
        if self.instrument.contract:
            key = leverage_name(self.instrument, "cross"), "cross", "net"
            self.purse.leverage[key] = self.lever

    @property
    def spot(self) -> bool:
        """Whether it trades a pair, not a contract."""
        return self.instrument.contract is None

    @property
    def currency(self) -> str:
        """What its money is counted in."""
        return self.instrument.contract.settle if self.instrument.contract else self.instrument.quote

    @property
    def position(self) -> Position | None:
        """What a contract grid holds."""
        return self.purse.positions.get((self.instrument.name, "cross", "net"))

    def level(self, place: int) -> Decimal:
        """Give the price of an interval's next order."""
        return self.levels[place if self.intervals[place].buys else place + 1]

    def turn(self, interval: Interval, order: Order) -> None:
        """Book what an interval's order has traded: it has opened, or has closed and earned."""
        cost = self.worth(order)
        if interval.open:
            order.pnl = self._close(interval, order, cost)
            self.profit = plus(self.profit, order.pnl)
            self.pairs += not interval.open
        else:
            interval.open, interval.waits = True, False
            interval.size, interval.cost, interval.fee = order.filled, cost, ZERO if self.spot else order.fee
            if order.fee_currency == self.instrument.base and self.spot:
                interval.size = floored(minus(order.filled, order.fee), self.instrument.lot)
        self.trades += 1
        self.charge(order)

    def charge(self, order: Order) -> None:
        """Count the fee of an order, in quote or settlement currency."""
        fee = order.fee
        if order.fee_currency != self.currency and order.filled:
            fee = divided_freely(times(fee, order.cost), order.filled)
        self.fees = plus(self.fees, fee)

    def worth(self, order: Order) -> Decimal:
        """Give what an order has traded was worth."""
        if self.spot or not order.filled:
            return order.cost
        return self.instrument.worth(order.filled, divided_freely(order.cost, order.filled))

    def _close(self, interval: Interval, order: Order, cost: Decimal) -> Decimal:
        part = min(order.filled, interval.size)
        share = [interval.cost, interval.fee]
        if part < interval.size:
            share = [divided_freely(times(amount, part), interval.size) for amount in share]
        interval.size = minus(interval.size, part)
        interval.cost, interval.fee = minus(interval.cost, share[0]), minus(interval.fee, share[1])
        interval.open = bool(interval.size)
        gain = minus(cost, share[0])
        if not self.spot:
            gain = earned(self.instrument, share[0], cost, long=not interval.short)
        return minus(gain, plus(share[1], order.fee))


def purse_name(number: int) -> str:
    """Give the uid of a bot's purse."""
    return f"grid{number}"


def write_grid(grid: Grid) -> dict[str, Any]:
    """Give a grid's record."""
    told = {part.name: _out(getattr(grid, part.name)) for part in fields(Grid) if part.name not in _DERIVED}
    return told | {
        "uid": grid.owner.uid,
        "instrument": grid.instrument.name,
        "intervals": list(map(_listed, grid.intervals)),
    }


def read_grid(record: dict[str, Any], owner: Account, instrument: Instrument) -> Grid:
    """Give the grid of a record; its balances and orders are told by others."""
    told: dict[str, Any] = {
        part.name: Decimal(record[part.name]) if part.type is Decimal else record[part.name]
        for part in fields(Grid)
        if part.name not in _DERIVED and part.name in record
    }
    intervals = [
        Interval(short, open_, waits, Decimal(size), Decimal(cost), Decimal(fee), order, group)
        for short, open_, waits, size, cost, fee, order, group in record["intervals"]
    ]
    return Grid(**told | {"owner": owner, "instrument": instrument, "intervals": intervals})


_DERIVED = frozenset(("owner", "instrument", "intervals", "orders", "levels", "purse"))


def _out(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


def _listed(interval: Interval) -> list[Any]:
    return [_out(getattr(interval, part.name)) for part in fields(Interval)]
