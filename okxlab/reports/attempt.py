"""One attempt at one due time, in a process of its own that outlives the scheduler and settles the ledger itself."""

from pathlib import Path

from okxlab.clock import SystemClock, iso
from okxlab.errors import OkxlabError, ScheduleError
from okxlab.reports.archive import FINAL, Run, read_record
from okxlab.reports.ledger import Ledger, Row
from okxlab.reports.place import workspace_root
from okxlab.reports.process import Process
from okxlab.reports.redaction import Redactor
from okxlab.reports.runner import perform, prepare


def run_due(schedule: str, due: str, *, workspace: Path | str | None = None) -> Run | None:
    """Run what the ledger has down for a schedule's due time.

    Parameters
    ----------
    schedule, due
        The row's key, as the ledger writes it.
    workspace
        A folder in the workspace; default the current one.

    Returns
    -------
    Run or None
        None when there is nothing to do: the row is being run by another process or is settled.

    Raises
    ------
    ScheduleError
        When the ledger has no such row.
    ReportError, ParameterError, NotebookFailed
        As ``run_report``; the ledger has it too.
    """
    root = workspace_root(workspace)
    clock = SystemClock()
    with Ledger(root) as ledger:
        key = (schedule, due)
        if ledger.row(key) is None:
            raise ScheduleError(f"The ledger has no run of {schedule} due {due}.", "See okxlab report list.")
        row = ledger.begin(key, Process.this(), iso(clock.now_ms()))
        if row is None:
            return None
        try:
            job = prepare(row.report, row.params, workspace=root, timeout=row.timeout, due=due)
            ledger.file(key, job.folder)
            run = perform(job)
        except KeyboardInterrupt:
            ledger.end(row, "failed", iso(clock.now_ms()), "interrupted by hand")
            raise
        except OkxlabError as error:
            ledger.end(row, _state(ledger, row), iso(clock.now_ms()), str(error))
            raise
        except Exception as error:  # the report runner's border: whatever ended a run settles its row
            what = Redactor().text(f"{type(error).__name__}: {error}")
            ledger.end(row, _state(ledger, row), iso(clock.now_ms()), what)
            raise
        ledger.end(row, run.status, iso(clock.now_ms()))
        return run


def _state(ledger: Ledger, row: Row) -> str:
    now = ledger.row(row.key)
    if now is None or now.folder is None:
        return "failed"
    said = str(read_record(Path(now.folder)).get("status"))
    return said if said in FINAL and said != "ok" else "failed"
