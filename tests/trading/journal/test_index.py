"""The index beside a journal: it finds things, keeps up, and is never believed against the journal."""

import os
import sqlite3
import stat
from threading import Thread

import pytest

from okxlab.errors import JournalError
from okxlab.trading.journal import Index
from okxlab.trading.records import Answer, Ended, Filled, Intent, Seen, encode


def intent(client_id: str, symbol: str = "BTC-USDT") -> Intent:
    row = {"instId": symbol, "side": "buy", "px": "60000.1", "sz": "0.01"}
    return Intent(client_id, "place", symbol, client_id, "", row, 9, 5)


def seen(client_id: str, state: str, filled: str = "0") -> Seen:
    return Seen(client_id, f"7{client_id[1:]}", "BTC-USDT", "buy", state, "0.01", "60000.1", filled, 8)


def filled(client_id: str, trade: str) -> Filled:
    words = ("BTC-USDT", trade, "b1", f"7{client_id[1:]}", client_id, "buy", "60000.1", "0.004", "0.000004", "BTC")
    return Filled(*words, maker=True, time_ms=9)


RECORDS = [
    (intent("a1"), 100),
    (intent("a2", "ETH-USDT"), 101),
    (Answer("a1", "unknown"), 110),
    (Answer("a2", "rejected", code="51008"), 111),
    (Ended("a1", "took_effect", "order"), 120),
    (seen("a1", "live"), 121),
    (filled("a1", "t1"), 130),
    (filled("a1", "t1"), 131),
    (filled("a1", "t2"), 132),
    (seen("a1", "partially_filled", "0.008"), 140),
]


@pytest.fixture
def log(folder):
    """Give a log that holds the records."""
    log = folder.open()
    log.append([encode(record, at) for record, at in RECORDS], durable=False)
    return log


@pytest.fixture
def index(log, folder):
    """Give the index of a journal that holds the records."""
    return Index(folder.file)


def count(index: Index) -> int:
    """Count the records, the opening among them."""
    return index.ask("SELECT count(*) AS n FROM records")[0]["n"]


def test_intents_stand_with_how_they_came_out(index):
    """The newest answer and the verdict, where there is one, stand beside each intent."""
    rows = index.ask("SELECT name, symbol, action, outcome, verdict, row ->> 'px' AS px FROM intents ORDER BY n")

    assert rows == [
        {"name": "a1", "symbol": "BTC-USDT", "action": "place", "outcome": "unknown", "verdict": "took_effect"}
        | {"px": "60000.1"},
        {"name": "a2", "symbol": "ETH-USDT", "action": "place", "outcome": "rejected", "verdict": None}
        | {"px": "60000.1"},
    ]


def test_orders_stand_as_last_seen(index):
    """One row an order."""
    assert index.ask("SELECT client_id, order_id, state, filled FROM orders") == [
        {"client_id": "a1", "order_id": "71", "state": "partially_filled", "filled": "0.008"}
    ]


def test_fills_stand_once(index):
    """An execution heard of twice is one."""
    assert [row["trade_id"] for row in index.ask("SELECT trade_id FROM fills ORDER BY n")] == ["t1", "t2"]


def test_records_are_found_by_client_id_kind_and_time(index):
    """Whole records, oldest first; a span has its end left out."""
    assert [row["kind"] for row in index.records(client_id="a2")] == ["intent"]
    assert [row["at"] for row in index.records(kind="filled")] == [130, 131, 132]
    assert [row["at"] for row in index.records(kind="filled", start=131, end=132)] == [131]
    assert [row["at"] for row in index.records(start=1, end=112)] == [100, 101, 110, 111]
    assert len(index.records()) == 11


def test_the_index_takes_in_what_the_writer_appends(index, log):
    """Each question is asked of the journal as it stands."""
    before = count(index)
    log.append([encode(*RECORDS[0])], durable=False)

    assert (before, count(index)) == (11, 12)


