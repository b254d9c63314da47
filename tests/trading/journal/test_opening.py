"""Journals where the settings say they lie, and the other journals of the account beside them."""

import os
import signal
from dataclasses import replace

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import ConfigError, JournalError, JournalTaken, OrderDenied, OrderHeld
from okxlab.trading.desk import header, open_executor
from okxlab.trading.journal import open_log, read_postgres
from okxlab.trading.records import Fact
from tests.trading.guards.keys import demo_key
from tests.trading.journal.conftest import HEADER

INTENT = b'{"kind":"intent","at":1,"client_id":"a1"}'
OUTCOME = b'{"kind":"outcome","at":2,"client_id":"a1"}'


class Hurried(SystemClock):
    """A clock on which every look takes two seconds."""

    def __init__(self):
        self.passed = 0.0

    def monotonic(self):
        self.passed += 2
        return self.passed

    def sleep(self, seconds):
        self.passed += seconds


@pytest.fixture
def opened(place, request):
    """Give a function that opens the journal of a strategy: (log, the journals beside it)."""
    where = place.state if hasattr(place, "state") else place.address
    logs = []

    def make(strategy, clock=None, **changes):
        log, beside = open_log(where, replace(HEADER, strategy=strategy, **changes), clock or SystemClock())
        logs.append(log)
        return log, beside

    yield make
    for log in logs:
        log.close()


def test_only_what_is_new_is_told(opened):
    """A journal beside gives its opening and records once, and what is appended later."""
    (one, _), (_, beside) = opened("one"), opened("two")
    one.append([INTENT], durable=True)

    assert [(name, payloads[1:]) for name, payloads in beside.news(())] == [("one", [INTENT])]
    assert list(beside.news(())) == []
    one.append([OUTCOME], durable=False)
    assert list(beside.news({"one"})) == [("one", [OUTCOME])]


def test_what_was_not_taken_in_is_told_again(opened):
    """Whoever fails on a record does not pass it over."""
    (one, _), (_, beside) = opened("one"), opened("two")
    one.append([INTENT], durable=True)
    for _ in range(2):
        news = beside.news(())
        _, payloads = next(news)
        news.close()
        assert payloads[1:] == [INTENT]


def test_journals_of_another_account_are_not_beside(opened):
    """Nor are those of another profile, nor one's own."""
    opened("one", account="7"), opened("one", profile="live")
    log, beside = opened("two")
    log.append([INTENT], durable=True)

    assert list(beside.news(())) == []


def test_turn_is_one_writers_at_a_time(opened):
    """Another one of the account waits, and says so in the end; then it has its own. Other accounts wait for nobody."""
    (_, first), (_, second), (_, other) = opened("one"), opened("two", Hurried()), opened("one", account="7")

    with first.turn():
        with other.turn(), pytest.raises(OrderHeld, match="has kept others waiting for 5 s"), second.turn():
            pytest.fail("two had the turn at once")
        first_still = list(first.news(()))
    with second.turn():
        assert [name for name, _ in first_still] == ["two"]


def test_turn_ends_with_the_connection_that_held_it(database):
    """The server gives it to the next; who lost it hears of that before an order of his leaves."""
    (one, first), (two, second) = (
        open_log(database.address, replace(HEADER, strategy=name), SystemClock()) for name in ("one", "two")
    )

    def lose():
        with first.turn():
            held = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' GROUP BY pid"
            database.ask(f"{held} HAVING count(*) = 2")
            with second.turn():
                two.append([INTENT], durable=True)

    with pytest.raises(JournalError, match="cannot be used"):
        lose()
    with pytest.raises(JournalError, match="cannot be used"):
        one.append([INTENT], durable=True)
    two.append([INTENT], durable=True)
    one.close()
    two.close()


