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
LEFT_OUT = '[[schedule]]\nname = "hourly"\ncron = "0 * * * *"\nreport = "ok"\ncatch_up = "none"\n'
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
        for entry in Path("/proc").iterdir():
            if entry.name != "stat":
                (proc / entry.name).symlink_to(entry)
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


def test_scheduler_when_the_clock_was_ahead_when_it_began_goes_on_after_the_correction(
    workspace, write_schedule, look_at
):
    """Neither the scheduler that saw the wrong year nor the next one waits for it to come."""
    write_schedule(LEFT_OUT)
    told = look_at("2030-01-01T00:30:00Z", "2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z")
    look_at("2026-01-01T02:30:00Z")

    assert "hourly: the ledger knows times up to 2030-01-01T00:30:00Z" in told[0]
    with Ledger(workspace) as ledger:
        assert [row.due for row in ledger.rows()] == ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]


def test_scheduler_when_the_clock_was_ahead_for_a_while_catches_up_from_before_and_repeats_nothing(
    workspace, write_schedule, look_at
):
    """What the wrong clock entered stays entered once, and does not hide what came due before it."""
    write_schedule(LEFT_OUT)
    look_at("2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z", "2026-01-01T04:30:00Z")
    told = look_at(*(f"2026-01-01T0{hour}:30:00Z" for hour in (1, 2, 3, 4, 5)))

    assert len([line for line in told if "the clock was ahead" in line]) == 1
    with Ledger(workspace) as ledger:
        assert [row.due[11:13] for row in ledger.rows()] == ["01", "02", "03", "04", "05"]
        assert len(ledger.events()) == 5


def test_scheduler_when_the_clock_is_set_back_a_little_neither_tells_nor_repeats(workspace, write_schedule, look_at):
    """An hour's worth of correction is everyday: the due times it covers have run."""
    write_schedule(LEFT_OUT)
    told = look_at("2026-01-01T00:30:00Z", "2026-01-01T01:20:00Z", "2026-01-01T00:50:00Z", "2026-01-01T01:20:00Z")

    assert told == ["hourly due 2026-01-01T01:00:00Z: missed"]
