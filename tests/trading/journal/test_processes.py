"""A journal among real processes: killed, stopped, copied, fought for and watched."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import orjson
import pytest

from okxlab.errors import JournalError
from okxlab.trading.journal import read_log

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
def started(state):
    """Run the program until the end of a test."""
    root = Path(__file__).parents[3]
    command = [sys.executable, str(PROGRAM), str(state)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as program:
        try:
            yield Writer(program)
        finally:
            program.stdin.close()


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Give the folder that the program of this file writes into; each test begins with no journal in it."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def program(state):
    """Give the program, started once."""
    with started(state) as writer:
        yield writer


@pytest.fixture
def writer(program, folder, state):
    """Give the program, and have `folder` look where it writes."""
    folder.state = state
    folder.file.unlink(missing_ok=True)
    return program


def rows(file: Path, kind: str = "intent") -> list[dict]:
    """Give the records of one kind."""
    return [row for row in map(orjson.loads, read_log(file)) if row["kind"] == kind]


def kill_often(writer, folder, times: int, chance: np.random.Generator) -> Counter:
    """Kill writers at random moments, and check after each that all it told of stands; count what kills left."""
    left, number = Counter(), 0
    for _ in range(times):
        process = writer.start("append", number)
        assert writer.line() == "open"
        began = time.monotonic()
        told = [int(writer.line()) for _ in range(chance.integers(0, 4))]
        # Anywhere in the next append, which takes about as long as one before it.
        time.sleep(chance.uniform(0, (time.monotonic() - began) / max(1, len(told))))
        os.kill(process, signal.SIGKILL)
        told += [int(line) for line in writer.rest()]
        stands = [row["n"] for row in rows(folder.file)]
        assert stands == list(range(len(stands)))
        assert len(stands) >= max(told, default=number - 1) + 1
        left["records nobody had told of"] += len(stands) - 1 - max(told, default=number - 1)
        left["records"] += len(told) * 2
        number = len(stands)
    return left


def test_a_killed_writer_loses_nothing_it_told_of(writer, folder):
    """Forty kills at random moments, each followed by another opening: every record told of stands, in order."""
    left = kill_often(writer, folder, 40, np.random.default_rng(3))

    assert left["records"] > 60
    assert [row["epoch"] for row in rows(folder.file, "opened")] == list(range(1, 41))


@pytest.mark.proof
def test_a_writer_killed_five_hundred_times_loses_nothing(writer, folder):
    """The same, often enough to meet the narrow moments."""
    chance, left = np.random.default_rng(4), Counter()
    for _ in range(20):
        folder.file.unlink(missing_ok=True)
        left += kill_often(writer, folder, 25, chance)

    print(f"\n500 kills: {dict(left)}")
    assert left["records nobody had told of"] > 0


def test_two_processes_that_fight_for_a_journal_take_turns(writer, folder):
    """Each gets in sixty times; every record stands, under an opening of its own, and epochs only rise."""
    with started(folder.state) as rival:
        for one in (writer, rival):
            one.start("visit", 60)
        printed = [one.rest() for one in (writer, rival)]

    assert [lines[-1] for lines in printed] == ["60", "60"]
    all_rows = list(map(orjson.loads, read_log(folder.file)))
    assert [row["kind"] for row in all_rows] == ["opened", "intent"] * 120
    assert [row["epoch"] for row in all_rows[::2]] == list(range(1, 121))
    assert sorted(Counter(row["pid"] for row in all_rows[1::2]).values()) == [60, 60]


def test_a_stopped_writer_keeps_the_journal_until_it_is_killed(writer, folder):
    """SIGSTOP lets nobody in; a kill does."""
    process = writer.start("append", 0)
    assert writer.line() == "open"
    os.kill(process, signal.SIGSTOP)

    with pytest.raises(JournalError, match="Another process"):
        folder.open()
    os.kill(process, signal.SIGKILL)
    writer.rest()
    assert folder.open().epoch == 2


def test_a_writer_woken_after_a_takeover_can_append_nothing(writer, folder):
    """Somebody copied the journal to be rid of its lock: the old writer stands out, and hears why."""
    process = writer.start("append", 0)
    assert writer.line() == "open"
    os.kill(process, signal.SIGSTOP)
    text = folder.file.read_bytes()
    folder.file.rename(folder.file.with_suffix(".old"))
    folder.file.touch(mode=0o600)
    folder.file.write_bytes(text)
    log = folder.open()
    log.append([INTENT], durable=True)
    os.kill(process, signal.SIGCONT)
    *told, why = writer.rest()

    assert why.startswith("failed The journal")
    assert "was replaced by another file" in why
    stands = rows(folder.file)
    assert stands[-1]["n"] == -1
    assert {int(number) for number in told} <= {row["n"] for row in stands}
    log.append([INTENT], durable=True)


def test_a_copy_of_a_process_appends_nothing(writer, folder):
    """A fork shares the lock, so it is told by its number; the process that opened the journal goes on."""
    writer.start("copy")
    printed = writer.rest()

    assert len(printed) == 1
    assert "of which this one is a copy" in printed[0]
    assert [row["n"] for row in rows(folder.file)] == [1]


def test_a_reader_never_sees_less_than_before_nor_half_a_record(writer, folder):
    """Read as often as can be while a writer appends: each reading begins with the one before it."""
    process = writer.start("append", 0)
    assert writer.line() == "open"
    before: list[bytes] = []
    end = time.monotonic() + 1
    readings = 0
    while time.monotonic() < end:
        now = read_log(folder.file)
        assert now[: len(before)] == before
        readings, before = readings + (len(now) > len(before)), now
    os.kill(process, signal.SIGKILL)
    told = writer.rest()

    assert readings > 10
    assert len(before) <= int(told[-1]) + 4
