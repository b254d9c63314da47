"""The channel balance_and_position: what an event moved, at once."""

from collections.abc import Iterable
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.changes import Bill, Changes
from okxlab.paper.exact import plain
from okxlab.paper.orders.order import Fill
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

_PATH = "account/positions"
_POSITION = (
    "posId", "tradeId", "instId", "instType", "mgnMode", "avgPx", "ccy", "posSide", "pos", "baseBal", "quoteBal",
    "posCcy", "nonSettleAvgPx", "settledPnl", "uTime",
)  # fmt: skip
_BY_BILL = {"1": "transferred", "3": "delivered", "5": "liquidation", "7": "interest_deduction", "8": "funding_fee"}
_BY_CATEGORY = {
    "full_liquidation": "liquidation", "partial_liquidation": "liquidation", "adl": "adl", "delivery": "delivered",
}  # fmt: skip
Row = dict[str, Any]


class BalanceAndPosition(Topic):
    """An account's balances and positions, only what changed.

    Parameters
    ----------
    reading
        Who asks for positions.
    account
        Whose they are.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, reading: Reading, account: Account) -> None:
        super().__init__(arg, outlet)
        self._reading = reading
        self._account = account
        self._held: dict[str, Row] = {}

    def opened(self) -> None:
        """Begin with what is held."""
        self._held = self._positions()

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener everything he owns and holds."""
        ledger, uid = self._reading.venue.ledger, self._account.uid
        owned = [name for name in ledger.currencies(uid) if ledger.balance(uid, name)]
        self.push([self._row("snapshot", owned, self._positions().values(), [])], (connection,))

    def hear(self, changes: Changes) -> None:
        """Tell at once what an event moved."""
        account = self._account
        bills = [bill for bill in changes.bills if bill.account is account]
        touched = {str(number) for number, held in changes.positions.items() if held.account is account}
        if not bills and not touched:
            return
        fills = [fill for fill in changes.fills if fill.order.account is account]
        names = list(dict.fromkeys(bill.currency for bill in bills))
        self.push([self._row(_event(fills, bills), names, self._moved(touched), fills)])

    def _moved(self, touched: set[str]) -> list[Row]:
        """Give the positions that changed, those with size 0 that were closed."""
        if not touched:
            return []
        before, self._held = self._held, self._positions()
        gone = {name: {**before[name], "pos": "0"} for name in touched if name in before}
        rows = gone | self._held
        return [rows[name] for name in sorted(touched) if name in rows]

    def _positions(self) -> dict[str, Row]:
        if not self._reading.knows(_PATH):
            return {}
        found = self._reading.rows(_PATH, {}, self._account)
        return {row["posId"]: {name: row.get(name, "") for name in _POSITION} for row in found}

    def _row(self, event: str, names: Iterable[str], positions: Iterable[Row], fills: Iterable[Fill]) -> Row:
        venue, uid = self._reading.venue, self._account.uid
        now = str(venue.clock.now_ms())
        return {
            "pTime": now, "eventType": event,
            "balData": [
                {"ccy": name, "cashBal": plain(venue.ledger.balance(uid, name)), "uTime": now} for name in names
            ],
            "posData": list(positions),
            "trades": [{"instId": fill.order.instrument.name, "tradeId": str(fill.trade_id)} for fill in fills],
        }  # fmt: skip


def _event(fills: list[Fill], bills: list[Bill]) -> str:
    """Name what happened, in OKX's words."""
    if fills:
        return _BY_CATEGORY.get(fills[-1].order.category, "filled")
    return _BY_BILL.get(bills[-1].type, "transferred") if bills else "adjust_margin"
