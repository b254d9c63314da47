"""The log in PostgreSQL: takeovers, damaged rows, a server that dies, and what is never told."""

import os
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from threading import Event, Thread

import orjson
import pytest

from okxlab.errors import JournalError
from okxlab.trading.journal import PostgresLog, read_postgres
from tests.trading.journal.conftest import AT, HEADER, PostgresServer

INTENT = b'{"kind":"intent","at":1,"client_id":"a1"}'
OUTCOME = b'{"kind":"outcome","at":2,"client_id":"a1"}'


def kinds(database) -> list[str]:
    """Name what stands."""
    return [orjson.loads(payload)["kind"] for payload in database.read()]


def test_a_writer_whose_connection_was_ended_takes_nothing_more(database):
    """It never connects again by itself: somebody else may have opened the journal meanwhile, and has."""
    first = database.open()
    first.append([INTENT], durable=True)
    database.break_lock()
    second = database.open()

    with pytest.raises(JournalError, match="cannot be used"):
        first.append([OUTCOME], durable=True)
    with pytest.raises(JournalError, match="takes no more records"):
        first.append([OUTCOME], durable=True)
    second.append([INTENT], durable=True)
    assert kinds(database) == ["opened", "intent", "opened", "intent"]


def test_a_server_that_says_nothing_keeps_nobody_waiting_for_long(database):
    """Its process stands still with the connection open: a moment later the log takes no more, as after a failure."""
    log = database.open()
    ((standing,),) = database.ask("SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory'")
    os.kill(standing, signal.SIGSTOP)
    try:
        with pytest.raises(JournalError, match="cannot be used: wait timeout expired"):
            log.append([INTENT], durable=True)
        with pytest.raises(JournalError, match="takes no more records"):
            log.append([OUTCOME], durable=True)
    finally:
        os.kill(standing, signal.SIGCONT)


@pytest.mark.parametrize("change", ["epoch = epoch + 1", "records = records - 1", "records = records + 1"])
def test_a_writer_whose_epoch_is_over_writes_nothing(database, change):
    """Even with a living connection: the row is compared in the transaction that writes."""
    log = database.open()
    log.append([INTENT], durable=True)
    database.ask(f"UPDATE okxlab_journals SET {change}")  # noqa: S608 - the changes are those above

    with pytest.raises(JournalError, match="was taken over by another writer"):
        log.append([OUTCOME], durable=True)
    with pytest.raises(JournalError, match=r"takes no more records.*taken over"):
        log.append([], durable=True)
    assert database.ask("SELECT count(*) FROM okxlab_records") == [(2,)]


