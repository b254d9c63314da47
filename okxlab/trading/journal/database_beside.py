"""The other journals of an account in a PostgreSQL database, read beside their writers, and the turn of one of them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

from okxlab.clock import Clock
from okxlab.errors import JournalError, OrderHeld
from okxlab.trading.journal.database import failing
from okxlab.trading.journal.frame import START, link
from okxlab.trading.journal.header import Header

if TYPE_CHECKING:
    from okxlab.trading.journal.connection import Connection

_OTHERS = "FROM okxlab_journals WHERE profile = %s AND account = %s AND strategy <> %s"
# records are only ever added, so whatever happened to a journal changes one of the two
_TOTAL: LiteralString = f"SELECT count(*), coalesce(sum(records), 0)::bigint {_OTHERS}"
_JOURNALS: LiteralString = f"SELECT strategy, id, records {_OTHERS} ORDER BY strategy"
_RECORDS = """
SELECT n, epoch, chain, payload FROM okxlab_records WHERE journal = %s AND n >= %s AND n < %s ORDER BY n
"""
_TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
_PAUSE, _PATIENCE = 0.005, 5.0


class _Read(NamedTuple):
    """How far a journal was read."""

    journal: int
    records: int = 0
    epoch: int = 0
    chain: bytes = START


class DatabaseBeside:
    """The journals of one writer's account but its own, over its own connection: with it the turn is lost, too."""

    def __init__(self, connection: "Connection", whose: Header, clock: Clock) -> None:
        self._connection = connection
        self._whose = whose
        self._clock = clock
        self._read: dict[str, _Read] = {}
        self._total = (0, 0)
        self._name = f"The journals of account {whose.account} in PostgreSQL"
        self._key = f"okxlab turn {whose.profile}/{whose.account}"

    def news(self, lively: Collection[str]) -> Iterator[tuple[str, list[bytes]]]:
        """Give what the others hold that was not given before, by strategy; one look tells of all, lively or not.

        What was given is given again if its taker failed.

        Raises
        ------
        JournalError
            When the server cannot be reached, or one is gone, damaged or another one by now.
        """
        if self._ask(_TOTAL) == [self._total]:
            return
        there = {strategy: (journal, records) for strategy, journal, records in self._ask(_JOURNALS)}
        for strategy, before in self._read.items():
            journal, records = there.get(strategy, (None, 0))
            if journal != before.journal or records < before.records:
                raise self._damaged(strategy)
        for strategy, (journal, records) in there.items():
            before = self._read.get(strategy, _Read(journal))
            if records > before.records:
                read, payloads = self._grown(strategy, before, records)
                yield strategy, payloads
                self._read[strategy] = read
        self._total = len(there), sum(records for _, records in there.values())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep the writers of the other journals from writing down an order for as long as the block takes.

        Raises
        ------
        OrderHeld
            When another one does not come to its end.
        JournalError
            When the server cannot be reached.
        """
        self._wait()
        try:
            yield
        finally:
            with failing(self._name):
                held = self._connection.execute(_LET_GO, [self._key]).fetchone() == (True,)
            if not held:  # a pooler gave each statement a session of its own
                raise JournalError(
                    f"{self._name}: the turn was lost, another may have had it.",
                    "Let journal name the server itself, not a pooler in transaction mode.",
                )

    def _ask(self, query: LiteralString) -> list[tuple[Any, ...]]:
        with failing(self._name):
            whose = [self._whose.profile, self._whose.account, self._whose.strategy]
            return self._connection.execute(query, whose).fetchall()

    def _grown(self, strategy: str, before: _Read, records: int) -> tuple[_Read, list[bytes]]:
        with failing(self._name):
            rows = self._connection.execute(_RECORDS, [before.journal, before.records, records]).fetchall()
        payloads, (_, number, epoch, chain) = [], before
        for n, told, linked, payload in rows:
            if n != number or told < epoch or linked != link(chain, told, payload):
                raise self._damaged(strategy)
            payloads.append(payload)
            number, epoch, chain = n + 1, told, linked
        if number != records:
            raise self._damaged(strategy)
        return _Read(before.journal, records, epoch, chain), payloads

    def _wait(self) -> None:
        # asked again and again, not waited for at the server: what this writer learns meanwhile goes the same way
        until, account = self._clock.monotonic() + _PATIENCE, self._whose.account
        with failing(self._name):
            while self._connection.execute(_TAKE, [self._key]).fetchone() != (True,):
                if self._clock.monotonic() > until:
                    raise OrderHeld(
                        f"Another strategy of account {account} has kept others waiting for {_PATIENCE:g} s.",
                        "See what holds it up, or end its process.",
                    )
                self._clock.sleep(_PAUSE)

    def _damaged(self, strategy: str) -> JournalError:
        return JournalError(
            f"{self._name}: that of {strategy!r} is damaged, gone, or another one by now.",
            "Put it back, or connect again.",
        )
