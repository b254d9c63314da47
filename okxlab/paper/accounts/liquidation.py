"""Liquidation: what the margin no longer carries is closed at the mark; nobody can lose more than he has put in."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.ledger import MARKET
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.exact import minus, plain, plus
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import LIQUIDATION

ZERO = Decimal(0)
BY_RISK = "3"  # OKX's cancelSource
FORGIVEN = BillKind("10", "108")  # OKX's clawback: what the insurance fund pays


class Liquidation:
    """Watches accounts.

    Positions in cross mode are closed one by one, the one that needs the most margin first, until the rest is carried;
    in multi-currency mode all currencies stand for all positions.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def watch(self, account: Account) -> None:
        """Close what an account cannot carry."""
        standings = self._desk.standings
        for position in list(account.positions.values()):
            if position.mode == "isolated" and standings.ratio(position) <= 1:
                self._cancel(account, position.instrument.name)
                self._close(position)
        crossed = dict.fromkeys(row.currency for row in account.positions.values() if row.mode == "cross")
        for currency in crossed:
            if not standings.carried(account, currency):
                self._rescue(account, currency)

    def _rescue(self, account: Account, currency: str) -> None:
        """Cancel the orders of cross positions, then close these until what is left is carried."""
        standings = self._desk.standings
        for position in self._crossed(account, currency):
            self._cancel(account, position.instrument.name)
        while not standings.carried(account, currency):
            left = self._crossed(account, currency)
            if not left:
                break
            self._close(max(left, key=standings.required))
        if self._crossed(account, currency):
            return
        balance = self._desk.ledger.balance(account.uid, currency)
        if account.level != "3" and balance < 0:
            self._forgive(account, currency, balance.copy_negate())
        elif account.level == "3" and not account.positions and standings.pooled(account, "equity") < 0:
            self._wipe(account)

    def _crossed(self, account: Account, currency: str) -> list[Position]:
        pooled = account.level == "3"
        return [
            row for row in account.positions.values() if row.mode == "cross" and (pooled or row.currency == currency)
        ]

    def _cancel(self, account: Account, name: str) -> None:
        for order in [order for order in account.open.values() if order.instrument.name == name]:
            if order.open:
                self._desk.withdraw(order, BY_RISK)

    def _close(self, position: Position) -> None:
        """Close a position at the mark; a loss beyond an isolated position's margin is forgiven."""
        desk, account, currency = self._desk, position.account, position.currency
        size, mark = position.size.copy_abs(), desk.standings.marks.mark_price(position.instrument)
        ask = Ask(
            position.instrument, "sell" if position.long else "buy", "market", size, None, in_quote=False,
            size_text=plain(size), mode=position.mode, pos_side=position.side,
        )  # fmt: skip
        before, margin = desk.ledger.balance(account.uid, currency), position.margin
        position.ending = "3"
        order = desk.enter(account, ask, size, category=LIQUIDATION)
        desk.fill(order, size, mark, maker=False, trade=desk.next_trade())
        lost = minus(before, desk.ledger.balance(account.uid, currency))
        if position.mode == "isolated" and lost > margin:
            position.liquidation = plus(position.liquidation, minus(lost, margin))
            self._forgive(account, currency, minus(lost, margin), position)

    def _wipe(self, account: Account) -> None:
        """Let go of all that is owned and forgive all that is owed, where the one does not make up for the other."""
        for order in list(account.open.values()):
            if order.open:
                self._desk.withdraw(order, BY_RISK)
        for currency in self._desk.ledger.currencies(account.uid):
            self._forgive(account, currency, self._desk.ledger.balance(account.uid, currency).copy_negate())

    def _forgive(self, account: Account, currency: str, amount: Decimal, position: Position | None = None) -> None:
        self._desk.ledger.move(currency, amount, MARKET, account.uid)
        name = position.instrument.name if position else ""
        self._desk.bill(account, Entry(currency, amount, name, mode=position.mode if position else ""), FORGIVEN)
