import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from okxlab.reports import Ledger, run_schedule
from okxlab.reports.archive import read_run
from okxlab.reports.process import Process

NEW_YEAR = "2026-01-01T00:00:00Z"
ONCE = '[[schedule]]\nname = "once"\ncron = "0 0 1 1 *"\n'
MINUTELY = '[[schedule]]\nname = "minutely"\ncron = "* * * * *"\n'


class HandClock:
    """Stands still until ``each_rest``, called whenever the scheduler sleeps, moves ``now`` or stops the loop."""

    def __init__(self, now, each_rest):
        self.now, self.each_rest = now, each_rest

    def now_ms(self):
        return int(self.now.timestamp() * 1000)

    def monotonic(self):
        return time.monotonic()

    def sleep(self, seconds):
        time.sleep(0.15)  # often enough to see a run begin, seldom enough to leave it the machine
        self.each_rest(self)


@pytest.fixture
def rows(workspace):
    """Give a reader of the ledger's rows."""

    def read(*states):
        with Ledger(workspace) as ledger:
            return ledger.rows(*states)

    return read


@pytest.fixture
def schedule_until_quiet(workspace, rows):
    """Run the scheduler in this process at a standing time, until no run is open; give the lines it told."""

    def run(now, each_rest=lambda clock: None):
        stop, told = threading.Event(), []

        quiet = []

        def rest(clock):
            each_rest(clock)
            quiet.append(not rows("due", "running"))
            if all(quiet[-2:]):
                stop.set()

        before = psutil.Process().children()
        run_schedule(workspace, clock=HandClock(now, rest), stop=stop, tell=told.append)
        psutil.wait_procs([child for child in psutil.Process().children() if child not in before], timeout=60)
        return told

    return run


def story(workspace):
    with Ledger(workspace) as ledger:
        return [(event["due"], event["attempt"], event["state"]) for event in ledger.events()]


def test_scheduler_when_killed_in_mid_run_leaves_the_run_alive_and_adopts_it(
    workspace, write_schedule, start_scheduler, rows, until
):
    """The run goes on in its own session; the next scheduler sees it end and starts it no second time."""
    write_schedule(f'{ONCE}report = "slow"\nparams = {{ seconds = 3.0 }}')
    first = start_scheduler(minute=2.0)
    (row,) = until(lambda: rows("running"))
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert row.process.alive()

    start_scheduler(minute=2.0)
    (done,) = until(lambda: rows("ok"))

    assert (done.due, done.attempt, done.process) == (NEW_YEAR, 1, row.process)
    assert story(workspace) == [(NEW_YEAR, 1, "due"), (NEW_YEAR, 1, "running"), (NEW_YEAR, 1, "ok")]
    assert len(list(workspace.glob("runs/slow/*"))) == 1


def test_scheduler_when_killed_together_with_the_run_marks_it_lost_and_runs_it_once_more(
    workspace, write_schedule, start_scheduler, rows, until
):
    """The due time gets its one successful run as attempt 2."""
    write_schedule(f'{ONCE}report = "slow"\nparams = {{ seconds = 0.5 }}')
    first = start_scheduler(minute=2.0)
    (row,) = until(lambda: [row for row in rows("running") if row.folder])
    first.kill()
    first.wait()
    row.process.kill()

    start_scheduler(minute=2.0)
    (done,) = until(lambda: rows("ok"))

    assert (done.due, done.attempt) == (NEW_YEAR, 2)
    assert [state for _, _, state in story(workspace)] == ["due", "running", "lost", "due", "running", "ok"]


def test_scheduler_when_two_run_at_once_gives_each_due_time_one_run(
    workspace, write_schedule, start_scheduler, rows, until
):
    """Both look at the same clock and ledger; every minute begins exactly once and none is left out."""
    write_schedule(f'{MINUTELY}report = "no_parameters"\noverlap = "queue"')
    for _ in range(2):
        start_scheduler(minute=2.5)
    until(lambda: len(rows("ok")) >= 2 and rows("running"), seconds=120)

    begun = [due for due, _, state in story(workspace) if state == "running"]
    dues = [datetime.fromisoformat(row.due) for row in rows()]
    assert len(begun) == len(set(begun)) >= 3
    assert dues == [dues[0] + timedelta(minutes=number) for number in range(len(dues))]
    assert {row.attempt for row in rows()} == {1}


def test_scheduler_when_a_run_outlives_its_limit_and_the_grace_kills_it(
    workspace, write_schedule, start_scheduler, rows, until
):
    """A run that does not end itself is ended, with everything it started."""
    write_schedule(f'{MINUTELY}report = "stubborn"\ntimeout = 90')
    start_scheduler(minute=2.0)
    row = until(lambda: rows("timeout"))[0]

    assert "killed 30 s after its limit of 90 s" in row.error
    assert not row.process.alive()


def test_scheduler_when_a_report_fails_notes_the_cell_and_goes_on(rows, write_schedule, schedule_until_quiet):
    """The child writes its own end; the scheduler tells it."""
    write_schedule(f'{MINUTELY}report = "broken"')
    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))
    told = schedule_until_quiet(datetime(2026, 1, 1, 0, 1, 0, tzinfo=UTC))

    (row,) = rows()
    assert row.state == "failed"
    assert "ZeroDivisionError in cell 3 of broken" in row.error
    assert told[0] == "minutely due 2026-01-01T00:01:00Z: started"
    assert told[-1].startswith("minutely due 2026-01-01T00:01:00Z: failed (ZeroDivisionError")


