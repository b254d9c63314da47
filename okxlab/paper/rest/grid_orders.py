"""OKX's grid bots: started, stopped and changed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.orders.ask import one_of, price_of, size_of, text
from okxlab.paper.orders.grid import KEPT, PENDING, RUNNING, STOPPING, Grid
from okxlab.paper.orders.grid_terms import amount, conditions, limits, parse_grid
from okxlab.paper.orders.launching import begin, check_open, launch, meeting, unit
from okxlab.paper.orders.rotation import send
from okxlab.paper.orders.winding import BY_ALGO, BY_USER, close, finish, stop
from okxlab.paper.rest.parameters import Params, needed
from okxlab.paper.rest.parameters import one_of as given_of
from okxlab.paper.rest.route import Answer, Call, Limit, Route

Rows = list[dict[str, Any]]
ZERO = Decimal(0)
_MOST_STOPS = 10


def place(call: Call) -> Answer:
    """Start one grid bot."""
    return _each(call, [call.body], _place)


def cancel(call: Call) -> Answer:
    """Stop up to ten grid bots, each on its own."""
    if len(call.body) > _MOST_STOPS:
        raise Refusal("51000", "algoId")
    return _each(call, call.body, _stop)


def amend(call: Call) -> Answer:
    """Change where a grid bot takes its profit, stops its loss, or ends."""
    return _each(call, [call.body], _amend)


def trigger(call: Call) -> Rows:
    """Start a grid bot that waits for its price, at once."""
    grid = found(call)
    if grid.state != PENDING:
        raise Refusal("51388")
    check_open(call.venue, grid)
    if not unit(call.venue, grid, meeting(call.venue, grid)):
        raise Refusal("51340", grid.currency)
    launch(call.venue, grid)
    return [named(grid)]


def close_position(call: Call) -> Rows:
    """Close the position a contract grid has kept: at the market, or by an order at a price."""
    params, venue = call.params, call.venue
    grid = found(call)
    position = grid.position
    if grid.state != KEPT or position is None:
        raise Refusal("51341")
    if grid.purse.open:
        raise Refusal("51342")
    told = named(grid) | {"ordId": "", "tag": grid.tag}
    if one_of(params, "mktClose", ("true", "false")) == "true":
        close(venue, grid)
        return [told]
    size = size_of(needed(params, "sz"), grid.instrument)
    price = price_of(needed(params, "px"), grid.instrument)
    if size > position.size.copy_abs():
        raise Refusal("51112")
    side = "sell" if position.long else "buy"
    order = send(venue, grid, {"side": side, "ordType": "limit", "sz": plain(size), "px": plain(price)})
    if grid.position is None:
        finish(venue, grid)
    venue.grids.touch(grid)
    return [told | {"ordId": str(order.id)}]


def cancel_close(call: Call) -> Rows:
    """Take the order back that closes a kept position."""
    grid, number = found(call), needed(call.params, "ordId")
    mine = [order for order in grid.purse.open.values() if grid.state == KEPT and str(order.id) == number]
    if not mine:
        raise Refusal("51400")
    call.venue.withdraw(mine[0], BY_ALGO)
    return [named(grid) | {"ordId": number, "tag": grid.tag}]


def _place(call: Call, fields: Params) -> Grid:
    grid = parse_grid(call.venue, call.account, fields)
    begin(call.venue, grid)
    return grid


def _stop(call: Call, fields: Params) -> Grid:
    grid = call.venue.grids.find(call.account, fields, "51400")
    if needed(fields, "instId") != grid.instrument.name or needed(fields, "algoOrdType") != grid.kind:
        raise Refusal("51400")
    how = given_of(fields, "stopType", ("1", "2"))
    if grid.state in {STOPPING, KEPT}:
        raise Refusal("51410")
    stop(call.venue, grid, how, BY_USER)
    return grid


def _amend(call: Call, fields: Params) -> Grid:
    venue = call.venue
    grid = venue.grids.find(call.account, fields, "51503")
    if needed(fields, "instId") != grid.instrument.name or grid.state not in {PENDING, RUNNING}:
        raise Refusal("51503")
    if text(fields, "topUpAmt") not in {"", "0"}:
        raise Refusal("51000", "topUpAmt")
    price = venue.feed.price(grid.instrument.name)
    take, loss = limits(grid, fields, Decimal(grid.starts[0]) if grid.starts and grid.state == PENDING else price)
    starts, ends = conditions(fields, grid.instrument, price)
    ratios = [amount(fields, name) for name in ("tpRatio", "slRatio")]
    if any(ratios) and grid.spot:
        raise Refusal("51000", "tpRatio")
    if starts and grid.state == RUNNING:
        raise Refusal("51388")
    grid.take, grid.stop, grid.starts, grid.ends = take, loss, starts or grid.starts, ends or grid.ends
    grid.take_ratio, grid.stop_ratio = ratios[0] or grid.take_ratio, ratios[1] or grid.stop_ratio
    venue.grids.touch(grid)
    return grid


def found(call: Call) -> Grid:
    """Give the grid of algoId; 51603 when there is none that is not over."""
    return call.venue.grids.find(call.account, call.params, "51603")


def _each(call: Call, asked: list[Params], act: Callable[[Call, Params], Grid]) -> Answer:
    """Do one thing a grid and give one row each, in the order asked."""
    rows: Rows = []
    for fields in asked:
        try:
            grid = act(call, fields)
        except Refusal as refusal:
            given = {name: fields.get(name) for name in ("algoId", "algoClOrdId", "tag")}
            echo = {name: value if isinstance(value, str) else "" for name, value in given.items()}
            rows.append(echo | {"sCode": refusal.code, "sMsg": refusal.what})
        else:
            rows.append(named(grid) | {"sCode": "0", "sMsg": "", "tag": grid.tag})
    bad = sum(row["sCode"] != "0" for row in rows)
    return Answer(rows, "0" if not bad else "1" if bad == len(rows) else "2")


def named(grid: Grid) -> dict[str, Any]:
    """Give what every answer about a grid begins with."""
    return {"algoId": str(grid.id), "algoClOrdId": grid.client_id}


_USER, _BY_INSTRUMENT = Limit(20), Limit(20, by=("user", "instId"))

ROUTES = (
    Route("POST", "tradingBot/grid/order-algo", place, "trade", _BY_INSTRUMENT),
    Route("POST", "tradingBot/grid/stop-order-algo", cancel, "trade", _USER, listed=True),
    Route("POST", "tradingBot/grid/amend-order-algo", amend, "trade", _USER),
    Route("POST", "tradingBot/grid/order-instant-trigger", trigger, "trade", _BY_INSTRUMENT),
    Route("POST", "tradingBot/grid/close-position", close_position, "trade", _USER),
    Route("POST", "tradingBot/grid/cancel-close-order", cancel_close, "trade", _USER),
)
