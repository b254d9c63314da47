"""Algo orders worked off in slices: an iceberg along the path, a twap by the clock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, floored, minus, plain, plus, times
from okxlab.paper.orders.algo import CANCELED, EFFECTIVE, FAILED, Algo, Slices
from okxlab.paper.orders.algos import Algos
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed

BY_ALGO = "1"  # OKX's cancelSource: whoever takes an algo order back takes its slices back
SOURCE = "13"  # OKX's source of a slice
_TWICE = Decimal(2)


class Desk(Protocol):
    """What slices need of the venue."""

    algos: Algos
    feed: Feed
    clock: Clock
    open: dict[int, Order]

    def place(self, account: Account, fields: Mapping[str, object], **more: str) -> Order:
        """Take an order."""

    def withdraw(self, order: Order, source: str) -> None:
        """End an order that rests."""


def work(desk: Desk, now_ms: int) -> None:
    """Place the slices that are due by protocol time."""
    for algo in list(desk.algos.live.values()):
        slices = algo.slices
        if slices is not None and slices.interval and now_ms >= slices.next:
            follow(desk, algo, slices)


def stop(desk: Desk, algo: Algo) -> None:
    """End an algo order, and what rests of it."""
    child = desk.open.get(algo.slices.child if algo.slices else algo.chase.child if algo.chase else 0)
    if child is not None:
        desk.withdraw(child, BY_ALGO)
        if algo.slices:
            _count(algo, algo.slices, child)
    desk.algos.end(algo, CANCELED)


def follow(desk: Desk, algo: Algo, slices: Slices) -> None:
    """Place the next slice when the one before is done, or the price has left it behind."""
    if slices.child:
        child = desk.algos.children.get(algo.id) or desk.open.get(slices.child)
        if child is None:  # it ended unseen, with an earlier process: what it did is not known here
            desk.algos.end(algo, CANCELED)
            return
        if child.open:
            if not _left_behind(desk, slices, child):
                return
            desk.withdraw(child, BY_ALGO)
        _count(algo, slices, child)
    if minus(Decimal(algo.order["sz"]), slices.done) < algo.instrument.minimum:
        desk.algos.end(algo, EFFECTIVE)
    else:
        _place(desk, algo, slices)


def _place(desk: Desk, algo: Algo, slices: Slices) -> None:
    buys, last = algo.order["side"] == "buy", desk.feed.price(algo.instrument.name)
    slices.next = desk.clock.now_ms() + slices.interval
    price = _price(algo, slices, last)
    if (last > slices.limit if buys else last < slices.limit) and slices.interval:
        desk.algos.save(algo)  # it waits for a better price
        return
    size = min(slices.size, minus(Decimal(algo.order["sz"]), slices.done))
    kind = {"ordType": "ioc" if slices.interval else "limit"}
    source = {"algo_id": str(algo.id), "algo_client_id": algo.client_id, "source": SOURCE}
    try:
        order = desk.place(algo.account, algo.asked(plain(price), plain(size)) | kind, **source)
    except Refusal as refusal:
        desk.algos.end(algo, FAILED, refusal.code)
        return
    algo.orders.append(order.id)
    algo.triggered = algo.triggered or desk.clock.now_ms()
    slices.child = order.id
    desk.algos.children[algo.id] = order
    if slices.interval:
        _count(algo, slices, order)
    if minus(Decimal(algo.order["sz"]), slices.done) < algo.instrument.minimum:
        desk.algos.end(algo, EFFECTIVE)
    else:
        desk.algos.tell(algo)


def _price(algo: Algo, slices: Slices, last: Decimal) -> Decimal:
    """Give a slice's price: behind the last one to rest, beyond it to take, and never beyond the limit."""
    gap, buys = slices.gap(last), algo.order["side"] == "buy"
    wanted = plus(last, gap) if buys is bool(slices.interval) else minus(last, gap)
    return floored(min(wanted, slices.limit) if buys else max(wanted, slices.limit), algo.instrument.tick)


def _left_behind(desk: Desk, slices: Slices, child: Order) -> bool:
    last = desk.feed.price(child.instrument.name)
    away = minus(last, child.price) if child.buys else minus(child.price, last)
    at_limit = child.price >= slices.limit if child.buys else child.price <= slices.limit
    return away > times(_TWICE, slices.gap(last)) and not at_limit


def _count(algo: Algo, slices: Slices, child: Order) -> None:
    """Count what a slice that is done has filled."""
    slices.done, slices.cost = plus(slices.done, child.filled), plus(slices.cost, child.cost)
    slices.child = 0
    algo.size = plain(slices.done)
    algo.price = plain(divided_freely(slices.cost, slices.done)) if slices.done else ""
