"""The grid bots of a venue: those that are not over, and what their orders have to tell them."""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.accounts import Accounts
from okxlab.paper.accounts.standing import Standings
from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plus, times
from okxlab.paper.orders.ask import text
from okxlab.paper.orders.grid import PENDING, RUNNING, STOPPING, Grid
from okxlab.paper.orders.order import LIQUIDATION, Order
from okxlab.paper.prices.feed import Feed

MOST = 100
ZERO = Decimal(0)


class Desk(Protocol):
    """What grid bots need of the venue to be known."""

    accounts: Accounts
    clock: Clock
    changes: Changes
    feed: Feed
    standings: Standings

    def note_feed(self, event: str, **fields: str) -> None:
        """Log what happened."""


class Grids:
    """Grid bots by id, oldest first; only those that are not over.

    Parameters
    ----------
    desk
        The venue.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.live: dict[int, Grid] = {}
        self._purses: dict[str, Grid] = {}
        self.heard: deque[tuple[Grid, Order]] = deque()
        """Orders that have ended, for `rotate`: it waits until the fill model is through with what it does."""

    def add(self, grid: Grid) -> None:
        """Let a grid live, with its purse."""
        self.live[grid.id] = grid
        self._purses[grid.purse.uid] = grid
        self._desk.accounts.add(grid.purse)

    def sort_out(self, known: Mapping[int, Order]) -> None:
        """Forget orders that are not open any more: of a process that ended before it could follow them."""
        for grid in self.live.values():
            for number in [number for number in grid.orders if number not in known]:
                grid.intervals[grid.orders.pop(number)].order = 0

    def drop(self, grid: Grid) -> None:
        """Let a grid that is over go, with its purse."""
        del self.live[grid.id], self._purses[grid.purse.uid]
        self._desk.accounts.remove(grid.purse)

    def hear(self, order: Order) -> None:
        """Take note of an order that was filled or has ended."""
        grid = self._purses.get(order.account.uid)
        if grid is not None:
            self._desk.changes.grids[grid.id] = grid
            grid.ruined = grid.ruined or order.category == LIQUIDATION
            if not order.open:
                self.heard.append((grid, order))

    def fund(self, account: Account, amount: Decimal) -> None:
        """Take note of a funding fee that a purse was paid, or paid when it is negative."""
        grid = self._purses.get(account.uid)
        if grid is not None:
            grid.funding = plus(grid.funding, amount)
            self.touch(grid)

    def touch(self, grid: Grid) -> None:
        """Note that a grid has changed, so that it is saved and told."""
        grid.updated = self._desk.clock.now_ms()
        self._desk.changes.grids[grid.id] = grid

    def tell(self, grid: Grid) -> None:
        """Note that a grid is in another state."""
        self.touch(grid)
        self._desk.note_feed("grid", algoId=str(grid.id), instId=grid.instrument.name, state=grid.state)

    def of(self, account: Account) -> list[Grid]:
        """Give the grids of an account, newest first."""
        return [grid for grid in reversed(self.live.values()) if grid.owner is account]

    def find(self, account: Account, fields: Mapping[str, object], unknown: str) -> Grid:
        """Give the grid named by `algoId`; a code of the caller's when there is none."""
        number = text(fields, "algoId")
        if not number:
            raise Refusal("50014", "algoId")
        for grid in self.live.values():
            if str(grid.id) == number and grid.owner is account:
                return grid
        raise Refusal(unknown)

    def equity(self, grid: Grid) -> Decimal:
        """Give what a grid's purse is worth now, in its currency."""
        standing = self._desk.standings.of(grid.purse, (grid.currency,))[grid.currency]
        if not grid.spot:
            return standing.equity
        base = self._desk.standings.ledger.balance(grid.purse.uid, grid.instrument.base)
        return plus(standing.balance, times(base, self._desk.feed.price(grid.instrument.name)))

    def gain(self, grid: Grid) -> Decimal:
        """Give what a grid has earned in all: what it is worth and was let out, over what was put in."""
        return minus(plus(self.equity(grid), grid.withdrawn), grid.invested)

    def income(self, grid: Grid) -> Decimal:
        """Give what of a spot grid's profit may be taken out: what its ladder can do without."""
        if not grid.spot or grid.state != RUNNING:
            return ZERO
        left = self._desk.standings.ledger.available(grid.purse.uid, grid.currency)
        return max(min(minus(grid.profit, grid.withdrawn), left), ZERO)

    def owned(self, account: Account) -> dict[str, Decimal]:
        """Give what an account's grids are worth, by currency: OKX's strategy equity."""
        found: dict[str, Decimal] = {}
        for grid in self.live.values():
            if grid.owner is account:
                for currency, standing in self._desk.standings.of(grid.purse).items():
                    found[currency] = plus(found.get(currency, ZERO), standing.equity)
        return found

    def quiet_ahead(self) -> bool:
        """Whether no grid has anything to do over the whole candle ahead, unless one of its orders is filled."""
        return not any(self._stirs(grid) for grid in self.live.values())

    def _stirs(self, grid: Grid) -> bool:
        if grid.state == STOPPING or grid.take_ratio or grid.stop_ratio:
            return True
        if grid.state == RUNNING and len(grid.orders) < grid.count:
            return True
        points = self._desk.feed.points_ahead(grid.instrument.name)
        low, high = min(points), max(points)
        return any(price <= high if rising else price >= low for price, rising in triggers(grid))


def triggers(grid: Grid) -> list[tuple[Decimal, bool]]:
    """Give the prices a grid waits for, each with whether the price must rise to it."""
    if grid.state == PENDING:
        return [(Decimal(grid.starts[0]), grid.starts[1])] if grid.starts else []
    if grid.state != RUNNING:
        return []
    up = grid.direction != "short"
    found = [(price, rising) for price, rising in ((grid.take, up), (grid.stop, not up)) if price]
    return [*found, (Decimal(grid.ends[0]), grid.ends[1])] if grid.ends else found
