"""OKX's grid bots looked up: those that run, those that are over, one in full, its orders and its position."""

from itertools import islice
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.orders.grid import CONTRACT, SPOT, STOPPED, Grid, read_grid
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.record import read_order
from okxlab.paper.rest.parameters import Params, limited, needed, one_of, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows.grid import details_row, grid_row, past_row, positions, sub_row

Rows = list[dict[str, Any]]
_LATEST = 2**63 - 1
_COLUMNS = {"algoId": "id", "instType": "kind", "instId": "inst"}


def pending(call: Call) -> Rows:
    """Give a page of the grids that are not over, newest first."""
    params, kind = call.params, _kind(call.params)
    after, before, limit = _page(params)
    found = (
        grid
        for grid in call.venue.grids.of(call.account)
        if grid.kind == kind and before < grid.id < after and params.get("algoId") in {None, "", str(grid.id)}
        and params.get("instId") in {None, "", grid.instrument.name}
        and params.get("instType") in {None, "", grid.instrument.kind}
    )  # fmt: skip
    return [grid_row(call.venue, grid) for grid in islice(found, limit)]


def finished(call: Call) -> Rows:
    """Give a page of the grids that are over, newest first."""
    params = call.params
    after, before, limit = _page(params)
    where = ["uid = ?", "type = ?", "state = ?", "id < ?", "id > ?"]
    values: list[Any] = [call.account.uid, _kind(params), STOPPED, after, before]
    for key, column in _COLUMNS.items():
        if params.get(key):
            where.append(f"{column} = ?")
            values.append(params[key])
    query = f"SELECT record FROM grids WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - names of our own
    return [past_row(call.venue, grid) for grid in _kept(call, query, (*values, limit))]


def details(call: Call) -> Rows:
    """Give one grid in full."""
    return [details_row(call.venue, _one(call))]


def sub_orders(call: Call) -> Rows:
    """Give a page of a grid's orders, newest first: those that rest, or those that were filled."""
    params, grid = call.params, _one(call)
    after, before, limit = _page(params)
    if one_of(params, "type", ("live", "filled")) == "live":
        found = [order for order in reversed(grid.purse.open.values()) if before < order.id < after]
    else:
        found = _filled(call, grid, (after, before, limit))
    group = str(params.get("groupId") or "")
    return [sub_row(grid, order) for order in found if group in {"", order.ask.client_id}][:limit]


def position(call: Call) -> Rows:
    """Give the position of a contract grid, if it has one."""
    one_of(call.params, "algoOrdType", (CONTRACT,))
    return positions(call.venue, _one(call))


def _filled(call: Call, grid: Grid, page: tuple[int, int, int]) -> list[Order]:
    """Give a grid's orders that are filled, out of the archive, which has them when their turn is over."""
    after, before, limit = page
    group = str(call.params.get("groupId") or "")
    query = (
        "SELECT record FROM orders WHERE uid = ? AND id < ? AND id > ? AND filled AND ? IN ('', client)"
        " AND state NOT IN ('live', 'partially_filled') ORDER BY id DESC LIMIT ?"
    )
    accounts: dict[str, Account] = {grid.purse.uid: grid.purse}
    values = (grid.purse.uid, after, before, group, limit)
    return [read_order(record, accounts, grid.instrument) for record in call.archive.rows(query, values)]


def _one(call: Call) -> Grid:
    """Give the grid of algoId, whether it is over or not; 51603 when there is none."""
    params, kind = call.params, _kind(call.params)
    number = needed(params, "algoId")
    for grid in call.venue.grids.of(call.account):
        if (str(grid.id), grid.kind) == (number, kind):
            return grid
    query = "SELECT record FROM grids WHERE uid = ? AND type = ? AND id = ?"
    for grid in _kept(call, query, (call.account.uid, kind, number)):
        return grid
    raise Refusal("51603")


def _kept(call: Call, query: str, values: tuple[Any, ...]) -> list[Grid]:
    venue = call.venue
    return [
        read_grid(record, venue.accounts[record["uid"]], venue.listing.known(record["instrument"]))
        for record in call.archive.rows(query, values)
    ]


def _kind(params: Params) -> str:
    return one_of(params, "algoOrdType", (SPOT, CONTRACT))


def _page(params: Params) -> tuple[int, int, int]:
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    return min(after, _LATEST), min(before, _LATEST), limited(params, "limit", 100, 100)


ROUTES = (
    Route("GET", "tradingBot/grid/orders-algo-pending", pending, "read", Limit(20)),
    Route("GET", "tradingBot/grid/orders-algo-history", finished, "read", Limit(20)),
    Route("GET", "tradingBot/grid/orders-algo-details", details, "read", Limit(20)),
    Route("GET", "tradingBot/grid/sub-orders", sub_orders, "read", Limit(20)),
    Route("GET", "tradingBot/grid/positions", position, "read", Limit(20)),
)