def test_turn_that_a_pooler_lost_is_told(database):
    """Where each statement has a session of its own a lock holds nobody off: no order is written down on that."""
    log, beside = open_log(database.address, replace(HEADER, strategy="one"), SystemClock())

    def lose():
        with beside.turn():
            log._connection.execute("SELECT pg_advisory_unlock_all()")

    with pytest.raises(JournalError, match=r"the turn was lost.*pooler"):
        lose()
    log.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE okxlab_records SET payload = set_byte(payload, 3, 0) WHERE n = 1",
        "DELETE FROM okxlab_records WHERE n = 1",
        "UPDATE okxlab_journals SET records = records + 1 WHERE strategy = 'one'",
    ],
)
def test_record_that_was_tampered_with_is_told(database, damage):
    """What is counted is what was written, or it is not counted at all."""
    one, _ = open_log(database.address, replace(HEADER, strategy="one"), SystemClock())
    one.append([INTENT], durable=True)
    one.close()
    two, beside = open_log(database.address, replace(HEADER, strategy="two"), SystemClock())
    database.ask(damage)

    with pytest.raises(JournalError, match="that of 'one' is damaged"):
        list(beside.news(()))
    two.close()


def test_journal_that_was_counted_and_is_gone_is_missed(database):
    """It is not one with nothing in it."""
    one, _ = open_log(database.address, replace(HEADER, strategy="one"), SystemClock())
    two, beside = open_log(database.address, replace(HEADER, strategy="two"), SystemClock())
    assert [name for name, _ in beside.news(())] == ["one"]
    database.ask("DELETE FROM okxlab_records; DELETE FROM okxlab_journals WHERE strategy = 'one'")

    with pytest.raises(JournalError, match="that of 'one' is damaged, gone"):
        list(beside.news(()))
    one.close()
    two.close()


@pytest.fixture
def machine(fresh, tmp_path, monkeypatch, control_token, database):
    """Give a function that opens a demo session of a machine of a team whose journals lie in one database."""
    for name, value in demo_key(fresh, control_token()).items():
        monkeypatch.setenv(name, value)
    sessions = []

    def connect(name, limits=""):
        folder = tmp_path / name
        folder.mkdir()
        settings = f'[demo]\nhost = "{fresh.profile.rest}"\njournal = "{database.address}"\n'
        (folder / "okxlab.toml").write_text(settings)
        (folder / "limits.toml").write_text(limits)
        sessions.append(ox.connect("demo", workspace=folder))
        return sessions[-1]

    yield connect
    for session in sessions:
        ox.trading.desk.hand(session).journal.close()
        session.close()


def rest(session):
    """Place an order that rests."""
    price = ox.instrument(session, "BTC-USDT").floor_price(ox.tickers(session).loc["BTC-USDT", "last"] * 0.99)
    return ox.place(session, "buy", "BTC-USDT", amount="0.001", price=price)


def test_table_of_a_database_without_journals_is_empty(machine):
    """Nothing was ever opened there; a strategy that has none is named, and what there is."""
    session = machine("here")
    assert ox.journal(session).empty

    with pytest.raises(JournalError, match="'grid' has no journal on demo"):
        ox.journal(session, "grid")


def test_orders_of_a_session_stand_in_the_database_its_settings_name(machine, database):
    """None stands in the workspace, and the one in the database is whole."""
    session = machine("here")
    order = rest(session)

    whose = ox.trading.desk.hand(session)
    (found,) = database.ask("SELECT strategy FROM okxlab_journals")
    payloads = read_postgres(database.address, header(session, found[0]))
    assert sum(order.client_id.encode() in payload for payload in payloads) >= 2
    assert whose.blotter.orders[order.client_id].order_id == order.order_id
    assert not (session.workspace.state / "journal").exists()
    told = ox.journal(session)
    assert set(told["strategy"]) == set(found)
    assert {"intent", "answer"} <= set(told["kind"])


def test_limits_hold_over_all_machines_of_a_team(machine):
    """What one of them has resting counts for the other, and a name belongs to one of them at a time."""
    here, there = machine("here", "[demo]\nopen_orders = 1\n"), machine("there", "[demo]\nopen_orders = 1\n")
    rest(here)

    with pytest.raises(OrderDenied, match=r"come to 2, .*open_orders of the whole account"):
        rest(there)
    one = open_executor(here, "grid")
    with pytest.raises(JournalTaken, match="has the journal of strategy 'grid'"):
        open_executor(there, "grid")
    one.journal.close()