def test_scheduler_when_the_child_cannot_even_begin_notes_its_last_words(
    rows, write_schedule, schedule_until_quiet, monkeypatch
):
    """A broken installation is a failed run with a reason, not one that is due for ever."""
    write_schedule(f'{MINUTELY}report = "ok"')
    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    schedule_until_quiet(datetime(2026, 1, 1, 0, 1, 0, tzinfo=UTC))

    (row,) = rows()
    assert row.state == "failed"
    assert "ended before it began: exit code 1" in row.error


def test_scheduler_when_it_was_down_catches_up_as_told(rows, write_schedule, schedule_until_quiet):
    """Two due times passed, the last of them half a minute ago; the report learns which it stands for."""
    kinds = ("last", "none", "all")
    write_schedule(
        "".join(f'{MINUTELY.replace("minutely", kind)}report = "ok"\ncatch_up = "{kind}"\n' for kind in kinds)
    )
    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))
    schedule_until_quiet(datetime(2026, 1, 1, 0, 2, 30, tzinfo=UTC))

    states = {kind: [(row.due[14:16], row.state) for row in rows() if row.schedule == kind] for kind in kinds}
    assert states == {
        "last": [("01", "missed"), ("02", "ok")],
        "none": [("01", "missed"), ("02", "ok")],
        "all": [("01", "ok"), ("02", "ok")],
    }
    assert all(read_run(Path(row.folder)).parameters == {"due": row.due} for row in rows("ok"))


def test_scheduler_when_nothing_is_caught_up_leaves_a_late_due_time_out(rows, write_schedule, schedule_until_quiet):
    """More than a minute late is missed."""
    write_schedule('[[schedule]]\nname = "hourly"\ncron = "0 * * * *"\nreport = "ok"\ncatch_up = "none"')
    schedule_until_quiet(datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
    schedule_until_quiet(datetime(2026, 1, 1, 1, 2, tzinfo=UTC))

    assert [row.state for row in rows()] == ["missed"]


def test_scheduler_when_a_run_is_due_while_another_runs_skips_or_queues(rows, write_schedule, schedule_until_quiet):
    """The second minute comes while the first one's runs are under way; two of a schedule never run side by side."""
    kinds = ("skip", "queue")
    slow = 'report = "slow"\nparams = { seconds = 0.5 }'
    write_schedule("".join(f'{MINUTELY.replace("minutely", kind)}{slow}\noverlap = "{kind}"\n' for kind in kinds))
    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))
    minute_two = datetime(2026, 1, 1, 0, 2, tzinfo=UTC)

    def second_minute_comes(clock):
        busy = [row.schedule for row in rows("running")]
        assert len(busy) == len(set(busy))
        if len(busy) == len(kinds):
            clock.now = minute_two

    schedule_until_quiet(datetime(2026, 1, 1, 0, 1, tzinfo=UTC), second_minute_comes)

    first, second = ({row.schedule: row for row in rows() if row.due[14:16] == minute} for minute in ("01", "02"))
    assert [first[kind].state for kind in kinds] == ["ok", "ok"]
    assert [second[kind].state for kind in kinds] == ["skipped", "ok"]
    assert second["queue"].started >= first["queue"].ended


def test_scheduler_when_a_run_ended_but_could_not_tell_the_ledger_reads_its_record(
    workspace, rows, write_schedule, schedule_until_quiet
):
    """run.json is written before the ledger; a child killed between the two has succeeded and is not run again."""
    write_schedule(f'{MINUTELY}report = "ok"')
    folder = workspace / "runs" / "ok" / "x"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"status": "ok"}')
    key = ("minutely", "2026-01-01T00:00:00Z")
    entry = {"schedule": key[0], "due": key[1], "report": "ok", "params": {}, "timeout": 60.0, "state": "due"}
    with Ledger(workspace) as ledger:
        ledger.claim(entry, key[1], unless_active=False)
        ledger.begin(key, Process(os.getpid(), "of another"), key[1])
        ledger.file(key, folder)

    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))

    (row,) = rows()
    assert (row.state, row.attempt) == ("ok", 1)


def test_scheduler_when_a_schedule_was_removed_leaves_its_waiting_runs_out(
    workspace, rows, write_schedule, schedule_until_quiet
):
    """What was due for a schedule that is gone is not run."""
    write_schedule(f'{MINUTELY}report = "ok"')
    entry = {"schedule": "old", "due": NEW_YEAR, "report": "ok", "params": {}, "timeout": 60.0, "state": "due"}
    with Ledger(workspace) as ledger:
        ledger.claim(entry, NEW_YEAR, unless_active=False)

    schedule_until_quiet(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC))

    (row,) = rows()
    assert (row.state, row.error) == ("skipped", "no longer in schedule.toml")


def test_process_when_it_ended_and_was_not_collected_is_not_alive():
    """A zombie keeps its id and runs nothing."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    process = Process.of(pid)
    while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)

    assert not process.alive()
    os.waitpid(pid, 0)


def test_process_when_its_id_was_given_to_another_is_not_alive():
    """The id alone does not tell a process."""
    assert Process.this().alive()
    assert not Process(os.getpid(), f"{Process.this().created}0").alive()
