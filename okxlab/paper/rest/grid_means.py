"""What OKX's grid bots are made of: another range, more money or margin, and what they have earned taken out."""

from decimal import Decimal
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, floored, minus, plain, plus, times
from okxlab.paper.orders.grid import RUNNING, Grid
from okxlab.paper.orders.grid_terms import amount, shape_of
from okxlab.paper.orders.launching import move
from okxlab.paper.orders.reshaping import reshape
from okxlab.paper.rest.grid_orders import found, named
from okxlab.paper.rest.parameters import one_of
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[dict[str, Any]]
ZERO, LEAST = Decimal(0), Decimal("1e-8")


def change_range(call: Call) -> Rows:
    """Give a running grid another range and number of intervals, and money with it if some is given."""
    grid = _running(call)
    reshape(call.venue, grid, shape_of(grid, call.params), amount(call.params, "topupAmount"))
    most = max(call.venue.standings.spare(grid.owner, grid.currency), ZERO)
    return [{"algoId": str(grid.id), "requiredTopupAmount": "0", "maxTopupAmount": plain(most)}]


def invest(call: Call) -> Rows:
    """Put more money into a running contract grid, whose orders grow with it."""
    grid, more = _running(call), amount(call.params, "amt")
    if grid.spot:
        raise Refusal("51000", "algoId")
    if not more:
        raise Refusal("50014", "amt")
    reshape(call.venue, grid, (grid.low, grid.high, grid.count), more)
    return [{"algoId": str(grid.id)}]


def withdraw_income(call: Call) -> Rows:
    """Take what a spot grid has earned out of it."""
    grid = found(call)
    income = call.venue.grids.income(grid)
    if not income:
        raise Refusal("51347")
    move(call.venue, grid.currency, income, grid.purse, grid.owner)
    grid.withdrawn = plus(grid.withdrawn, income)
    call.venue.grids.touch(grid)
    return [named(grid) | {"profit": plain(income)}]


def margin_room(call: Call) -> Rows:
    """Tell how much margin may be added to a contract grid or taken from it, and what leverage that leaves it."""
    grid, adds = _margin(call)
    given = amount(call.params, "amt")
    changed = given if adds else given.copy_negate()
    most = _room(call, grid, adds=adds)
    if given > most:
        raise Refusal("59300" if adds else "59301")
    equity, position = plus(call.venue.grids.equity(grid), changed), grid.position
    worth = position.worth(call.venue.standings.marks.mark_price(grid.instrument)) if position else ZERO
    return [{"maxAmt": plain(most), "lever": plain(divided_freely(worth, equity)) if equity > 0 else ""}]


def change_margin(call: Call) -> Rows:
    """Add margin to a contract grid, or take some of what its ladder can do without."""
    grid, adds = _margin(call)
    most, given = _room(call, grid, adds=adds), amount(call.params, "amt")
    if not given:
        share = amount(call.params, "percent")
        if not share or share > 1:
            raise Refusal("50014" if not share else "51000", "amt" if not share else "percent")
        given = floored(times(most, share), LEAST)
    if given > most:
        raise Refusal("59300" if adds else "59301")
    giver, taker = (grid.owner, grid.purse) if adds else (grid.purse, grid.owner)
    move(call.venue, grid.currency, given, giver, taker)
    grid.invested = plus(grid.invested, given) if adds else minus(grid.invested, given)
    call.venue.grids.touch(grid)
    return [named(grid)]


def _running(call: Call) -> Grid:
    grid = found(call)
    if grid.state != RUNNING:
        raise Refusal("51000", "algoId")
    return grid


def _margin(call: Call) -> tuple[Grid, bool]:
    grid = _running(call)
    if grid.spot:
        raise Refusal("51000", "algoId")
    return grid, one_of(call.params, "type", ("add", "reduce")) == "add"


def _room(call: Call, grid: Grid, *, adds: bool) -> Decimal:
    standings = call.venue.standings
    left = standings.spare(grid.owner, grid.currency) if adds else standings.cash_left(grid.purse, grid.currency)
    return max(left, ZERO) if adds else max(min(left, minus(grid.invested, LEAST)), ZERO)


_USER = Limit(20)

ROUTES = (
    Route("POST", "tradingBot/grid/amend-algo-basic-param", change_range, "trade", _USER),
    Route("POST", "tradingBot/grid/adjust-investment", invest, "trade", _USER),
    Route("POST", "tradingBot/grid/withdraw-income", withdraw_income, "trade", _USER),
    Route("POST", "tradingBot/grid/compute-margin-balance", margin_room, "trade", _USER),
    Route("POST", "tradingBot/grid/margin-balance", change_margin, "trade", _USER),
)
