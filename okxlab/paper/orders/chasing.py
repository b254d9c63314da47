"""Chase orders: a post_only order that follows the best price until it is filled or has gone too far."""

from decimal import Decimal
from typing import Protocol

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import floored, minus, plain, plus
from okxlab.paper.orders import amendment, slicing
from okxlab.paper.orders.algo import CANCELED, FAILED, Algo, Chase
from okxlab.paper.orders.order import Order

SOURCE = "34"  # OKX's source of a chase order's order
BY_DISTANCE = "42"  # OKX's cancelSource


class Desk(amendment.Desk, slicing.Desk, Protocol):
    """What a chase needs of the venue."""


def chase(desk: Desk, algo: Algo, state: Chase) -> None:
    """Place a chase order's order, move it, or end with it."""
    child = desk.algos.children.get(algo.id) or desk.open.get(state.child)
    if state.child and (child is None or not child.open):
        if child is not None and child.state == "filled":
            desk.algos.done(algo, child)
        else:
            desk.algos.end(algo, CANCELED)
        return
    best = _best(desk, algo)
    state.first = state.first or best
    if state.most(best) and abs(minus(best, state.first)) > state.most(best):
        if child is not None:
            desk.withdraw(child, BY_DISTANCE)
        desk.algos.end(algo, CANCELED)
        return
    gap = state.gap(best)
    price = floored(minus(best, gap) if algo.order["side"] == "buy" else plus(best, gap), algo.instrument.tick)
    if child is None:
        _place(desk, algo, state, price)
    elif price != child.price:
        _move(desk, child, price)


def _best(desk: Desk, algo: Algo) -> Decimal:
    """Give the tick next to the path's price, on the order's own side."""
    last, tick = desk.feed.price(algo.instrument.name), algo.instrument.tick
    below = floored(last, tick)
    if algo.order["side"] == "buy":
        return minus(below, tick) if below == last else below
    return plus(below, tick)


def _place(desk: Desk, algo: Algo, state: Chase, price: Decimal) -> None:
    source = {"algo_id": str(algo.id), "algo_client_id": algo.client_id, "source": SOURCE}
    try:
        order = desk.place(algo.account, algo.asked(plain(price)) | {"ordType": "post_only"}, **source)
    except Refusal as refusal:
        desk.algos.end(algo, FAILED, refusal.code)
        return
    state.child, algo.triggered = order.id, desk.clock.now_ms()
    desk.algos.children[algo.id] = order
    desk.algos.tell(algo)


def _move(desk: Desk, child: Order, price: Decimal) -> None:
    fields = {"instId": child.instrument.name, "ordId": str(child.id), "newPx": plain(price)}
    try:
        amendment.amend(desk, child.account, fields)
    except Refusal:
        return  # it rests on where it is: there is no money for the new price
