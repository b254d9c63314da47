import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest

from okxlab.reports import Ledger

MINUTES = 5
SCHEDULE = """\
[[schedule]]
name = "minutely"
report = "slow"
cron = "* * * * *"
params = { seconds = 20.0 }
overlap = "queue"
catch_up = "all"
timeout = 120
"""


@pytest.fixture
def scheduler(workspace):
    """Give a starter of the real command; everything ends with the test."""
    running = []

    def start():
        command = [sys.executable, "-m", "okxlab", "report", "schedule", "--workspace", str(workspace)]
        running.append(subprocess.Popen(command))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
    with Ledger(workspace) as ledger:
        for row in ledger.rows("running"):
            row.process.kill()


@pytest.mark.proof
@pytest.mark.timeout(60 * (MINUTES + 5))
def test_schedule_when_its_scheduler_is_killed_twice_in_five_real_minutes_runs_each_minute_once(
    workspace, write_schedule, scheduler, until
):
    """Real minutes, the real command, kill -9 once in mid-run and once with a gap before the next start."""
    write_schedule(SCHEDULE)

    def rows(*states):
        with Ledger(workspace) as ledger:
            return ledger.rows(*states)

    def kill(process):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    first = scheduler()
    (row,) = until(lambda: rows("running"), seconds=90)
    kill(first)
    assert row.process.alive()
    second = scheduler()
    until(lambda: len(rows("ok")) == 2 and rows("ok"), seconds=200)
    kill(second)
    time.sleep(70)
    third = scheduler()
    until(lambda: len(rows("ok")) >= MINUTES, seconds=60 * MINUTES)
    kill(third)
    until(lambda: not rows("running"), seconds=60)

    with Ledger(workspace) as ledger:
        story = ledger.events()
    for event in story:
        print(event["at"], event["due"], event["attempt"], event["state"], event["pid"])
    done = [datetime.fromisoformat(row.due) for row in rows("ok")]
    assert done == [done[0] + timedelta(minutes=number) for number in range(len(done))]
    assert all(
        (row.attempt, row.state) == (1, "ok") for row in rows("ok", "failed", "timeout", "lost", "missed", "skipped")
    )
    begun = [event["due"] for event in story if event["state"] == "running"]
    assert len(begun) == len(set(begun)) == len(list(workspace.glob("runs/slow/*")))
