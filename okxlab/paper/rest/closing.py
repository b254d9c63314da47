"""Whole positions closed at the market, and whole families of orders taken back."""

from typing import Any

from okxlab.paper.accounts.closing import key_of
from okxlab.paper.accounts.position import Position
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.orders.ask import client_id_of, one_of, tag_of, text
from okxlab.paper.orders.order import Order
from okxlab.paper.rest.parameters import instrument_of, needed
from okxlab.paper.rest.parameters import one_of as choice
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.venue import BY_USER

Rows = list[dict[str, Any]]
BY_CLOSING = "17"  # OKX's cancelSource


def close_position(call: Call) -> Rows:
    """Close a position whole; orders that were to close it must go first, or with `autoCxl` do."""
    params, account = call.params, call.account
    instrument = instrument_of(call.venue, params)
    mode = choice(params, "mgnMode", ("cross", "isolated"))
    side = one_of(params, "posSide", ("", "net", "long", "short")) or "net"
    if account.hedged and side == "net":
        raise Refusal("50014", "posSide")
    client_id, tag = client_id_of(params), tag_of(params)
    position = account.positions.get((instrument.name, mode, side))
    if position is None or not position.size:
        raise Refusal("51023")
    waiting = _closing(call, position)
    if waiting and text(params, "autoCxl") != "true":
        raise Refusal("51115")
    for order in waiting:
        call.venue.withdraw(order, BY_CLOSING)
    call.venue.place(account, {
        "instId": instrument.name, "tdMode": mode, "side": "sell" if position.long else "buy", "posSide": side,
        "ordType": "market", "sz": plain(position.size.copy_abs()), "reduceOnly": "true", "clOrdId": client_id,
        "tag": tag, "ccy": text(params, "ccy"),
    })  # fmt: skip
    return [{"instId": instrument.name, "posSide": side, "clOrdId": client_id, "tag": tag}]


def mass_cancel(call: Call) -> Rows:
    """Take back every option order of a family."""
    choice(call.params, "instType", ("OPTION",))
    family = needed(call.params, "instFamily")
    if not any(row.contract and row.contract.family == family for row in call.venue.listing.kind("OPTION")):
        raise Refusal("51000", "instFamily")
    for order in list(call.account.open.values()):
        contract = order.instrument.contract
        if order.instrument.kind == "OPTION" and contract is not None and contract.family == family:
            call.venue.withdraw(order, BY_USER)
    return [{"result": True}]


def _closing(call: Call, position: Position) -> list[Order]:
    key = position.instrument.name, position.mode, position.side
    return [
        order
        for order in call.account.open.values()
        if key_of(order.ask) == key and order.buys is not position.long
    ]  # fmt: skip


ROUTES = (
    Route("POST", "trade/close-position", close_position, "trade", Limit(20, by=("user", "instId"))),
    Route("POST", "trade/mass-cancel", mass_cancel, "trade", Limit(5)),
)
