import os
import threading

import pytest

from okxlab.errors import ScheduleError
from okxlab.reports import Ledger, run_due
from okxlab.reports.process import Process

AT = "2026-01-01T00:00:00.000Z"
LATER = "2026-01-02T01:00:00Z"
GONE = Process(os.getpid(), "of another")


def entry(due="2026-01-01T00:00:00Z", **changes):
    return {"schedule": "s", "due": due, "report": "ok", "params": {}, "timeout": 60.0, "state": "due"} | changes


@pytest.fixture
def ledger(workspace):
    with Ledger(workspace) as opened:
        yield opened


def together(count, act):
    """Run ``act`` in threads that start at one moment; give what each returned."""
    gate, found = threading.Barrier(count), []

    def one():
        gate.wait()
        found.append(act())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_ledger_when_opened_is_private_and_survives_power_loss_by_its_settings(workspace, ledger):
    """Only the owner reads it, and a commit is on the disk."""
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert ledger.path.parent.stat().st_mode & 0o777 == 0o700
    assert ledger._base.execute("pragma journal_mode").fetchone()[0] == "wal"
    assert ledger._base.execute("pragma synchronous").fetchone()[0] == 2


def test_ledger_when_many_open_and_claim_at_once_gives_one_the_row(workspace):
    """The primary key decides, also while the file is being made."""

    def claim():
        with Ledger(workspace) as mine:
            return mine.claim(entry(), AT, unless_active=False)

    assert sorted(map(str, together(24, claim))) == ["None"] * 23 + ["due"]


def test_ledger_when_many_begin_a_run_at_once_lets_one(workspace, ledger):
    """However often a child was started for a row, one of them runs."""
    ledger.claim(entry(), AT, unless_active=False)

    def begin():
        with Ledger(workspace) as mine:
            return mine.begin(("s", "2026-01-01T00:00:00Z"), Process.this(), AT)

    assert sum(row is not None for row in together(6, begin)) == 1


def test_ledger_when_a_dead_scheduler_had_taken_a_row_lets_one_other_take_it(ledger):
    """Taking over names whom one takes over from, so that only the first of two succeeds."""
    ledger.claim(entry(), AT, unless_active=False)
    (row,) = ledger.rows()
    assert ledger.take(row, GONE, 1)
    assert not ledger.take(row, Process.this(), 2)

    (row,) = ledger.rows()
    assert ledger.take(row, Process.this(), 3)
    assert not ledger.take(row, Process(1, "of another"), 4)


def test_ledger_when_another_run_is_active_enters_a_strict_row_as_skipped(ledger):
    """Overlap is decided in the transaction that enters the row."""
    assert ledger.claim(entry(), AT, unless_active=True) == "due"
    assert ledger.claim(entry("2026-01-01T00:01:00Z"), AT, unless_active=True) == "skipped"
    assert ledger.claim(entry("2026-01-01T00:02:00Z"), AT, unless_active=False) == "due"
    assert ledger.claim(entry("2026-01-01T00:01:00Z", schedule="other"), AT, unless_active=True) == "due"


def test_ledger_when_a_row_changed_meanwhile_does_not_settle_it(ledger):
    """A scheduler that saw a run alive cannot overwrite the end the run wrote itself."""
    ledger.claim(entry(), AT, unless_active=False)
    seen = ledger.begin(("s", "2026-01-01T00:00:00Z"), Process.this(), AT)

    assert ledger.end(seen, "ok", AT)
    assert not ledger.end(seen, "lost", AT)
    assert [row.state for row in ledger.rows()] == ["ok"]


def test_ledger_when_a_run_is_lost_and_due_again_counts_the_attempt_and_keeps_the_story(ledger):
    """Attempts are a column of the one row; the events tell both."""
    ledger.claim(entry(), AT, unless_active=False)
    key = ("s", "2026-01-01T00:00:00Z")
    ledger.end(ledger.begin(key, GONE, AT), "lost", AT, "gone")

    assert ledger.again(key, AT)
    assert not ledger.again(key, AT)
    again = ledger.begin(key, Process.this(), AT)
    ledger.end(again, "ok", AT)

    (row,) = ledger.rows()
    assert (row.attempt, row.state, row.error) == (2, "ok", None)
    told = [(event["attempt"], event["state"]) for event in ledger.events()]
    assert told == [(1, "due"), (1, "running"), (1, "lost"), (2, "due"), (2, "running"), (2, "ok")]


def test_ledger_when_an_attempt_thought_lost_ends_late_does_not_settle_the_next_one(ledger):
    """Both attempts say running; the process tells which one the row is about."""
    ledger.claim(entry(), AT, unless_active=False)
    key = ("s", "2026-01-01T00:00:00Z")
    first = ledger.begin(key, Process(1, "of another"), AT)
    ledger.end(first, "lost", AT)
    ledger.again(key, AT)
    second = ledger.begin(key, Process.this(), AT)

    assert not ledger.end(first, "ok", AT)
    assert [(row.state, row.attempt) for row in ledger.rows()] == [("running", 2)]
    assert ledger.end(second, "ok", AT)


def test_ledger_when_a_schedule_is_new_is_settled_up_to_now(ledger):
    """What was due before anybody scheduled it was never missed."""
    assert ledger.watch("s", "2026-01-01T00:00:30Z", LATER) == "2026-01-01T00:00:30Z"
    assert ledger.watch("s", "2026-01-02T00:00:00Z", LATER) == "2026-01-01T00:00:30Z"
    ledger.claim(entry("2026-01-01T00:05:00Z"), AT, unless_active=False)
    assert ledger.watch("s", "2026-01-02T00:00:00Z", LATER) == "2026-01-01T00:05:00Z"


def test_ledger_when_the_file_is_not_a_ledger_says_so(workspace):
    """A damaged ledger is named, not overwritten."""
    (workspace / ".okxlab").mkdir()
    (workspace / ".okxlab" / "schedule.db").write_bytes(b"not a database" * 100)

    with pytest.raises(ScheduleError, match="run ledger"):
        Ledger(workspace)


@pytest.mark.parametrize("in_the_way", [".okxlab", ".okxlab/schedule.db/x"])
def test_ledger_when_its_place_is_taken_says_so_and_what_to_do(workspace, in_the_way):
    """A file where the folder belongs, or a folder where the file does, is named with the next step."""
    (workspace / in_the_way).parent.mkdir(parents=True, exist_ok=True)
    (workspace / in_the_way).write_text("")

    with pytest.raises(ScheduleError, match=r"run ledger .*schedule.db cannot be") as refusal:
        Ledger(workspace)

    assert refusal.value.fix


def test_run_due_when_the_row_is_settled_does_nothing(workspace, ledger):
    """A second child of the same due time goes home."""
    ledger.claim(entry(state="missed"), AT, unless_active=False)

    assert run_due("s", "2026-01-01T00:00:00Z", workspace=workspace) is None
    assert not (workspace / "runs").exists()


def test_run_due_when_the_ledger_has_no_such_row_refuses(workspace):
    """A due time nobody entered is not run."""
    with pytest.raises(ScheduleError, match="no run of s"):
        run_due("s", "2026-01-01T00:00:00Z", workspace=workspace)


def test_run_due_when_the_notebook_is_gone_records_the_failure(workspace, ledger):
    """A run that cannot be prepared is a failed row with the reason."""
    ledger.claim(entry(report="vanished"), AT, unless_active=False)

    with pytest.raises(Exception, match="no report called"):
        run_due("s", "2026-01-01T00:00:00Z", workspace=workspace)

    (row,) = ledger.rows()
    assert row.state == "failed"
    assert "no report called" in row.error