DAMAGE = {
    "a payload changed": ("UPDATE okxlab_records SET payload = set_byte(payload, 3, 0) WHERE n = 1", 1),
    "an epoch changed": ("UPDATE okxlab_records SET epoch = 7 WHERE n = 1", 1),
    "a chain changed": ("UPDATE okxlab_records SET chain = set_byte(chain, 3, get_byte(chain, 3) # 1) WHERE n = 1", 1),
    "a record taken out": ("DELETE FROM okxlab_records WHERE n = 1", 1),
    "the last taken off": ("DELETE FROM okxlab_records WHERE n = 3", 3),
    "all taken away": ("DELETE FROM okxlab_records", 0),
    "two exchanged": ("UPDATE okxlab_records SET n = CASE n WHEN 1 THEN -2 WHEN 2 THEN -1 END WHERE n IN (1, 2)", 0),
    "one put in": (
        "INSERT INTO okxlab_records SELECT journal, 4, epoch, chain, payload FROM okxlab_records WHERE n = 3", 4
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_rows_are_refused_by_their_number(database, damage):
    """Changed, missing, exchanged or added by another hand: nobody trades on it, and the reader hears the same."""
    log = database.open()
    log.append([INTENT, OUTCOME, INTENT], durable=True)
    log.close()
    query, record = DAMAGE[damage]
    database.ask(query)

    for use in (database.open, database.read):
        with pytest.raises(JournalError, match="rebuild from the exchange into a new journal") as raised:
            use()
        assert raised.value.record == record


def test_what_was_durable_outlives_a_server_that_dies(database, server):
    """The server is ended without a checkpoint while a thread appends: all it was told of stands, nothing is torn."""
    told, going = [], Event()
    log = database.open()

    def append():
        for number in count():
            log.append([b'{"kind":"intent","n":%d}' % number], durable=True)
            told.append(number)
            if number == 50:
                going.set()

    def append_until_the_end():
        with pytest.raises(JournalError, match="cannot be used"):
            append()

    thread = Thread(target=append_until_the_end)
    thread.start()
    assert going.wait(30)
    server.stop("immediate")
    thread.join()
    server.start()

    stands = [orjson.loads(payload)["n"] for payload in database.read()[1:]]
    assert stands[: len(told)] == told
    assert len(stands) <= len(told) + 1
    assert database.open().epoch == 2


def test_what_was_not_durable_comes_to_disk_with_what_is(database, server):
    """A durable append brings all before it: they stand after the server died at once."""
    log = database.open()
    for _ in range(20):
        log.append([INTENT], durable=False)
    log.append([], durable=True)
    server.stop("immediate")
    server.start()

    assert kinds(database) == ["opened"] + ["intent"] * 20


def test_a_server_that_does_not_sync_is_refused(database, server):
    """With fsync off nothing it says of its disk is true."""
    server.stop("fast")
    server.start("-c fsync=off")
    try:
        with pytest.raises(JournalError, match="fsync off"):
            database.open()
    finally:
        server.stop("fast")
        server.start()


def test_a_server_that_would_not_wait_for_its_disk_is_made_to(database):
    """Whatever the server's default, a durable append is committed to disk, and one that need not be is not."""
    database.ask("ALTER SYSTEM SET synchronous_commit = off")
    database.ask("SELECT pg_reload_conf()")
    try:
        log = database.open()
        states = []
        for durable in (False, True, False, True):
            log.append([INTENT], durable=durable)
            states.append(log._connection.execute("SHOW synchronous_commit").fetchone()[0])
    finally:
        database.ask("ALTER SYSTEM RESET synchronous_commit")
        database.ask("SELECT pg_reload_conf()")

    assert states == ["off", "on", "off", "on"]


ADDRESSES = [
    "postgresql://trader:canary-secret@127.0.0.1:1/books",
    "postgresql://trader:canary@secret@127.0.0.1:1/books",
    "postgresql:/trader:canary-secret@127.0.0.1",
    "host=127.0.0.1 port=1 password=canary-secret",
    "canary-secret",
    "password=canary-secret nonsense=1",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leads_nowhere_is_never_repeated(address):
    """The error names the journal and the reason; no part of the password stands in it, however it was mistyped."""
    for use in (lambda: PostgresLog.open(address, HEADER, at=1), lambda: read_postgres(address, HEADER)):
        with pytest.raises(JournalError, match="The journal of strategy 'grid-1'") as raised:
            use()
        assert "canary" not in str(raised.value)
        assert "secret" not in str(raised.value)
        assert raised.value.__suppress_context__


def test_a_role_that_may_not_write_is_told_so(database):
    """The server's last word is repeated."""
    database.open().close()
    database.ask("CREATE ROLE reader LOGIN; GRANT SELECT ON okxlab_records, okxlab_journals TO reader")
    try:
        address = database.address.replace("dbname", "options='-c role=reader' dbname")
        with pytest.raises(JournalError, match="permission denied for table okxlab_journals"):
            PostgresLog.open(address, HEADER, at=1)
        assert len(read_postgres(address, HEADER)) == 1
    finally:
        database.ask("DROP OWNED BY reader; DROP ROLE reader")


def test_without_psycopg_the_error_says_what_to_install(root):
    """The extra is optional: the room opens without it, the log says what it lacks."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from okxlab.trading.journal import Header, PostgresLog\n"
        "PostgresLog.open('', Header('demo', 'x', '1', 's'), at=1)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)

    assert "okxlab.errors.ConfigError: A journal in PostgreSQL needs psycopg" in done.stderr
    assert "pip install 'okxlab[postgres]'" in done.stderr


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell its timers so")
def test_machine_that_is_gone_is_missed_within_a_minute():
    """One that lost its power says no goodbye: the server asks after it, and gives its journals to others."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = PostgresServer()
    server.start("-c listen_addresses=127.0.0.1", f"-c port={port}")
    try:
        user = server.address.split()[1]
        log = PostgresLog.open(f"host=127.0.0.1 port={port} {user} dbname=postgres", HEADER, at=AT)
        while (timer := server_timer(port))[0] != "02":  # what is on its way is not acknowledged yet
            time.sleep(0.01)
        log.close()
    finally:
        server.remove()
    assert int(timer[1], 16) <= 60 * os.sysconf("SC_CLK_TCK")


def server_timer(port) -> list[str]:
    """Give which timer runs at the server's end of its one connection, and what is left of it, as the system tells."""
    ways = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    (told,) = [way[5] for way in ways if way[1].endswith(f":{port:04X}") and way[3] == "01"]
    return told.split(":")
