"""How a grid bot ends: its orders go, what it holds is sold or kept, and its money comes back."""

from typing import Protocol

from okxlab.paper.accounts.ledger import MARKET
from okxlab.paper.accounts.liquidation import FORGIVEN
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.exact import floored, plain
from okxlab.paper.orders import launching
from okxlab.paper.orders.grid import KEPT, PENDING, STOPPED, STOPPING, Grid
from okxlab.paper.orders.launching import move, take
from okxlab.paper.orders.order import Order

BY_ALGO = "1"  # OKX's cancelSource: whoever takes a bot back takes its orders back
CLOSE, KEEP = "1", "2"  # OKX's stopType: sell or close at the market, or keep
SOLD, UNSOLD = "1", "-1"  # OKX's stopResult
BY_USER, BY_TAKE, BY_STOP, BY_RISK, BY_DELIVERY, BY_SIGNAL = "1", "2", "3", "4", "5", "6"  # OKX's cancelType


class Desk(launching.Desk, Protocol):
    """What ending needs of the venue."""

    def withdraw(self, order: Order, source: str) -> None:
        """End an order that rests."""


def stop(desk: Desk, grid: Grid, stop_type: str, cancel_type: str) -> None:
    """End a grid: a spot grid at once, a contract grid as soon as its position is closed, which may be kept open."""
    waited = grid.state == PENDING
    clear(desk, grid)
    grid.stop_type, grid.cancel_type = stop_type, cancel_type
    if grid.spot:
        if stop_type == CLOSE and not waited:
            _sell(desk, grid)
        finish(desk, grid)
    elif grid.position is not None and stop_type == KEEP:
        grid.state = KEPT
        desk.grids.tell(grid)
    else:
        grid.state = STOPPING
        desk.grids.tell(grid)
        close(desk, grid)


def close(desk: Desk, grid: Grid) -> None:
    """Close a contract grid's position at the market, and end the grid if that went well; it is tried again later."""
    position = grid.position
    if position is not None:
        order = take(desk, grid, "sell" if position.long else "buy", position.size.copy_abs())
        if order is not None:
            grid.charge(order)
    if grid.position is None:
        finish(desk, grid)


def clear(desk: Desk, grid: Grid) -> None:
    """Take a grid's orders back, and book what they have traded in part."""
    for order in list(grid.purse.open.values()):
        place = grid.orders.pop(order.id, None)
        if order.open:
            desk.withdraw(order, BY_ALGO)
        if place is not None:
            grid.intervals[place].order = 0
            if order.filled:
                grid.turn(grid.intervals[place], order)


def finish(desk: Desk, grid: Grid) -> None:
    """Give back what is in a grid's purse, and let it be over."""
    clear(desk, grid)
    grid.final = {"equity": plain(desk.grids.equity(grid)), "gain": plain(desk.grids.gain(grid))}
    for currency in desk.ledger.currencies(grid.purse.uid):
        amount = desk.ledger.balance(grid.purse.uid, currency)
        if amount < 0:
            desk.ledger.move(currency, amount.copy_negate(), MARKET, grid.purse.uid)
            desk.bill(grid.purse, Entry(currency, amount.copy_negate()), FORGIVEN)
        else:
            move(desk, currency, amount, grid.purse, grid.owner)
    grid.state = STOPPED
    desk.grids.drop(grid)
    desk.grids.tell(grid)


def _sell(desk: Desk, grid: Grid) -> None:
    has = desk.ledger.balance(grid.purse.uid, grid.instrument.base)
    size = floored(has, grid.instrument.lot)
    if size < grid.instrument.minimum:
        return
    order = take(desk, grid, "sell", size)
    grid.stop_result = SOLD if order is not None and order.filled == size else UNSOLD
    if order is not None:
        grid.charge(order)
