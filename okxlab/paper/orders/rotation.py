"""What keeps a grid bot going: each order that is filled is followed by its interval's next one."""

from decimal import Decimal
from typing import Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.settlement import Settlement
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.orders import grids
from okxlab.paper.orders.admission import check_state
from okxlab.paper.orders.ask import Ask, parse
from okxlab.paper.orders.grid import STOPPED, Grid
from okxlab.paper.orders.grids import Grids
from okxlab.paper.orders.order import Order
from okxlab.paper.products.listing import Listing


class Desk(grids.Desk, Protocol):
    """What rotating needs of the venue."""

    grids: Grids
    listing: Listing
    open: dict[int, Order]

    def accept(self, account: Account, ask: Ask, size: Decimal, **more: str) -> Order:
        """Take an order that was checked."""

    def settlement_of(self, ask: Ask) -> Settlement:
        """Give how a kind of order is paid for."""

    def next_id(self) -> int:
        """Give a number nothing has had yet."""


def rotate(desk: Desk) -> None:
    """Follow each order that has ended, until nothing is left to follow."""
    heard = desk.grids.heard
    while heard:
        grid, order = heard.popleft()
        place = grid.orders.pop(order.id, None)
        if place is None or grid.state == STOPPED:
            continue
        grid.intervals[place].order = 0
        if order.filled:
            grid.turn(grid.intervals[place], order)
        if order.state == "filled" and not grid.ruined:  # what was taken back is tried again at the next place
            rest(desk, grid, place)
        desk.grids.touch(grid)


def rest(desk: Desk, grid: Grid, place: int) -> bool:
    """Let an interval's next order rest, and say whether it does; what is refused now is tried again later."""
    interval = grid.intervals[place]
    if interval.waits and not _left_behind(desk, grid, place):
        return False
    if not interval.open:
        interval.group = str(desk.next_id())
    side, size = "buy" if interval.buys else "sell", interval.size if interval.open else grid.size
    fields = {"side": side, "ordType": "limit", "sz": plain(size), "px": plain(grid.level(place))}
    fields["clOrdId"] = interval.group
    order = None
    if interval.open and not grid.spot:  # what closes needs no margin, whatever else rests
        order = tried(desk, grid, fields | {"reduceOnly": "true"})
    order = order or tried(desk, grid, fields)
    if order is None:
        return False
    grid.orders[order.id], interval.order, interval.waits = place, order.id, False
    return True


def tried(desk: Desk, grid: Grid, fields: dict[str, str]) -> Order | None:
    """Place an order of a grid's own; None when it is refused."""
    try:
        return send(desk, grid, fields)
    except Refusal:
        return None


def _left_behind(desk: Desk, grid: Grid, place: int) -> bool:
    last, level = desk.feed.price(grid.instrument.name), grid.level(place)
    return last < level if grid.intervals[place].short else last > level


def send(desk: Desk, grid: Grid, fields: dict[str, str]) -> Order:
    """Place an order of a grid's own, from its purse; the limits on how many orders rest are not for it.

    Raises
    ------
    Refusal
        As for anybody's order.
    """
    mode = {"tdMode": "cash", "tgtCcy": "base_ccy"} if grid.spot else {"tdMode": "cross"}
    ask = parse({"instId": grid.instrument.name, "tag": grid.tag} | mode | fields, desk.listing)
    check_state(ask)
    price = ask.price or desk.feed.price(grid.instrument.name)
    desk.settlement_of(ask).check(grid.purse, ask, ask.size, price)
    return desk.accept(grid.purse, ask, ask.size, algo_id=str(grid.id), algo_client_id=grid.client_id)
