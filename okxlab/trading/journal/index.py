"""A SQLite index beside a journal, to look things up in; made anew from the journal whenever it does not fit it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from okxlab.errors import JournalError
from okxlab.trading.journal.frame import NOTHING, Frames
from okxlab.trading.journal.reader import read_on

_VERSION = 1
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TABLES = """
CREATE TABLE records (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER, name TEXT, client_id TEXT, order_id TEXT,
                      symbol TEXT, body TEXT NOT NULL);
CREATE INDEX records_of_client ON records (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX records_of_name ON records (name) WHERE name IS NOT NULL;
CREATE INDEX records_of_kind ON records (kind, at);
CREATE TABLE mark (length INTEGER NOT NULL, chain BLOB NOT NULL, epoch INTEGER NOT NULL, records INTEGER NOT NULL);
CREATE VIEW intents AS
    SELECT n, at, name, client_id, symbol, body ->> 'action' AS action, body -> 'row' AS row,
           (SELECT body ->> 'outcome' FROM records a WHERE a.kind = 'answer' AND a.name = i.name
            ORDER BY a.n DESC LIMIT 1) AS outcome,
           (SELECT body ->> 'verdict' FROM records e WHERE e.kind = 'ended' AND e.name = i.name
            ORDER BY e.n DESC LIMIT 1) AS verdict
    FROM records i WHERE kind = 'intent';
CREATE VIEW orders AS
    SELECT n, at, client_id, order_id, symbol, body ->> 'side' AS side, body ->> 'state' AS state,
           body ->> 'size' AS size, body ->> 'price' AS price, body ->> 'filled' AS filled
    FROM records WHERE n IN (SELECT max(n) FROM records WHERE kind = 'seen' GROUP BY client_id);
CREATE VIEW fills AS
    SELECT n, at, client_id, order_id, symbol, body ->> 'trade_id' AS trade_id, body ->> 'side' AS side,
           body ->> 'price' AS price, body ->> 'size' AS size, body ->> 'fee' AS fee,
           body ->> 'fee_currency' AS fee_currency, body ->> 'time_ms' AS time_ms
    FROM records WHERE n IN (SELECT min(n) FROM records WHERE kind = 'filled' GROUP BY symbol, body ->> 'trade_id');
"""


class Index:
    """What stands in a journal, to be asked in SQL.

    Tables and views: ``records`` (``n`` counts from 0, ``kind``, ``at`` in ms UTC, ``name``, ``client_id``,
    ``order_id``, ``symbol``, ``body``: the record as JSON), ``intents`` with how each came out, ``orders`` as last
    seen, ``fills`` with each execution once. Money is text, exact.

    The index lies beside the journal as ``.index.db``. It is never the truth: each question first takes in what the
    journal has more, and where the index is missing, damaged or of another journal it is made anew.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self.file = journal.with_suffix(".index.db")

    def ask(self, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Give the rows that an SQL query finds.

        Raises
        ------
        JournalError
            When the journal is damaged or not there, or the query cannot be understood.
        """
        try:
            return self._ask(query, values)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) not in _DAMAGED:  # misuse of the module has none
                raise JournalError(f"{query!r} cannot be asked: {error}.", "Index names tables and columns.") from None
        self._drop()
        return self._ask(query, values)

    def records(
        self, *, client_id: str | None = None, kind: str | None = None, start: int = 0, end: int | None = None
    ) -> list[dict[str, Any]]:
        """Give records whole, oldest first: of a client id, of a kind, of a span ``start <= at < end`` (ms, UTC)."""
        wanted = {"client_id = ?": client_id, "kind = ?": kind, "at >= ?": start or None, "at < ?": end}
        said = {clause: value for clause, value in wanted.items() if value is not None}
        where = " AND ".join(said) or "TRUE"
        found = self.ask(f"SELECT body FROM records WHERE {where} ORDER BY n", list(said.values()))  # noqa: S608 - the clauses are those above
        return [orjson.loads(row["body"]) for row in found]

    def _ask(self, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
        with closing(self._fitting()) as connection:
            return [dict(row) for row in connection.execute(query, values)]

    def _fitting(self) -> sqlite3.Connection:
        try:
            return self._caught_up()
        except (sqlite3.Error, OSError, JournalError):
            # Damaged, another version's or of another journal; a journal that is damaged itself says so again.
            self._drop()
        try:
            return self._caught_up()
        except (sqlite3.Error, OSError) as error:
            raise JournalError(f"The index {self.file} cannot be made: {error}.", "Free or mend the disk.") from None

    def _caught_up(self) -> sqlite3.Connection:
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        connection = sqlite3.connect(self.file, isolation_level=None, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            before = _mark(connection)
            frames = read_on(self._journal, before)
            if frames.payloads:
                _take(connection, before, frames)
            connection.execute("COMMIT")
            connection.execute("PRAGMA query_only = TRUE")
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        for ending in ("", "-journal", "-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)


def _mark(connection: sqlite3.Connection) -> Frames:
    """Read up to where the journal is in the index, which is made when it is new."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("INSERT INTO mark VALUES (?, ?, ?, ?)", NOTHING[1:])
        return NOTHING
    mark = connection.execute("SELECT length, chain, epoch, records FROM mark").fetchone()
    held = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    if version != _VERSION or held != mark["records"]:
        raise sqlite3.DatabaseError("another version's, or not whole")
    return Frames([], *mark)


def _take(connection: sqlite3.Connection, before: Frames, frames: Frames) -> None:
    rows = _rows(frames.payloads, before.records)
    connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("UPDATE mark SET length = ?, chain = ?, epoch = ?, records = ?", frames[1:])


def _rows(payloads: Iterable[bytes], first: int) -> Iterator[tuple[object, ...]]:
    for number, payload in enumerate(payloads, first):
        try:
            row = orjson.loads(payload)
            named = (row.get(name) for name in ("at", "name", "client_id", "order_id", "symbol"))
            yield number, row["kind"], *named, payload.decode()
        except (ValueError, KeyError, AttributeError):
            raise JournalError(
                f"Record {number} of the journal is no JSON object with a kind.",
                "Read it with read_log.",
                record=number,
            ) from None
