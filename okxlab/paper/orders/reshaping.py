"""A grid bot that gets another range or more money while it runs: its ladder is made anew of what it has."""

from decimal import Decimal

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain, plus
from okxlab.paper.orders.grid import Grid
from okxlab.paper.orders.launching import check_open, meeting, move, spread, unit
from okxlab.paper.orders.winding import Desk, clear
from okxlab.paper.products.ladder import least_investment, levels

Shape = tuple[Decimal, Decimal, int]  # lowest and highest price, number of intervals


def reshape(desk: Desk, grid: Grid, shape: Shape, more: Decimal) -> None:
    """Give a running grid another shape, and money of its owner's; what it has earned stays counted.

    The pairs that are open end here: what it holds then counts from the market's price on.

    Raises
    ------
    Refusal
        51340 when what it has does not do for the ladder, 51008 when its owner has not so much to spare; it goes on as
        it was then.
    """
    check_open(desk, grid)
    if more > desk.standings.spare(grid.owner, grid.currency):
        raise Refusal("51008", grid.currency, sub_code="1000")
    before = grid.low, grid.high, grid.count
    _cut(grid, shape)
    price = meeting(desk, grid)
    if not unit(desk, grid, price, more):
        least = least_investment(grid.instrument, grid.levels, Decimal(grid.lever))
        _cut(grid, before)
        raise Refusal("51340", f"{plain(least.quantize(Decimal('1e-8')))} {grid.currency}")
    clear(desk, grid)
    move(desk, grid.currency, more, grid.owner, grid.purse)
    grid.invested = plus(grid.invested, more)
    spread(desk, grid, price)


def _cut(grid: Grid, shape: Shape) -> None:
    grid.low, grid.high, grid.count = shape
    grid.levels = levels(grid.instrument, *shape, geometric=grid.geometric)
