import os
import sys
import threading
from datetime import UTC, datetime

import psutil
import pytest

from okxlab.errors import ScheduleError
from okxlab.reports import Ledger, run_schedule
from okxlab.reports.process import Process

DUE = "2026-01-01T00:01:00Z"
TWO = "".join(f'[[schedule]]\nname = "{name}"\ncron = "* * * * *"\nreport = "ok"\n' for name in "ab")


@pytest.fixture
def idle_children(tmp_path, monkeypatch):
    """Make the scheduler's children processes that only wait; give a reader of them, schedule to process."""
    program = tmp_path / "waits"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    known = {}

    def mine():
        for child in psutil.Process().children():
            words = child.cmdline()
            if "--schedule" in words:
                known[child.pid] = words[words.index("--schedule") + 1]
        return known

    yield mine
    for pid in mine():
        if psutil.pid_exists(pid):
            end_now(pid)
            os.waitpid(pid, 0)


class HookedClock:
    """Shows one time; calls ``asked`` whenever it is read and ``rested`` between two looks."""

    def __init__(self, now):
        self.now, self.asked, self.rested = now, lambda: None, lambda: None

    def now_ms(self):
        self.asked()
        return int(self.now.timestamp() * 1000)

    def monotonic(self):
        return self.now.timestamp()

    def sleep(self, seconds):
        self.rested()


def end_now(pid):
    for process in [*psutil.Process(pid).children(), psutil.Process(pid)]:
        process.kill()
    while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        pass


def test_scheduler_when_a_run_dies_in_mid_look_collects_it_though_it_starts_the_next_attempt(
    workspace, write_schedule, idle_children
):
    """The second of two runs dies while the first one's loss is being written, after the look's own collecting."""
    write_schedule(TWO)
    clock, stop = HookedClock(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)), threading.Event()
    first, looks = {}, []

    def kill_b_once():
        if len(looks) == 2 and psutil.pid_exists(first["b"]) and Process.of(first["b"]).alive():
            end_now(first["b"])

    def rested():
        looks.append(clock.now)
        clock.now = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
        if len(looks) == 2:
            first.update({name: pid for pid, name in idle_children().items()})
            with Ledger(workspace) as ledger:
                for name, pid in first.items():
                    ledger.begin((name, DUE), Process.of(pid), DUE)
            end_now(first["a"])
            clock.asked = kill_b_once
        if len(looks) == 4:
            stop.set()

    clock.rested = rested
    run_schedule(workspace, clock=clock, stop=stop)

    with Ledger(workspace) as ledger:
        assert [(row.state, row.attempt) for row in ledger.rows()] == [("due", 2), ("due", 2)]
    assert not [pid for pid in first.values() if psutil.pid_exists(pid)]


@pytest.mark.parametrize("in_the_way", [".okxlab/schedule", ".okxlab/schedule/a.log/x"])
def test_scheduler_when_a_runs_log_cannot_be_made_says_so_and_leaves_the_run_due(
    workspace, write_schedule, idle_children, in_the_way
):
    """What stands in the way is named; the next scheduler makes up for it."""
    write_schedule(TWO)
    clock, stop = HookedClock(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)), threading.Event()
    clock.rested = stop.set
    run_schedule(workspace, clock=clock, stop=stop)
    (workspace / in_the_way).parent.mkdir(parents=True, exist_ok=True)
    (workspace / in_the_way).write_text("")
    clock.now = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)

    with pytest.raises(ScheduleError, match=r"run of a cannot be started .*a\.log") as refusal:
        run_schedule(workspace, clock=clock, stop=threading.Event())

    assert refusal.value.fix
    with Ledger(workspace) as ledger:
        assert [row.state for row in ledger.rows()] == ["due", "due"]
