"""Notebook reports: run with checked parameters, kept in an archive, read as one page, repeated by a schedule.

Names are loaded when first used: a report's kernel that only notes a figure does not wait for the runner.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from okxlab.reports.archive import Run, list_runs
    from okxlab.reports.attempt import run_due
    from okxlab.reports.catalog import known_reports
    from okxlab.reports.ledger import Ledger
    from okxlab.reports.results import note
    from okxlab.reports.runner import run_report
    from okxlab.reports.schedule import Schedule, read_schedules
    from okxlab.reports.scheduler import run_schedule

__all__ = [
    "Ledger",
    "Run",
    "Schedule",
    "known_reports",
    "list_runs",
    "note",
    "read_schedules",
    "run_due",
    "run_report",
    "run_schedule",
]

_HOMES = {
    "Ledger": "ledger",
    "Run": "archive",
    "Schedule": "schedule",
    "known_reports": "catalog",
    "list_runs": "archive",
    "note": "results",
    "read_schedules": "schedule",
    "run_due": "attempt",
    "run_report": "runner",
    "run_schedule": "scheduler",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
