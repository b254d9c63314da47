"""What grid bots wait for: a price to begin or end at, room for a refused order, the end of their contract."""

from decimal import Decimal

from okxlab.paper.exact import divided_freely
from okxlab.paper.orders.grid import KEPT, PENDING, RUNNING, STOPPING, Grid
from okxlab.paper.orders.launching import launch, meeting, unit
from okxlab.paper.orders.rotation import rest, rotate
from okxlab.paper.orders.winding import (
    BY_DELIVERY,
    BY_RISK,
    BY_SIGNAL,
    BY_STOP,
    BY_TAKE,
    CLOSE,
    KEEP,
    Desk,
    close,
    finish,
    stop,
)


def attend(desk: Desk) -> None:
    """Let the grids do what the path's newest price asks of them."""
    rotate(desk)
    for grid in list(desk.grids.live.values()):
        if grid.instrument.name not in desk.listing:
            stop(desk, grid, KEEP if grid.spot else CLOSE, BY_DELIVERY)
        elif grid.ruined:
            stop(desk, grid, CLOSE, BY_RISK)
        elif grid.state == STOPPING:
            close(desk, grid)
        elif grid.state == KEPT and grid.position is None:
            finish(desk, grid)
        elif grid.state == PENDING:
            _start(desk, grid)
        elif grid.state == RUNNING and not _ended(desk, grid) and len(grid.orders) < grid.count:
            _mend(desk, grid)
    rotate(desk)


def _start(desk: Desk, grid: Grid) -> None:
    price = desk.feed.price(grid.instrument.name)
    if grid.starts is None or not _met(price, (Decimal(grid.starts[0]), grid.starts[1])):
        return
    if desk.listing[grid.instrument.name].state != "live":
        return
    if unit(desk, grid, meeting(desk, grid)):
        launch(desk, grid)
    else:  # what was enough then is too little now
        stop(desk, grid, KEEP, BY_SIGNAL)


def _ended(desk: Desk, grid: Grid) -> bool:
    """End a grid that has reached where it takes its profit or stops its loss, and say whether it has."""
    price, up = desk.feed.price(grid.instrument.name), grid.direction != "short"
    cause, how = "", CLOSE
    if grid.stop and _met(price, (grid.stop, not up)):
        cause = BY_STOP
    elif grid.take and _met(price, (grid.take, up)):
        cause = BY_TAKE
    elif grid.ends and _met(price, (Decimal(grid.ends[0]), grid.ends[1])):
        cause, how = BY_SIGNAL, grid.ends[2]
    elif grid.take_ratio or grid.stop_ratio:
        ratio = divided_freely(desk.grids.gain(grid), grid.invested)
        if grid.stop_ratio and ratio <= -grid.stop_ratio:
            cause = BY_STOP
        elif grid.take_ratio and ratio >= grid.take_ratio:
            cause = BY_TAKE
    if cause:
        stop(desk, grid, how, cause)
    return bool(cause)


def _mend(desk: Desk, grid: Grid) -> None:
    """Try again what was refused, or had to wait."""
    for place, interval in enumerate(grid.intervals):
        if not interval.order and rest(desk, grid, place):
            desk.grids.touch(grid)


def _met(price: Decimal, trigger: tuple[Decimal, bool]) -> bool:
    level, rising = trigger
    return price >= level if rising else price <= level
