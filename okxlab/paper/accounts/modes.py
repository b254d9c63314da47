"""What an account may set, and when: its mode, its position mode, its leverage."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.leverage import highest, leverage_name
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.position import Position
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, minus
from okxlab.paper.products.instrument import Instrument

LEVELS = ("1", "2", "3")
SIDES = ("long", "short")


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
    key = (leverage_name(instrument, mode), mode, side)
    before = account.leverage.get(key)
    held = [row for row in account.positions.values() if _same(row.instrument, row.mode, of) and _on(row, side)]
    kept = [row.leverage for row in held]
    account.leverage[key] = times
    for position in held:
        position.leverage = times
        margin.note(position)
    if not _carried(desk, margin, account, held):
        if before is None:
            del account.leverage[key]
        else:
            account.leverage[key] = before
        for position, number in zip(held, kept, strict=True):
            position.leverage = number
        raise Refusal("59103")
    for order in [row for row in account.open.values() if _same(row.instrument, row.ask.mode, of)]:
        order.lever = str(times)
        margin.follow(order)
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


def _carried(desk: Desk, margin: Margin, account: Account, held: list[Position]) -> bool:
    """Bring isolated margins to the new leverage; whether that, or the cross margin, is carried."""
    for position in held:
        if position.mode == "isolated":
            wanted = divided_freely(position.cost, Decimal(position.leverage))
            more = minus(wanted, position.margin)
            if more > desk.standings.margin_left(account, position.currency):
                return False
            if more > 0:
                margin.set_aside(position, more)
        elif desk.standings.margin_left(account, position.currency) < 0:
            return False
    return True


def _spare(desk: Desk, position: Position) -> Decimal:
    """Give what of a margin is not needed for the leverage, a loss counted."""
    mark = desk.standings.marks.mark_price(position.instrument)
    needed = desk.standings.initial(position.instrument, position.size.copy_abs(), mark, position.leverage)
    return minus(minus(position.margin, needed), max(position.profit(mark).copy_negate(), Decimal(0)))


def _same(instrument: Instrument, mode: str, of: tuple[Instrument, str, str]) -> bool:
    return mode == of[1] and leverage_name(instrument, mode) == leverage_name(of[0], mode)


def _on(position: Position, side: str) -> bool:
    return position.mode == "cross" or position.side == side
