"""The log in PostgreSQL: for strategies that run on machines that come and go."""

import os
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING, LiteralString, NamedTuple

from okxlab.clock import Clock
from okxlab.errors import JournalError, JournalTaken
from okxlab.trading.journal.database import ANSWER_S, connect, failing
from okxlab.trading.journal.database_beside import DatabaseBeside
from okxlab.trading.journal.frame import START, check_payload, link
from okxlab.trading.journal.header import Header
from okxlab.trading.journal.latch import Latch, refuse_openings

if TYPE_CHECKING:
    from okxlab.trading.journal.connection import Connection

# One row a journal, which its writer locks to append, and one a record. Nothing but appending ever touches a record.
_THERE = "SELECT to_regclass('okxlab_records') IS NOT NULL"
_TABLES = """
SELECT pg_advisory_xact_lock(hashtextextended('okxlab journal tables', 0));
CREATE TABLE IF NOT EXISTS okxlab_journals (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile TEXT NOT NULL, account TEXT NOT NULL, strategy TEXT NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0, records BIGINT NOT NULL DEFAULT 0, chain BYTEA NOT NULL,
    UNIQUE (profile, account, strategy));
CREATE TABLE IF NOT EXISTS okxlab_records (
    journal BIGINT NOT NULL REFERENCES okxlab_journals, n BIGINT NOT NULL,
    epoch INTEGER NOT NULL, chain BYTEA NOT NULL, payload BYTEA NOT NULL, PRIMARY KEY (journal, n));
"""
# The row is locked and compared in the transaction that writes: a writer whose epoch is over writes nothing.
_APPEND = """
WITH held AS (
    UPDATE okxlab_journals SET epoch = %(epoch)s, records = records + %(count)s, chain = %(chain)s
    WHERE id = %(journal)s AND epoch = %(before)s AND records = %(records)s RETURNING id),
written AS (
    INSERT INTO okxlab_records SELECT id, %(records)s + place - 1, %(epoch)s, chain, payload
    FROM held, unnest(%(chains)s::bytea[], %(payloads)s::bytea[]) WITH ORDINALITY AS one (chain, payload, place))
SELECT count(*) FROM held
"""
_RECORDS = "SELECT n, epoch, chain, payload FROM okxlab_records WHERE journal = %s ORDER BY n"
_JOURNAL = "SELECT id, epoch, records, chain FROM okxlab_journals WHERE profile = %s AND account = %s AND strategy = %s"
_STRATEGIES = "SELECT strategy FROM okxlab_journals WHERE profile = %s AND account = %s ORDER BY strategy"
_MAKE = """
INSERT INTO okxlab_journals (profile, account, strategy, chain) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_REBUILD = "Trade no more on it: rebuild from the exchange into a new journal, and keep these rows."


class _Standing(NamedTuple):
    journal: int
    epoch: int
    records: int
    chain: bytes


class PostgresLog:
    """A log in a PostgreSQL database (extra ``postgres``), with the promises of `FileLog`.

    The writer holds an advisory lock for as long as its connection lives, and compares its epoch in every transaction:
    when the server let the lock go, whoever was first to open the journal again writes on, and nobody else. The server
    commits to disk before a durable append returns.
    """

    def __init__(self, connection: "Connection", standing: _Standing, name: str) -> None:
        self.epoch = standing.epoch + 1
        self._connection = connection
        self._standing = standing
        self._name = name
        self._latch = Latch(name)
        self._process = os.getpid()
        self._syncs = True
        self._writing = Lock()
        self._found: list[bytes] | None = None

    @classmethod
    def open(cls, url: str, header: Header, *, at: int) -> "PostgresLog":
        """Open a log for writing: check all of it and put a durable opening behind it.

        Parameters
        ----------
        url
            Where the database is, as libpq reads it: ``postgresql://user@host/name`` or ``host=... dbname=...``. It is
            never repeated in an error.
        header
            Whose orders these are.
        at
            Now, in milliseconds since 1970 UTC.

        Raises
        ------
        JournalError
            When the server cannot be reached, does not write to disk, or another writer holds the journal; when the
            records are damaged, or another environment's.
        ConfigError
            When psycopg is not installed.
        """
        name = _name(header)
        connection = connect(url, name)
        reading, connection.patience = connection.patience, ANSWER_S
        try:
            with failing(name):
                _take(connection, header, name)
                connection.patience = reading
                standing, found = _stands(connection, header, name)
                connection.patience = ANSWER_S
            header.check(next(iter(found), None), name)
            log = cls(connection, standing, name)
            opened = header.opening(log.epoch, at=at)
            log._add([opened], durable=True)
            log._found = [*found, opened]
        except BaseException:
            connection.close()
            raise
        return log

    def append(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        """Add payloads in one transaction, which is on the server's disk when this returns if ``durable``.

        Raises
        ------
        JournalError
            When nothing is claimed to stand: the server or the way to it failed, another writer took over, or an append
            before this one failed.
        """
        refuse_openings(payloads)
        self._add(payloads, durable=durable)

    def payloads(self) -> Iterator[bytes]:
        """Give everything that stands, oldest first, the openings among it."""
        with self._writing:
            found, self._found = self._found, None
            if found is None:
                with failing(self._name):
                    found = _read(self._connection, self._standing, self._name)
        return iter(found)

    def beside(self, whose: Header, clock: Clock) -> DatabaseBeside:
        """Give the other journals of the account; they are read over the same connection."""
        return DatabaseBeside(self._connection, whose, clock)

    def close(self) -> None:
        """Let another writer open the log; without a record, as a crash would."""
        self._latch.shut("it was closed.")
        if os.getpid() == self._process:  # a copy would end the connection of the one it is of
            self._connection.close()

    def _add(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        with self._writing:
            self._latch.check()
            chain, chains = self._standing.chain, []
            for payload in payloads:
                check_payload(payload)
                chain = link(chain, self.epoch, payload)
                chains.append(chain)
            with self._latch.guarded(), failing(self._name):
                self._refuse_copies()
                self._sync_on_commit(durable=durable)
                self._standing = self._written(payloads, chains, chain)
                self._found = None

    def _written(self, payloads: Sequence[bytes], chains: Sequence[bytes], chain: bytes) -> _Standing:
        journal, before, records, _ = self._standing
        numbers = {"journal": journal, "before": before, "records": records, "epoch": self.epoch}
        values = numbers | {"count": len(payloads), "chain": chain, "chains": chains, "payloads": payloads}
        held = self._connection.execute(_APPEND, values).fetchone()
        if held != (1,):
            raise JournalError(f"{self._name} was taken over by another writer.", "Trade from there, or open it again.")
        return _Standing(journal, self.epoch, records + len(payloads), chain)

    def _sync_on_commit(self, *, durable: bool) -> None:
        """Have the next commit wait for the disk or not; one that waits brings all before it there."""
        if durable != self._syncs:
            self._connection.execute(f"SET synchronous_commit = {'on' if durable else 'off'}")
            self._syncs = durable

    def _refuse_copies(self) -> None:
        if os.getpid() != self._process:
            raise JournalError(
                f"{self._name} was opened by another process, of which this one is a copy.",
                "Connect again here, with a strategy of its own.",
            )


def read_postgres(url: str, header: Header) -> list[bytes]:
    """Give the payloads of a journal in PostgreSQL, oldest first, at any time, beside its writer.

    Raises
    ------
    JournalError
        When the server cannot be reached, there is no such journal, or it is damaged.
    """
    name = _name(header)
    with connect(url, name) as connection, failing(name):
        # What stood at one moment: the row of the journal and its records must agree.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        standing = _standing(connection, header)
        if standing is None:
            raise JournalError(f"{name} does not exist.", "Name one that is there.")
        return _read(connection, standing, name)


def strategies_in(url: str, profile: str, account: str) -> list[str]:
    """Name the strategies of an account that have a journal in a database, in order.

    Raises
    ------
    JournalError
        When the server cannot be reached.
    """
    name = f"The database of the journals of {profile}, account {account},"
    with connect(url, name) as connection, failing(name):
        if connection.execute(_THERE).fetchone() != (True,):
            return []
        return [strategy for (strategy,) in connection.execute(_STRATEGIES, [profile, account])]


def _name(header: Header) -> str:
    return f"The journal of {header} in PostgreSQL"


def _take(connection: "Connection", header: Header, name: str) -> None:
    """Take the lock of a journal, which is made if there is none."""
    if connection.execute("SHOW fsync").fetchone() == ("off",):
        raise JournalError(f"{name} would not outlive a power cut: the server runs with fsync off.", "Turn it on.")
    connection.execute(f"SET synchronous_commit = on; SET lock_timeout = '{ANSWER_S} s'")
    # a machine that lost its power says no goodbye, and would keep its journals for two hours
    connection.execute("SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4")
    if connection.execute(_THERE).fetchone() != (True,):
        with connection.transaction():
            connection.execute(_TABLES)
    key = f"okxlab/{header.profile}/{header.account}/{header.strategy}"
    if connection.execute(_TAKE, [key]).fetchone() != (True,):
        raise JournalTaken(
            f"Another process has the journal of {header} open in PostgreSQL.",
            "Trade from there, or end it; two writers would not know of each other's orders.",
        )
    connection.execute(_MAKE, [header.profile, header.account, header.strategy, START])


def _stands(connection: "Connection", header: Header, name: str) -> tuple[_Standing, list[bytes]]:
    """Read a journal while nobody can append to it, not even a writer whose lock the server let go."""
    with connection.transaction():
        standing = _standing(connection, header, _JOURNAL + " FOR UPDATE")
        if standing is None:
            raise JournalError(f"{name} vanished while it was opened.", "Open it again.")
        return standing, _read(connection, standing, name)


def _standing(connection: "Connection", header: Header, query: LiteralString = _JOURNAL) -> _Standing | None:
    found = connection.execute(query, [header.profile, header.account, header.strategy]).fetchone()
    return _Standing(*found) if found is not None else None


def _read(connection: "Connection", standing: _Standing, name: str) -> list[bytes]:
    """Read the records up to where the journal stands, and check that each continues the one before it."""
    payloads: list[bytes] = []
    chain, before = START, 0
    for n, epoch, told, payload in connection.execute(_RECORDS, [standing.journal]):
        right = n == len(payloads) and epoch >= before and told == link(chain, epoch, payload)
        if not right:
            raise JournalError(f"{name}: record {len(payloads)} is damaged or missing.", _REBUILD, record=len(payloads))
        payloads.append(payload)
        chain, before = told, epoch
    if (len(payloads), chain) != (standing.records, standing.chain):
        raise JournalError(
            f"{name}: {standing.records:,} records were written and {len(payloads):,} are there.",
            _REBUILD,
            record=len(payloads),
        )
    return payloads
