"""What an account may set, and when: its mode, its position mode, its leverage."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.leverage import highest, leverage, leverage_name
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, minus, plus
from okxlab.paper.orders.order import Order
from okxlab.paper.products.instrument import Instrument

LEVELS = ("1", "2", "3")
SIDES = ("long", "short")
ADDED, TAKEN = BillKind("6", "160"), BillKind("6", "161")


def busy(account: Account) -> bool:
    """Whether positions or orders in contracts stand in the way of a setting."""
    return bool(account.positions) or any(order.instrument.contract for order in account.open.values())


def set_level(desk: Desk, account: Account, level: str) -> None:
    """Set the account mode; 59000 while there are orders or positions, or something owed."""
    if level != account.level and not may_switch(desk, account):
        raise Refusal("59000")
    account.level = level
    desk.changes.accounts[account.uid] = account


def may_switch(desk: Desk, account: Account) -> bool:
    """Whether nothing stands in the way of another account mode."""
    ledger = desk.ledger
    owes = any(ledger.balance(account.uid, currency) < 0 for currency in ledger.currencies(account.uid))
    return not (account.open or account.positions or owes)


def set_hedged(desk: Desk, account: Account, *, hedged: bool) -> None:
    """Set the position mode; 59000 while there are orders or positions in contracts."""
    if hedged is not account.hedged and busy(account):
        raise Refusal("59000")
    account.hedged = hedged
    desk.changes.accounts[account.uid] = account


def set_leverage(desk: Desk, margin: Margin, account: Account, of: tuple[Instrument, str, str], times: int) -> None:
    """Set the leverage of an instrument, mode and side: of the position there is, and of orders.

    Raises
    ------
    Refusal
        59105 below 1, 59102 above the highest, 59107 while isolated orders rest, 59103 when the margin left does not
        carry it.
    """
    instrument, mode, side = of
    if times < 1:
        raise Refusal("59105")
    if times > highest(instrument):
        raise Refusal("59102")
    if mode == "isolated" and any(_same(row.instrument, row.ask.mode, of) for row in account.open.values()):
        raise Refusal("59107")
    key, before = (leverage_name(instrument, mode), mode, side), leverage(account, instrument, mode, side)
    held = [row for row in account.positions.values() if _same(row.instrument, row.mode, of) and _on(row, side)]
    orders = [
        row for row in account.open.values() if row.instrument.contract and _same(row.instrument, row.ask.mode, of)
    ]
    _put(account, key, held, times)
    if times < before and not _carried(desk, margin, held, orders):
        _put(account, key, held, before)
        raise Refusal("59103")
    for position in held:
        margin.note(position)
    for order in orders:
        order.lever = str(times)
        desk.changes.orders[order.id] = order
        margin.share_out(account, order.ask)
    desk.changes.accounts[account.uid] = account


def change_margin(desk: Desk, margin: Margin, position: Position, amount: Decimal) -> None:
    """Add to an isolated position's margin, or take away when negative.

    Raises
    ------
    Refusal
        59300 when there is not so much to add, 59301 when what is left would not do for its leverage.
    """
    if amount > desk.standings.margin_left(position.account, position.currency):
        raise Refusal("59300")
    if amount < 0 and _spare(desk, position) < amount.copy_negate():
        raise Refusal("59301")
    margin.set_aside(position, amount)
    size, name = amount.copy_abs(), position.instrument.name
    entry = Entry(position.currency, Decimal(0), name, size, position.margin, mode="isolated")
    desk.bill(position.account, entry, ADDED if amount > 0 else TAKEN)


def _put(account: Account, key: tuple[str, str, str], held: list[Position], times: int) -> None:
    account.leverage[key] = times
    for position in held:
        position.leverage = times


def _carried(desk: Desk, margin: Margin, held: list[Position], orders: list[Order]) -> bool:
    """Whether the margin left carries positions and orders at a lower leverage; isolated ones get theirs."""
    for position in held:
        left = desk.standings.margin_left(position.account, position.currency)
        if position.mode == "cross":
            if left < 0:
                return False
            continue
        more = minus(divided_freely(position.cost, Decimal(position.leverage)), position.margin)
        if more > left:
            return False
        if more > 0:
            margin.set_aside(position, more)
    more = Decimal(0)
    for order in orders:
        more = plus(more, minus(margin.need(order)[1], order.held))
    return not orders or more <= desk.standings.margin_left(orders[0].account, orders[0].instrument.terms.settle)


def _spare(desk: Desk, position: Position) -> Decimal:
    """Give what of a margin is not needed for the leverage, a loss counted."""
    mark = desk.standings.marks.mark_price(position.instrument)
    needed = desk.standings.initial(position.instrument, position.size.copy_abs(), mark, position.leverage)
    return minus(minus(position.margin, needed), max(position.profit(mark).copy_negate(), Decimal(0)))


def _same(instrument: Instrument, mode: str, of: tuple[Instrument, str, str]) -> bool:
    return mode == of[1] and leverage_name(instrument, mode) == leverage_name(of[0], mode)


def _on(position: Position, side: str) -> bool:
    return position.mode == "cross" or position.side == side
