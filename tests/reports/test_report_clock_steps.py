import os
import threading
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from okxlab.reports import Ledger, run_schedule
from okxlab.reports.archive import read_run
from okxlab.reports.process import Process

MINUTELY = '[[schedule]]\nname = "minutely"\ncron = "* * * * *"\nreport = "ok"\ncatch_up = "none"\n'
KEY = ("minutely", "2026-01-01T00:01:00Z")


class SteppedClock:
    """Shows one of ``moments`` after the other, a look each, and stops the scheduler after the last."""

    def __init__(self, *moments):
        self.moments, self.stop = list(moments), threading.Event()

    def now_ms(self):
        return int(datetime.fromisoformat(self.moments[0]).timestamp() * 1000)

    def monotonic(self):
        return self.now_ms() / 1000

    def sleep(self, seconds):
        if self.moments[1:]:
            del self.moments[0]
        else:
            self.stop.set()


@pytest.fixture
def look_at(workspace):
    """Run the scheduler in this process through these moments, one look at each; give the lines it told."""

    def run(*moments):
        clock, told = SteppedClock(*moments), []
        run_schedule(workspace, clock=clock, stop=clock.stop, tell=told.append)
        return told

    return run


@pytest.fixture
def step_machine_clock(tmp_path, monkeypatch):
    """Move the boot time that creation times rest on, as setting the machine's clock does."""

    def step(seconds):
        proc = tmp_path / f"proc{seconds}"
        proc.mkdir()
        for name in os.listdir("/proc"):
            if name != "stat":
                (proc / name).symlink_to(f"/proc/{name}")
        lines = Path("/proc/stat").read_text().splitlines()
        moved = [f"btime {int(line.split()[1]) + seconds}" if line.startswith("btime") else line for line in lines]
        (proc / "stat").write_text("\n".join(moved) + "\n")
        monkeypatch.setattr(psutil, "PROCFS_PATH", str(proc))

    return step


@pytest.fixture
def sleeper():
    """Give a process that lives as long as the test."""
    pid = os.posix_spawnp("sleep", ["sleep", "60"], os.environ)
    yield Process.of(pid)
    os.kill(pid, 9)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("seconds", [-3600, -3, 5, 86_400])
def test_process_when_the_clock_is_stepped_stays_alive(sleeper, step_machine_clock, seconds):
    """A process is the same one whatever time it is."""
    made = psutil.Process(sleeper.pid).create_time()
    step_machine_clock(seconds)

    assert abs(psutil.Process(sleeper.pid).create_time() - made - seconds) < 1.5
    assert sleeper.alive()
    assert sleeper == Process.of(sleeper.pid)


def test_scheduler_when_the_clock_is_stepped_does_not_start_a_living_run_again(
    workspace, write_schedule, look_at, sleeper, step_machine_clock
):
    """The run stays the one run of its due time, as its first attempt, in the ledger and in run.json."""
    write_schedule(MINUTELY)
    folder = workspace / "runs" / "ok" / "x"
    folder.mkdir(parents=True)
    entry = {"schedule": KEY[0], "due": KEY[1], "report": "ok", "params": {}, "timeout": 3600.0, "state": "due"}
    with Ledger(workspace) as ledger:
        ledger.claim(entry, KEY[1], unless_active=False)
        ledger.begin(KEY, sleeper, KEY[1])
    step_machine_clock(-3)

    told = look_at("2026-01-01T00:01:07Z", "2026-01-01T00:01:04Z")

    assert told == []
    with Ledger(workspace) as ledger:
        (row,) = ledger.rows()
        assert (row.state, row.attempt, row.process) == ("running", 1, sleeper)


def test_run_when_the_clock_is_stepped_while_it_runs_is_not_lost(workspace, sleeper, step_machine_clock):
    """run.json keeps the same mark of the process as the ledger does."""
    folder = workspace / "runs" / "ok" / "x"
    folder.mkdir(parents=True)
    process = f'{{"pid": {sleeper.pid}, "created": "{sleeper.created}"}}'
    (folder / "run.json").write_text(
        '{"report": "ok", "status": "running", "started": "2026-01-01T00:01:00.000Z", "seconds": null, '
        f'"parameters": {{}}, "results": {{}}, "error": null, "process": {process}}}'
    )
    step_machine_clock(86_400)

    assert read_run(folder).status == "running"
