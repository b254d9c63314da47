"""Setting algo orders off where the path meets their prices."""

from decimal import Decimal
from typing import Protocol

from okxlab.paper.accounts.closing import against, key_of
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.orders import chasing
from okxlab.paper.orders.algo import AT_MARKET, FAILED, Algo
from okxlab.paper.orders.ask import parse
from okxlab.paper.orders.chasing import chase
from okxlab.paper.orders.conditions import Market, price_now
from okxlab.paper.orders.slicing import follow, stop

# OKX's source of an order that an algo order placed
SOURCES = {"trigger": "6", "conditional": "7", "oco": "7", "move_order_stop": "25"}
_Met = tuple[Decimal, int, Algo, str, str]


class Desk(Market, chasing.Desk, Protocol):
    """What setting off needs of the venue."""


def watch(desk: Desk) -> None:
    """Set off what the path's newest price meets: the nearest to where it came from first, then the oldest."""
    algos = desk.algos
    met: list[_Met] = []
    for algo in list(algos.live.values()):
        if algo.instrument.name not in desk.listing or _stranded(algo):
            stop(desk, algo)
        elif algo.chase is not None:
            chase(desk, algo, algo.chase)
        elif algo.slices is not None:
            if not algo.slices.interval:
                follow(desk, algo, algo.slices)
        elif found := _met(desk, algo):
            met.append(found)
    for name in list(algos.seen):
        algos.seen[name] = desk.feed.price(name)
    for *_, algo, leg, order_price in sorted(met, key=lambda row: row[:2]):
        if algo.open:
            _set_off(desk, algo, leg, order_price)


def start(desk: Desk, algo: Algo) -> None:
    """Let an algo order begin that places orders from the first moment."""
    if algo.chase is not None:
        chase(desk, algo, algo.chase)
    elif algo.slices is not None:
        follow(desk, algo, algo.slices)


def _stranded(algo: Algo) -> bool:
    """Whether it was to go with its position, and that is closed."""
    order = algo.order
    if order.get("cxlOnClosePos") != "true":
        return False
    position = algo.account.positions.get((order["instId"], order["tdMode"], order.get("posSide") or "net"))
    return position is None or not position.size


def _met(desk: Desk, algo: Algo) -> _Met | None:
    """Give how far the price that sets an algo order off was, and which trigger it is; the stop-loss wins."""
    before = desk.algos.seen[algo.instrument.name]
    if algo.trail is not None:
        extreme = algo.trail.extreme
        if algo.trail.follow(price_now(desk, algo.instrument, "last")):
            return abs(algo.trail.threshold - before), algo.id, algo, "", AT_MARKET
        if algo.trail.extreme != extreme:
            desk.algos.save(algo)
        return None
    for name in ("sl", "tp", ""):
        leg = algo.legs.get(name)
        if leg is not None and leg.met(price_now(desk, algo.instrument, leg.kind)):
            return abs(leg.price - before), algo.id, algo, name, leg.order_price
    return None


def _set_off(desk: Desk, algo: Algo, leg: str, order_price: str) -> None:
    """Place an algo order's order; what cannot be placed is order_failed."""
    algos = desk.algos
    algo.leg, algo.triggered = leg, desk.clock.now_ms()
    held, algo.state = algo.state, "effective"
    algos.reserve(algo)  # what it set aside is for the order
    algo.state = held
    try:
        fields = algo.asked(order_price, _whole(desk, algo, order_price))
        source = {"algo_id": str(algo.id), "algo_client_id": algo.client_id, "source": SOURCES[algo.kind]}
        order = desk.place(algo.account, fields, **source)
    except Refusal as refusal:
        algos.end(algo, FAILED, refusal.code)
    else:
        algos.done(algo, order)


def _whole(desk: Desk, algo: Algo, order_price: str) -> str:
    """Give the size that closes the whole position, for an algo order that is to; 51023 when there is none."""
    if not algo.order.get("closeFraction"):
        return ""
    ask = parse(algo.asked(order_price, str(algo.instrument.minimum)), desk.listing)
    position = against(algo.account, ask)
    if position is None or not position.size or key_of(ask) not in algo.account.positions:
        raise Refusal("51023")
    return plain(position.size.copy_abs())
