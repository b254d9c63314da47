"""The exchange's memory: SQLite, in a file that outlives the process or in memory, written once a turn."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from okxlab.errors import PaperError
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.archive.schema import SCHEMA, VERSION
from okxlab.paper.changes import Bill, Changes
from okxlab.paper.exact import plain
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.record import write_order

_ORDER = "INSERT OR REPLACE INTO orders VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_FILL = "INSERT INTO fills VALUES (?,?,?,?,?,?,?)"
_BILL = "INSERT INTO bills VALUES (?,?,?,?,?,?)"
_BALANCE = "INSERT OR REPLACE INTO balances VALUES (?,?,?)"


class Archive:
    """Saves what a turn changed, whole or not at all, before anybody is told of it.

    Parameters
    ----------
    path
        The database file; None keeps it in memory.
    ledger
        Whose balances are saved.

    Raises
    ------
    PaperError
        The file cannot be used.
    """

    def __init__(self, path: Path | None, ledger: Ledger) -> None:
        self._ledger = ledger
        try:
            self.base = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None)
            # kill -9 loses nothing that was committed; only the machine's own fall could
            self.base.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
            self._check_version()
        except sqlite3.Error as error:
            raise PaperError(
                f"The exchange's database {path} cannot be used: {error}.", "Move it away, or run okxlab paper reset."
            ) from None
        self.savers: list[Callable[[Changes], None]] = []

    def save(self, changes: Changes) -> None:
        """Write a turn in one transaction."""
        run = self.base.execute
        run("BEGIN")
        for order in changes.orders.values():
            run(_ORDER, _order(order))
        for fill in changes.fills:
            record = fill.record()
            run(_FILL, (fill.bill_id, record[3], record[4], record[5], record[2], fill.ts, orjson.dumps(record)))
        for bill in changes.bills:
            run(_BILL, (bill.id, bill.account.uid, bill.currency, bill.type, bill.ts, orjson.dumps(_bill(bill))))
        for owner, currency in changes.balances:
            run(_BALANCE, (owner, currency, plain(self._ledger.balance(owner, currency))))
        for saver in self.savers:
            saver(changes)
        run("COMMIT")

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[list[Any]]:
        """Give the records a query finds."""
        for (record,) in self.base.execute(query, values):
            yield orjson.loads(record)

    def close(self) -> None:
        """Close the database."""
        self.base.close()

    def _check_version(self) -> None:
        (version,) = self.base.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise sqlite3.DatabaseError(f"it was written by another version of okxlab ({version}, not {VERSION})")
        self.base.execute(f"PRAGMA user_version = {VERSION}")


def _order(order: Order) -> tuple[Any, ...]:
    ask = order.ask
    return (
        order.id, order.account.uid, ask.instrument.name, ask.instrument.kind, ask.kind, ask.client_id or None,
        order.state, bool(order.filled), order.created, order.updated, orjson.dumps(write_order(order)),
    )  # fmt: skip


def _bill(bill: Bill) -> list[Any]:
    fill = bill.fill
    told: list[Any] = ["", "", "", "", "", "", "", ""]
    if fill is not None:
        told = [
            fill.order.id, fill.order.ask.client_id, fill.order.ask.tag, plain(fill.price), plain(fill.size),
            plain(fill.fee), "M" if fill.maker else "T", fill.trade_id,
        ]  # fmt: skip
    pnl = plain(fill.pnl) if fill else "0"
    kind = fill.order.ask.instrument.kind if fill else ""
    mode = fill.order.ask.mode if fill else ""
    return [
        bill.id, bill.account.uid, bill.currency, plain(bill.change), plain(bill.balance), bill.type, bill.subtype,
        bill.ts, bill.instrument, kind, mode, pnl, *told,
    ]  # fmt: skip
