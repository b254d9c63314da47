"""A journal among real processes: killed, stopped, copied, fought for and watched."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import orjson
import pytest

from okxlab.errors import JournalError
from tests.trading.journal.conftest import FilePlace

PROGRAM = Path(__file__).parent / "writing.py"
INTENT = b'{"kind":"intent","at":1,"n":-1}'


class Writer:
    """A program that runs tasks on a journal, one at a time, each in a process of its own."""

    def __init__(self, program):
        self._program = program
        assert self.line() == "ready"

    def line(self) -> str:
        return self._program.stdout.readline().strip()

    def start(self, *task) -> int:
        """Begin a task and give its process's number."""
        self._program.stdin.write(" ".join(map(str, task)) + "\n")
        self._program.stdin.flush()
        return int(self.line())

    def rest(self) -> list[str]:
        """Give what the task prints until it is gone."""
        return list(iter(self.line, "gone"))


@contextmanager
def started(address):
    """Run the program until the end of a test."""
    root = Path(__file__).parents[3]
    command = [sys.executable, str(PROGRAM), address]
    environment = os.environ | {"PYTHONPATH": str(root)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as program:
        try:
            yield Writer(program)
        finally:
            program.stdin.close()


@pytest.fixture(scope="module")
def programs():
    """Give a function that gives the program of an address, started once."""
    with ExitStack() as stack:
        running = {}

        def at(address):
            if address not in running:
                running[address] = stack.enter_context(started(address))
            return running[address]

        yield at


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Give the place that the program writes files into, by all tests of this file in turn."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def writer(place, programs, state):
    """Give the program that writes into a place of each kind, with no journal in it."""
    if isinstance(place, FilePlace):
        place.state = state
    place.clear()
    return programs(place.address)


def rows(place, kind: str = "intent") -> list[dict]:
    """Give the records of one kind."""
    return [row for row in map(orjson.loads, place.read()) if row["kind"] == kind]


def opened_soon(place):
    """Open the journal of a killed writer; a server takes a moment to see that it is gone."""
    end = time.monotonic() + 10
    while True:
        try:
            return place.open()
        except JournalError as error:
            if "Another process" not in str(error) or time.monotonic() > end:
                raise


def kill_often(writer, place, times: int, chance: np.random.Generator) -> Counter:
    """Kill writers at random moments, and check after each that all it told of stands; count what kills left."""
    left, number = Counter(), 0
    for _ in range(times):
        process = writer.start("append")
        assert writer.line() == "open"
        began = time.monotonic()
        told = [int(writer.line()) for _ in range(chance.integers(0, 4))]
        # Anywhere in the next append, which takes about as long as one before it.
        time.sleep(chance.uniform(0, (time.monotonic() - began) / max(1, len(told))))
        os.kill(process, signal.SIGKILL)
        told += [int(line) for line in writer.rest()]
        stands = [row["n"] for row in rows(place)]
        assert stands == list(range(len(stands)))
        assert len(stands) >= max(told, default=number - 1) + 1
        left["records nobody had told of"] += len(stands) - 1 - max(told, default=number - 1)
        left["records"] += len(told) * 2
        number = len(stands)
    return left


def test_a_killed_writer_loses_nothing_it_told_of(writer, place):
    """Kills at random moments, each followed by another opening: every record told of stands, in order."""
    times = 40 if isinstance(place, FilePlace) else 12
    left = kill_often(writer, place, times, np.random.default_rng(3))

    assert left["records"] > times
    assert [row["epoch"] for row in rows(place, "opened")] == list(range(1, times + 1))


@pytest.mark.proof
def test_a_writer_killed_five_hundred_times_loses_nothing(writer, place):
    """The same, often enough to meet the narrow moments."""
    chance, left = np.random.default_rng(4), Counter()
    for _ in range(20):
        place.clear()
        left += kill_often(writer, place, 25, chance)

    print(f"\n500 kills of a writer to {type(place).__name__}: {dict(left)}")
    assert left["records nobody had told of"] > 0


def test_two_processes_that_fight_for_a_journal_take_turns(writer, place):
    """Each gets in as often as it must; every record stands, under an opening of its own, and epochs only rise."""
    times = 60 if isinstance(place, FilePlace) else 15
    with started(place.address) as rival:
        for one in (writer, rival):
            one.start("visit", times)
        printed = [one.rest() for one in (writer, rival)]

    assert [lines[-1] for lines in printed] == [str(times)] * 2
    all_rows = list(map(orjson.loads, place.read()))
    assert [row["kind"] for row in all_rows] == ["opened", "intent"] * (2 * times)
    assert [row["epoch"] for row in all_rows[::2]] == list(range(1, 2 * times + 1))
    assert sorted(Counter(row["pid"] for row in all_rows[1::2]).values()) == [times, times]


def test_a_stopped_writer_keeps_the_journal_until_it_is_killed(writer, place):
    """SIGSTOP lets nobody in; a kill does."""
    process = writer.start("append")
    assert writer.line() == "open"
    os.kill(process, signal.SIGSTOP)

    with pytest.raises(JournalError, match="Another process"):
        place.open()
    os.kill(process, signal.SIGKILL)
    writer.rest()
    assert opened_soon(place).epoch == 2


def test_a_writer_woken_after_a_takeover_can_append_nothing(writer, place):
    """Somebody broke the lock of a stopped writer and writes on: the old one stands out, and hears why."""
    process = writer.start("append")
    assert writer.line() == "open"
    os.kill(process, signal.SIGSTOP)
    place.break_lock()
    log = place.open()
    log.append([INTENT], durable=True)
    os.kill(process, signal.SIGCONT)
    *told, why = writer.rest()

    assert why.startswith("failed The journal")
    stands = [row["n"] for row in rows(place)]
    assert stands[-1] == -1
    assert {int(number) for number in told} <= set(stands)
    log.append([INTENT], durable=True)
    assert [row["epoch"] for row in rows(place, "opened")] == [1, 2]


def test_a_copy_of_a_process_appends_nothing(writer, place):
    """A fork shares the lock, so it is told by its number; the process that opened the journal goes on."""
    writer.start("copy")
    printed = writer.rest()

    assert len(printed) == 1
    assert "of which this one is a copy" in printed[0]
    assert [row["n"] for row in rows(place)] == [1]


def test_a_reader_never_sees_less_than_before_nor_half_a_record(writer, place):
    """Read as often as can be while a writer appends: each reading begins with the one before it."""
    process = writer.start("append")
    assert writer.line() == "open"
    before: list[bytes] = []
    end = time.monotonic() + 1
    readings = 0
    while time.monotonic() < end:
        now = place.read()
        assert now[: len(before)] == before
        readings, before = readings + (len(now) > len(before)), now
    os.kill(process, signal.SIGKILL)
    told = writer.rest()

    assert readings > 10
    assert len(before) <= int(told[-1]) + 4
