"""The channels of grid bots: how they stand, their positions and their orders, whenever one of them does something."""

from collections.abc import Iterable, Mapping
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.changes import Changes
from okxlab.paper.orders.grid import CONTRACT, SPOT, Grid
from okxlab.paper.orders.order import Order
from okxlab.paper.rows.grid import details_row, positions, sub_row
from okxlab.paper.streams.account import Kept
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.orders import wanted
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

Row = dict[str, Any]
# what the details of the other kind tell and a channel does not
_ELSEWHERE = {
    "grid-orders-spot": (
        "direction basePos sz lever actualLever liqPx uly instFamily ordFrozen availEq tpRatio slRatio fundingFee fee "
        "feeCcy eq"
    ),
    "grid-orders-contract": "quoteSz baseSz curQuoteSz curBaseSz profit stopResult uly instFamily feeCcy tradeQuoteCcy",
}
_KINDS = {"grid-orders-spot": SPOT, "grid-orders-contract": CONTRACT}


class GridsTopic(Kept):
    """How an account's grid bots of one kind stand: all at first, then those that did something, and all again."""

    def opened(self) -> None:
        """Begin with nothing to tell."""
        self._changed: dict[int, Grid] = {}

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener how all of them stand, if there are any."""
        if not self.listeners:
            self._again = now + self._repeat
        if rows := self.rows():
            self.push(rows, (connection,))

    def hear(self, changes: Changes) -> None:
        """Take note of grids that did something."""
        mine = {number: grid for number, grid in changes.grids.items() if grid.owner is self.account}
        self._changed |= mine
        self.stale = self.stale or bool(mine)

    def flush(self, now: float) -> None:
        """Tell the grids that did something, those that are over for the last time."""
        changed, self._changed = self._changed.values(), {}
        if rows := self._shown(changed):
            self.push(rows)

    def repeated(self) -> None:
        """Tell all of them again, if there are any."""
        if rows := self.rows():
            self.push(rows)

    def rows(self) -> list[Any]:
        """Give the rows of the grids that are not over."""
        return self._shown(self.reading.venue.grids.of(self.account))

    def _shown(self, grids: Iterable[Grid]) -> list[Row]:
        venue, left_out = self.reading.venue, _ELSEWHERE[self.channel].split()
        told = {"pTime": str(venue.clock.now_ms())}
        rows = [details_row(venue, grid) for grid in grids if grid.kind == _KINDS[self.channel]]
        return [
            {name: value for name, value in row.items() if name not in left_out} | told
            for row in rows
            if wanted(self.arg, row, venue.listing)
        ]


class GridPositionsTopic(GridsTopic):
    """The position of one contract grid; one that was closed is told once more with size 0."""

    _last: Mapping[str, Any] = {}

    def _shown(self, grids: Iterable[Grid]) -> list[Row]:
        venue, found = self.reading.venue, []
        for grid in grids:
            if str(grid.id) == self.arg["algoId"]:
                rows = positions(venue, grid)
                if not rows and self._last:
                    rows = [{**self._last, "pos": "0", "uTime": str(venue.clock.now_ms())}]
                self._last = {} if grid.position is None else rows[0]
                found += [row | {"pTime": str(venue.clock.now_ms())} for row in rows]
        return found


class GridOrdersTopic(Topic):
    """The orders of one grid: those that rest at first, then each change as it happens."""

    def __init__(self, arg: dict[str, str], outlet: Outlet, reading: Reading, account: Account) -> None:
        super().__init__(arg, outlet)
        self._reading = reading
        self._account = account

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener the orders that rest, if there are any."""
        for grid in self._reading.venue.grids.of(self._account):
            if str(grid.id) == self.arg["algoId"] and grid.purse.open:
                self.push([self._row(grid, order) for order in grid.purse.open.values()], (connection,))

    def hear(self, changes: Changes) -> None:
        """Tell at once what became of the orders of a turn."""
        for grid in changes.grids.values():
            if str(grid.id) == self.arg["algoId"] and grid.owner is self._account:
                mine = [order for order in changes.orders.values() if order.account is grid.purse]
                if mine:
                    self.push([self._row(grid, order) for order in mine])

    def _row(self, grid: Grid, order: Order) -> Row:
        row = sub_row(grid, order) | {"pTime": str(self._reading.venue.clock.now_ms())}
        del row["ccy"]  # which OKX tells on the endpoint alone
        return row
