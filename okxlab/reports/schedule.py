"""``schedule.toml``: which reports run when, read whole and checked whole before anything starts."""

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from okxlab.errors import OkxlabError, ScheduleError
from okxlab.reports.catalog import check_name, find_notebook
from okxlab.reports.parameters import check_parameters
from okxlab.reports.timetable import Timetable

FILE = "schedule.toml"
CATCH_UP, OVERLAP = ("all", "last", "none"), ("queue", "skip")
EXAMPLE = '[[schedule]]\nname = "morning"\nreport = "daily_health"\ncron = "30 6 * * *"\n'


@dataclass(frozen=True)
class Schedule:
    """One ``[[schedule]]`` table.

    Attributes
    ----------
    name, report
        The schedule's own name and the report it runs.
    cron, tz
        Five cron fields, read in this time zone.
    params
        Handed to the report at each run; the due time comes besides as ``due`` to a report that declares it.
    catch_up
        What becomes of due times that passed while no scheduler ran: the ``last`` is run, ``none``, or ``all`` in turn.
    overlap
        A run that is due while the one before still runs is left out (``skip``) or waits (``queue``).
    timeout
        Seconds a run may take.
    """

    name: str
    report: str
    cron: str
    tz: str = "UTC"
    params: Mapping[str, Any] = field(default_factory=dict)
    catch_up: str = "last"
    overlap: str = "skip"
    timeout: float = 3600.0

    @property
    def timetable(self) -> Timetable:
        """Give its due times."""
        return Timetable(self.cron, self.tz)


def read_schedules(workspace: Path) -> tuple[Schedule, ...]:
    """Read and check the ``schedule.toml`` at the top of a workspace.

    Raises
    ------
    ScheduleError
        When it is absent, is not TOML, or anything in it cannot be run: the message names the schedule and the value.
    """
    file = workspace / FILE
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScheduleError(f"There is no {FILE} in {workspace}.", f"Make one that begins:\n{EXAMPLE}") from None
    except (OSError, ValueError) as error:
        raise ScheduleError(f"{file} cannot be read: {error}.", "Mend that line.") from None
    _known(content, ("schedule",), FILE)
    tables = content.get("schedule")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ScheduleError(f"{FILE} holds no [[schedule]] table.", f"Add one:\n{EXAMPLE}")
    schedules = tuple(_schedule(table, number, workspace) for number, table in enumerate(tables, 1))
    names = [schedule.name for schedule in schedules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScheduleError(f"Two schedules are called {twice!r}.", "Give each a name of its own.")
    return schedules


def _schedule(table: dict[str, Any], number: int, workspace: Path) -> Schedule:
    where = f"Schedule {table.get('name', f'number {number}')!r}"
    _known(table, tuple(part.name for part in fields(Schedule)), where)
    for name in ("name", "report", "cron"):
        if name not in table:
            raise ScheduleError(f"{where} has no {name}.", f'Add {name} = "…".')
    for name in ("name", "report", "cron", "tz"):
        _text(table, name, where)
    _choice(table, "catch_up", CATCH_UP, where)
    _choice(table, "overlap", OVERLAP, where)
    _timeout(table, where)
    _runnable(table, where, workspace)
    return Schedule(**table)


def _known(table: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(names)}."
            raise ScheduleError(f"{where} has an unknown key {name!r}.", hint)


def _text(table: Mapping[str, Any], name: str, where: str) -> None:
    if not isinstance(table.get(name, ""), str):
        raise ScheduleError(f"{where} has {name} = {table[name]!r}, which is not text.", "Put it in quotes.")


def _choice(table: Mapping[str, Any], name: str, choices: tuple[str, ...], where: str) -> None:
    if name in table and table[name] not in choices:
        raise ScheduleError(f"{where} has {name} = {table[name]!r}.", f"Choose one of {', '.join(choices)}.")


def _timeout(table: Mapping[str, Any], where: str) -> None:
    timeout = table.get("timeout", 1)
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or not math.isfinite(timeout) or timeout <= 0:
        raise ScheduleError(f"{where} has timeout = {timeout!r}.", "Give seconds, more than 0.")


def _runnable(table: Mapping[str, Any], where: str, workspace: Path) -> None:
    params = table.get("params", {})
    if not isinstance(params, dict):
        raise ScheduleError(f"{where} has params = {params!r}.", "Write params = { name = value }.")
    if "due" in params:
        raise ScheduleError(f"{where} sets the parameter due, which is the scheduler's.", "Remove it from params.")
    try:
        check_name(table["name"], "schedule")
        Timetable(table["cron"], table.get("tz", "UTC"))
        check_parameters(find_notebook(table["report"], workspace), params)
    except OkxlabError as error:
        raise ScheduleError(f"{where}: {error.what}", error.fix) from None