def test_the_index_is_for_its_owner_alone(index):
    """It says what the journal says."""
    count(index)

    assert stat.S_IMODE(index.file.stat().st_mode) == 0o600


def scribbled(file):
    file.write_bytes(b"x" * 5000)


def shortened(file):
    os.truncate(file, file.stat().st_size // 2)


def emptied_of_some(file):
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM records WHERE n = 3")
    connection.close()


def of_another_version(file):
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def torn_inside(file):
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xaa" * (len(whole) - 4096)
    file.write_bytes(whole)


@pytest.mark.parametrize("damage", [scribbled, shortened, emptied_of_some, of_another_version, torn_inside, os.unlink])
def test_an_index_that_does_not_fit_is_made_anew(index, damage):
    """Damaged, cut, robbed of a row, another version's or gone: the answer is the journal's."""
    right = index.records(), index.ask("SELECT * FROM intents"), index.ask("SELECT * FROM fills")
    damage(index.file)

    assert (index.records(), index.ask("SELECT * FROM intents"), index.ask("SELECT * FROM fills")) == right


def test_the_index_of_a_journal_that_was_replaced_is_made_anew(index, log, folder):
    """Another journal under the name, longer than the one indexed: nothing of the old one is told."""
    count(index)
    log.close()
    folder.file.unlink()
    other = folder.open(at=7)
    other.append([encode(intent("b1"), 5)] * 40, durable=False)

    assert count(index) == 41
    assert index.records(client_id="a1") == []


def test_the_index_of_a_journal_cut_shorter_is_made_anew(index, folder, log):
    """What no longer stands in the journal does not stand in the index."""
    count(index)
    log.close()
    os.truncate(folder.file, folder.file.stat().st_size - 10)

    assert count(index) == 10


def test_a_damaged_journal_has_no_index(index, log, folder):
    """The error is the journal's own."""
    log.close()
    damaged = bytearray(folder.file.read_bytes())
    damaged[damaged.index(b"60000")] ^= 1
    folder.file.write_bytes(damaged)

    with pytest.raises(JournalError, match="record 1"):
        count(index)


def test_a_journal_that_is_not_there_has_no_index(tmp_path):
    """The missing file is named, and none is made in its place."""
    with pytest.raises(JournalError, match=r"none\.journal"):
        count(Index(tmp_path / "none.journal"))
    assert not (tmp_path / "none.journal").exists()


def test_a_journal_still_empty_is_told_so_and_then_kept_up_with(folder):
    """Between making the file and its opening there is nothing to tell."""
    folder.file.parent.mkdir(parents=True, mode=0o700)
    folder.file.touch(mode=0o600)
    index = Index(folder.file)
    before = count(index), count(index)
    folder.open()

    assert (before, count(index)) == ((0, 0), 1)


@pytest.mark.parametrize("query", ["SELECT * FROM nothing", "SELEC", "DELETE FROM records", "SELECT ?"])
def test_a_question_that_cannot_be_asked_is_named(index, query):
    """Wrong SQL and SQL that would change something are refused, and the index stays."""
    count(index)
    before = index.file.stat().st_ino

    with pytest.raises(JournalError, match="cannot be asked"):
        index.ask(query)
    assert (index.file.stat().st_ino, count(index)) == (before, 11)


def test_a_record_that_is_no_json_is_named(folder):
    """The log takes any bytes; the index says which it cannot read."""
    folder.open().append([b"no json"], durable=False)

    with pytest.raises(JournalError, match=r"Record 1 .* no JSON object"):
        count(Index(folder.file))


def test_several_readers_keep_up_at_once(index, log, folder):
    """Four threads ask while one appends: counts only rise, and all end at the same."""
    ends = []

    def ask():
        mine, before = Index(folder.file), 0
        while before < 61:
            now = count(mine)
            assert now >= before
            before = now
        ends.append(before)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        log.append([encode(*RECORDS[0])], durable=False)
    for thread in threads:
        thread.join(60)

    assert ends == [61] * 4
