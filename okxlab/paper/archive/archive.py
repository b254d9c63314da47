"""The exchange's memory: SQLite, in a file that outlives the process or in none, written once a turn."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from okxlab.errors import PaperError
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.record import write_account, write_position
from okxlab.paper.archive.schema import SCHEMA, VERSION
from okxlab.paper.changes import Changes
from okxlab.paper.exact import plain
from okxlab.paper.orders.grid import write_grid
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.record import write_order
from okxlab.paper.rows.bill import write_bill

_ORDER = "INSERT OR REPLACE INTO orders VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_FILL = "INSERT INTO fills VALUES (?,?,?,?,?,?,?)"
_BILL = "INSERT INTO bills VALUES (?,?,?,?,?,?)"
_BALANCE = "INSERT OR REPLACE INTO balances VALUES (?,?,?)"
_PATIENCE = 5.0  # seconds: an exchange that is ending lets its file go
# kill -9 loses nothing that was committed, only the machine's own fall could; nobody else may open the file
_KEPT = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
_NOT_KEPT = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"


class Archive:
    """Saves what a turn changed, whole or not at all, before anybody is told of it.

    Parameters
    ----------
    path
        The database file; None keeps nothing beyond the process (what does not fit a small cache lies in a file
        without a name, so that a million orders cost no memory).

    Raises
    ------
    PaperError
        The file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._ledger = Ledger()
        self.path = path
        try:
            self.base = sqlite3.connect(_private(path) if path else "", isolation_level=None, timeout=_PATIENCE)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from None
        try:
            self.base.executescript(_KEPT if path else _NOT_KEPT)
            self._check_version()
            self.base.executescript(f"BEGIN IMMEDIATE;{SCHEMA}PRAGMA user_version = {VERSION};COMMIT")
        except sqlite3.Error as error:
            self.base.close()
            raise _unusable(path, error) from None
        self.savers: list[Callable[[Changes], None]] = []
        self.on_failure: list[Callable[[], object]] = []
        self.trouble: PaperError | None = None

    def follow(self, ledger: Ledger) -> None:
        """Save a ledger's balances from now on."""
        self._ledger = ledger

    def save(self, changes: Changes) -> None:
        """Write a turn in one transaction.

        Raises
        ------
        PaperError
            It cannot be written. Nothing more is saved then: the exchange must end, and go on from what is on disk.
        """
        if self.trouble is not None:
            raise self.trouble
        try:
            self._write(changes)
        except sqlite3.Error as error:
            self.trouble = PaperError(
                f"The exchange's database {self.path or ''} cannot be written any more: {error}.",
                "Make room on the disk and start it again: what was acknowledged is there.",
            )
            for told in self.on_failure:
                told()
            raise self.trouble from error

    def _write(self, changes: Changes) -> None:
        run = self.base.execute
        run("BEGIN")
        self.base.executemany(_ORDER, map(_order, changes.orders.values()))
        for fill in changes.fills:
            record = fill.record()
            run(_FILL, (fill.bill_id, record[3], record[4], record[5], record[2], fill.ts, orjson.dumps(record)))
        for bill in changes.bills:
            run(_BILL, (bill.id, bill.account.uid, bill.currency, bill.type, bill.ts, orjson.dumps(write_bill(bill))))
        for owner, currency in self._ledger.moved():
            run(_BALANCE, (owner, currency, plain(self._ledger.balance(owner, currency))))
        if changes.positions or changes.accounts or changes.records or changes.grids:
            self._save_others(changes)
        for saver in self.savers:
            saver(changes)
        run("COMMIT")

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[Any]:
        """Give the records a query finds."""
        for (record,) in self.base.execute(query, values):
            yield orjson.loads(record)

    def put(self, table: str, *values: Any) -> None:
        """Write one row, replacing the one of its key."""
        self.base.execute(f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * len(values))})", values)  # noqa: S608 - names of our own

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong while a past is read into a sentence.

        Raises
        ------
        PaperError
            The file is damaged: some of it is not what was written.
        """
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError) as error:
            raise _unusable(self.path, error) from error

    def note(self, name: str, value: str | int) -> None:
        """Remember a value by its name."""
        self.put("meta", name, str(value))

    def noted(self, name: str, default: str = "") -> str:
        """Give a value by its name."""
        row = self.base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default

    def close(self) -> None:
        """Close the database."""
        self.base.close()

    def _save_others(self, changes: Changes) -> None:
        for position in changes.positions.values():
            record, uid = orjson.dumps(write_position(position)), position.account.uid
            if position.closed:
                self.put("past_positions", position.id, uid, position.updated, record)
            if position.size:
                self.put("positions", position.id, uid, record)
            else:
                self.base.execute("DELETE FROM positions WHERE id = ?", (position.id,))
        for account in changes.accounts.values():
            self.put("accounts", account.uid, orjson.dumps(write_account(account)))
        for grid in changes.grids.values():
            told = (grid.id, grid.owner.uid, grid.instrument.name, grid.instrument.kind, grid.kind, grid.state)
            self.put("grids", *told, grid.updated, orjson.dumps(write_grid(grid)))
        for table, *values in changes.records:
            self.put(table, *values)

    def _check_version(self) -> None:
        (version,) = self.base.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise sqlite3.DatabaseError(f"it was written by another version of okxlab ({version}, not {VERSION})")


def _private(path: Path) -> str:
    """Make sure that only its owner can read the file: it holds keys."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    return str(path)


def _unusable(path: Path | None, error: Exception) -> PaperError:
    if "locked" in str(error):
        return PaperError(
            f"The exchange's database {path} is in use by another exchange.", "End that one, or give another --data."
        )
    return PaperError(
        f"The exchange's database {path} cannot be used: {error}.",
        "Move it away, give another --data, or run okxlab paper reset.",
    )


def _order(order: Order) -> tuple[Any, ...]:
    ask = order.ask
    return (
        order.id, order.account.uid, ask.instrument.name, ask.instrument.kind, ask.kind, ask.client_id or None,
        order.state, bool(order.filled), order.created, order.updated, orjson.dumps(write_order(order)),
    )  # fmt: skip