def test_cancellation_leaves_while_the_database_says_nothing(machine, database):
    """It is not written down, as where a disk is full, and no new order follows it."""
    session = machine("here")
    order = rest(session)
    ((standing,),) = database.ask("SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory'")
    os.kill(standing, signal.SIGSTOP)
    try:
        assert ox.cancel(session, order).state == "canceled"
        with pytest.raises(JournalError, match="The journal takes no more"):
            rest(session)
    finally:
        os.kill(standing, signal.SIGCONT)


@pytest.mark.parametrize(
    "address", ["postgresql://me:hush@host/db", "host=h password=hush", "host=h PASSWORD = 'hush'"]
)
def test_password_in_the_settings_is_refused(tmp_path, address):
    """It belongs where libpq looks for it; the error does not repeat it."""
    (tmp_path / "okxlab.toml").write_text(f'[live]\njournal = "{address}"\n')

    with pytest.raises(ConfigError, match=r"journal holds a password.*~/\.pgpass") as told:
        ox.connect(workspace=tmp_path)
    assert "hush" not in str(told.value)


def test_account_whose_journals_lie_in_the_workspace_does_not_begin_anew_in_a_database(machine):
    """What they have open and lost would count no more, and a grid of theirs would be launched twice."""
    session = machine("here")
    state = session.workspace.state
    log, _ = open_log(state, header(session, "grid"), SystemClock())
    log.close()

    with pytest.raises(JournalError, match=r"journals of account \d+ here as files.*would count no more") as told:
        rest(session)
    assert str(state / "journal" / "demo" / session.account.uid) in str(told.value)
    (state / "journal").rename(state / "before")
    order = rest(session)
    (state / "before").rename(state / "journal")
    assert [one.order_id for one in ox.kill(session).cancelled] == [order.order_id]


def test_account_whose_journals_lie_in_a_database_does_not_begin_anew_in_the_workspace(machine, database):
    """Nor the other way round: a shell without the variable that names the database is not another account."""
    session = machine("here")
    order = rest(session)
    settings = session.workspace.root / "okxlab.toml"
    settings.write_text(settings.read_text().replace(f'journal = "{database.address}"', ""))

    with ox.connect("demo", workspace=session.workspace.root) as without:
        with pytest.raises(JournalError, match="in a database, and the settings name none now"):
            rest(without)
        assert [one.order_id for one in ox.kill(without).cancelled] == [order.order_id]


def test_copy_of_a_kernel_that_ends_leaves_the_journal_to_it(database):
    """A fork that goes the ordinary way out closes what it finds open; the connection is not its own."""
    log = database.open()
    child = os.fork()
    if not child:
        log.close()
        os._exit(0)
    os.waitpid(child, 0)
    log.append([INTENT], durable=True)
    assert list(log.payloads())[-1] == INTENT


def test_bot_whose_database_was_lost_does_not_wait_for_it(machine, database):
    """Its journal takes no more whatever the server does by now: whoever trades hears that, and not of a limit."""
    one = open_executor(machine("here"), "grid")
    database.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
    one.journal.note([Fact("looked", "1")])

    with pytest.raises(JournalError, match="The journal takes no more"):
        one.check_leave()
    one.close()


@pytest.mark.timeout(40)  # opening a long journal may take a minute, and this one must not
def test_database_that_commits_nothing_is_given_up_soon_where_a_journal_is_opened(machine, database):
    """A standby that is gone holds up every commit: the first order of a kernel is refused, and a kill goes on."""
    session = machine("here")
    open_executor(session, "before").close()
    database.ask("ALTER SYSTEM SET synchronous_standby_names = 'gone'")
    database.ask("SELECT pg_reload_conf()")
    try:
        with pytest.raises(JournalError, match="cannot be used"):
            open_executor(session, "grid")
    finally:
        database.ask("ALTER SYSTEM RESET synchronous_standby_names")
        database.ask("SELECT pg_reload_conf()")
