"""What every log promises, wherever it lies."""

from dataclasses import replace
from itertools import pairwise
from threading import Thread

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError, JournalError
from okxlab.trading.journal import Header
from okxlab.trading.journal.frame import MARKER
from okxlab.trading.journal.header import OPENED
from tests.trading.journal.conftest import AT, HEADER

INTENT = b'{"kind":"intent","at":1,"client_id":"a1"}'
OUTCOME = b'{"kind":"outcome","at":2,"client_id":"a1"}'


def records(log) -> list[bytes]:
    """Give what stands, without the openings."""
    return [payload for payload in log.payloads() if orjson.loads(payload)["kind"] != "opened"]


def test_a_new_log_begins_with_its_opening(place):
    """Profile, host, account, strategy, time and epoch are the first record."""
    log = place.open()

    assert [orjson.loads(payload) for payload in log.payloads()] == [
        {"kind": "opened", "at": AT, "epoch": 1, "format": 1, "cut": 0}
        | {"profile": "demo", "host": "www.okx.com", "account": "43812", "strategy": "grid-1"}
    ]
    assert log.epoch == 1


@pytest.mark.parametrize("durable", [True, False])
def test_payloads_stand_in_order_and_after_another_opening(place, durable):
    """What was appended is there at once, and again for the next writer, whose epoch is higher."""
    log = place.open()
    log.append([INTENT, OUTCOME], durable=durable)
    log.append([INTENT], durable=durable)

    assert records(log) == [INTENT, OUTCOME, INTENT]
    log.close()
    again = place.open()
    assert records(again) == records(again) == [INTENT, OUTCOME, INTENT]
    assert again.epoch == 2


def test_epochs_rise_with_every_opening(place):
    """Each opening is a record, and no two have the same epoch."""
    for _ in range(4):
        log = place.open()
        log.close()

    epochs = [orjson.loads(payload)["epoch"] for payload in place.open().payloads()]
    assert epochs == [1, 2, 3, 4, 5]


def test_appending_nothing_leaves_all_as_it_was(place):
    """An empty append is no record."""
    log = place.open()
    log.append([], durable=True)

    assert records(log) == []


def test_a_second_writer_is_refused(place):
    """Two writers would not know of each other's orders; when the first closes, the next may come."""
    first = place.open()

    with pytest.raises(JournalError, match="Another process has the journal"):
        place.open()
    first.append([INTENT], durable=True)
    first.close()
    assert records(place.open()) == [INTENT]


def test_logs_of_two_strategies_stand_side_by_side(place):
    """Each strategy of an account has a log and a writer of its own."""
    first, second = place.open(), place.open(replace(HEADER, strategy="hand-7"))
    first.append([INTENT], durable=True)
    second.append([OUTCOME], durable=True)

    assert (records(first), records(second)) == ([INTENT], [OUTCOME])


def test_the_journal_of_another_host_is_refused(place):
    """The same account and strategy elsewhere are somebody else's orders; the first may still open it."""
    place.open().close()

    with pytest.raises(JournalError, match=r"at www\.okx\.com.*, not of .* at eea\.okx\.com"):
        place.open(replace(HEADER, host="eea.okx.com"))
    assert place.open().epoch == 2


def test_a_payload_that_no_log_could_hold_is_refused(place):
    """More than a mebibyte is no record; the log stays open and takes the next."""
    log = place.open()

    with pytest.raises(JournalError, match="cannot be journaled"):
        log.append([OUTCOME, b"x" * (1 << 20) + b"x"], durable=True)
    log.append([INTENT], durable=True)
    assert records(log) == [INTENT]


def test_a_reader_beside_the_writer_sees_what_stands(place):
    """It takes no lock, and what it gives is what the writer gives."""
    log = place.open()
    for durable in (True, False):
        log.append([INTENT, OUTCOME], durable=durable)

        assert place.read() == list(log.payloads())


def test_a_reader_of_no_journal_is_told(place):
    """A name that leads nowhere is an error, not an empty journal."""
    with pytest.raises(JournalError, match="The journal"):
        place.read()


@given(st.lists(st.tuples(st.lists(st.binary(max_size=60), max_size=3), st.booleans()), max_size=6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_come_back_as_they_were(place, appends):
    """Whatever is appended, in whichever portions, stands for the next writer, byte for byte."""
    place.clear()
    log, written = place.open(), []
    for drawn, durable in appends:
        payloads = [payload.replace(MARKER, b"").replace(OPENED, b"") for payload in drawn]
        log.append(payloads, durable=durable)
        written += payloads
    log.close()

    assert list(place.open().payloads())[1:-1] == written


def test_a_closed_log_takes_nothing(place):
    """An append after closing claims nothing."""
    log = place.open()
    log.close()

    with pytest.raises(JournalError, match=r"it was closed\. Open it again"):
        log.append([INTENT], durable=True)
    assert records(place.open()) == []


def test_a_record_that_looks_like_an_opening_is_refused(place):
    """Nobody but the log begins an epoch; the log stays open."""
    log = place.open()

    with pytest.raises(JournalError, match="opened"):
        log.append([INTENT, b'{"kind":"opened","epoch":9}'], durable=True)
    log.append([OUTCOME], durable=True)
    assert records(log) == [OUTCOME]


@pytest.mark.parametrize("field", ["profile", "account", "strategy"])
@pytest.mark.parametrize("name", ["", "../live", "a/b", ".hidden", "-rf", "a" * 65, "a\0b", "a\n"])
def test_a_header_that_is_no_file_name_is_refused(field, name):
    """Nothing climbs out of the journal's folder."""
    with pytest.raises(InputError, match=field):
        replace(HEADER, **{field: name})


def test_threads_append_without_losing_or_tearing_anything(place):
    """Eight threads append pairs: every pair stands, in one piece, in its thread's order."""
    log = place.open()

    def work(name: int) -> None:
        for step in range(20):
            log.append([b'{"kind":"%d","step":%d}' % (name, 2 * step + i) for i in (0, 1)], durable=True)

    threads = [Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = [orjson.loads(payload) for payload in records(log)]
    for name in range(8):
        assert [row["step"] for row in rows if row["kind"] == str(name)] == list(range(40))
    assert all(a["kind"] == b["kind"] for a, b in pairwise(rows) if a["step"] % 2 == 0)


def test_the_header_says_whose_it_is():
    """The sentence of an error names strategy, profile, account and host."""
    assert str(Header("live", "www.okx.com", "7", "x")) == "strategy 'x' on live, account 7 at www.okx.com"
