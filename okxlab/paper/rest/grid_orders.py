"""OKX's grid bots: started, stopped and changed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, floored, minus, plain, plus
from okxlab.paper.orders.ask import one_of, price_of, size_of, text
from okxlab.paper.orders.grid import KEPT, PENDING, RUNNING, STOPPING, Grid
from okxlab.paper.orders.grid_terms import amount, conditions, limits, parse_grid
from okxlab.paper.orders.launching import begin, launch, move, unit
from okxlab.paper.orders.rotation import send
from okxlab.paper.orders.winding import BY_ALGO, BY_USER, close, stop
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
    grid = _find(call)
    if grid.state != PENDING:
        raise Refusal("51388")
    if not unit(call.venue, grid, call.venue.feed.price(grid.instrument.name)):
        raise Refusal("51340", grid.currency)
    launch(call.venue, grid)
    return [_named(grid)]


def withdraw_income(call: Call) -> Rows:
    """Take what a spot grid has earned out of it."""
    grid = _find(call)
    income = call.venue.grids.income(grid)
    if not income:
        raise Refusal("51347")
    move(call.venue, grid.currency, income, grid.purse, grid.owner)
    grid.withdrawn = plus(grid.withdrawn, income)
    call.venue.grids.touch(grid)
    return [_named(grid) | {"profit": plain(income)}]


def close_position(call: Call) -> Rows:
    """Close the position a contract grid has kept: at the market, or by an order at a price."""
    params, venue = call.params, call.venue
    grid = _find(call)
    position = grid.position
    if grid.state != KEPT or position is None:
        raise Refusal("51341")
    if grid.purse.open:
        raise Refusal("51342")
    told = _named(grid) | {"ordId": "", "tag": grid.tag}
    if one_of(params, "mktClose", ("true", "false")) == "true":
        close(venue, grid)
        return [told]
    size = size_of(needed(params, "sz"), grid.instrument)
    price = price_of(needed(params, "px"), grid.instrument)
    if size > position.size.copy_abs():
        raise Refusal("51112")
    side = "sell" if position.long else "buy"
    order = send(venue, grid, {"side": side, "ordType": "limit", "sz": plain(size), "px": plain(price)})
    return [told | {"ordId": str(order.id)}]


def cancel_close(call: Call) -> Rows:
    """Take the order back that closes a kept position."""
    grid, number = _find(call), needed(call.params, "ordId")
    found = [order for order in grid.purse.open.values() if grid.state == KEPT and str(order.id) == number]
    if not found:
        raise Refusal("51400")
    call.venue.withdraw(found[0], BY_ALGO)
    return [_named(grid) | {"ordId": number, "tag": grid.tag}]


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
        given = floored(most * share, Decimal("1e-8"))
    if given > most:
        raise Refusal("59300" if adds else "59301")
    giver, taker = (grid.owner, grid.purse) if adds else (grid.purse, grid.owner)
    move(call.venue, grid.currency, given, giver, taker)
    grid.invested = plus(grid.invested, given) if adds else minus(grid.invested, given)
    call.venue.grids.touch(grid)
    return [_named(grid)]


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
    take, loss = limits(grid, fields, price)
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


def _find(call: Call) -> Grid:
    return call.venue.grids.find(call.account, call.params, "51603")


def _margin(call: Call) -> tuple[Grid, bool]:
    grid = _find(call)
    if grid.spot or grid.state != RUNNING:
        raise Refusal("51000", "algoId")
    return grid, given_of(call.params, "type", ("add", "reduce")) == "add"


def _room(call: Call, grid: Grid, *, adds: bool) -> Decimal:
    standings = call.venue.standings
    left = standings.spare(grid.owner, grid.currency) if adds else standings.cash_left(grid.purse, grid.currency)
    return max(left, ZERO) if adds else max(min(left, minus(grid.invested, Decimal("1e-8"))), ZERO)


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
            rows.append(_named(grid) | {"sCode": "0", "sMsg": "", "tag": grid.tag})
    bad = sum(row["sCode"] != "0" for row in rows)
    return Answer(rows, "0" if not bad else "1" if bad == len(rows) else "2")


def _named(grid: Grid) -> dict[str, Any]:
    return {"algoId": str(grid.id), "algoClOrdId": grid.client_id}


_USER, _BY_INSTRUMENT = Limit(20), Limit(20, by=("user", "instId"))

ROUTES = (
    Route("POST", "tradingBot/grid/order-algo", place, "trade", _BY_INSTRUMENT),
    Route("POST", "tradingBot/grid/stop-order-algo", cancel, "trade", _USER, listed=True),
    Route("POST", "tradingBot/grid/amend-order-algo", amend, "trade", _USER),
    Route("POST", "tradingBot/grid/order-instant-trigger", trigger, "trade", _BY_INSTRUMENT),
    Route("POST", "tradingBot/grid/withdraw-income", withdraw_income, "trade", _USER),
    Route("POST", "tradingBot/grid/close-position", close_position, "trade", _USER),
    Route("POST", "tradingBot/grid/cancel-close-order", cancel_close, "trade", _USER),
    Route("POST", "tradingBot/grid/compute-margin-balance", margin_room, "trade", _USER),
    Route("POST", "tradingBot/grid/margin-balance", change_margin, "trade", _USER),
)
