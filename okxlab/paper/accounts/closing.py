"""Which orders close a position and which open one: the oldest close first, until all of it is spoken for."""

from collections.abc import Iterator
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.position import Key, Position
from okxlab.paper.exact import minus
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Order

ZERO = Decimal(0)


def key_of(ask: Ask) -> Key:
    """Give what the position of an order is kept under."""
    return ask.instrument.name, ask.mode, ask.pos_side


def closes(ask: Ask) -> bool:
    """Whether an order of long_short_mode closes."""
    return ask.pos_side != "net" and (ask.pos_side == "long") is not ask.buys


def against(account: Account, ask: Ask) -> Position | None:
    """Give the position that an order would reduce."""
    position = account.positions.get(key_of(ask))
    return position if position is not None and position.long is not ask.buys else None


def rivals(account: Account, ask: Ask) -> Iterator[Order]:
    """Give the resting orders of an order's position and side, oldest first."""
    key, buys = key_of(ask), ask.buys
    for order in account.open.values():
        if order.buys is buys and key_of(order.ask) == key:
            yield order


def room(account: Account, ask: Ask, before: int | None = None, *, reducing: bool = False) -> Decimal:
    """Give what of its position an order may close, as older orders leave it.

    Parameters
    ----------
    account, ask
        The order.
    before
        Its id; None for one that does not rest yet.
    reducing
        Count only orders that must reduce.
    """
    position = against(account, ask)
    if position is None:
        return ZERO
    left = position.size.copy_abs()
    for order in rivals(account, ask):
        if before is not None and order.id >= before:
            break
        if order.ask.reduce_only or not reducing:
            left = minus(left, order.rest)
    return max(left, ZERO)


def opening(account: Account, ask: Ask, size: Decimal, before: int | None = None) -> Decimal:
    """Give what of an order's size opens a position or adds to one."""
    if ask.reduce_only or closes(ask):
        return ZERO
    if against(account, ask) is None:
        return size
    return max(minus(size, room(account, ask, before)), ZERO)


def openings(account: Account, ask: Ask) -> Iterator[tuple[Order, Decimal]]:
    """Give the resting orders of an order's position, both sides, and what each of them opens."""
    position = account.positions.get(key_of(ask))
    left = position.size.copy_abs() if position is not None else ZERO
    key = key_of(ask)
    for order in account.open.values():
        if key_of(order.ask) != key:
            continue
        share = order.rest
        if position is not None and position.long is not order.buys:
            share, left = max(minus(share, left), ZERO), max(minus(left, share), ZERO)
        yield order, ZERO if order.ask.reduce_only or closes(order.ask) else share


def stranded(account: Account, ask: Ask) -> list[Order]:
    """Give the resting orders that may only reduce and have more to do than there is to reduce, oldest kept first."""
    position = account.positions.get(key_of(ask))
    left = dict.fromkeys((True, False), ZERO)
    if position is not None:
        left[not position.long] = position.size.copy_abs()
    key, found = key_of(ask), []
    for order in account.open.values():
        if key_of(order.ask) != key:
            continue
        if order.ask.reduce_only or closes(order.ask):
            if order.rest > left[order.buys]:
                found.append(order)
            else:
                left[order.buys] = minus(left[order.buys], order.rest)
    return found
