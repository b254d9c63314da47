"""The run ledger: one row for each due time of each schedule, on disk before anything starts.

A row is claimed by being inserted, begun by the run's own process and ended by it; every change is one transaction
with its condition in it, so that two schedulers, or one killed at any moment, never make two runs of one due time.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from okxlab.clock import SystemClock
from okxlab.errors import ScheduleError
from okxlab.reports.ledger_base import open_base
from okxlab.reports.private_file import private_folder
from okxlab.reports.process import Process

FILE = "schedule.db"
STATES = ("due", "running", "ok", "failed", "timeout", "lost", "missed", "skipped")


@dataclass(frozen=True)
class Row:
    """One due time of one schedule; times are ISO 8601, UTC."""

    schedule: str
    due: str
    report: str
    params: Mapping[str, Any]
    timeout: float
    state: str
    attempt: int
    starter: Process | None
    spawned: int | None
    process: Process | None
    started: str | None
    ended: str | None
    folder: str | None
    error: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Give what tells it from all others."""
        return self.schedule, self.due


class Ledger:
    """The ledger of a workspace, ``.okxlab/schedule.db``.

    Raises
    ------
    ScheduleError
        When the file cannot be opened or is not a ledger.
    """

    def __init__(self, workspace: Path) -> None:
        self.path = workspace / ".okxlab" / FILE
        try:
            private_folder(self.path.parent)
            self.path.touch(mode=0o600)
            self._base = open_base(self.path, SystemClock())
        except sqlite3.Error as error:
            raise ScheduleError(f"The run ledger {self.path} cannot be opened: {error}.", "Move it away.") from None
        except OSError as error:
            raise ScheduleError(
                f"The run ledger {self.path} cannot be made ({error.strerror}).",
                "Make .okxlab a folder you may write to, or name another workspace.",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def watch(self, schedule: str, now: str, latest: str) -> str:
        """Give the due time up to which a schedule is settled; a new one is settled up to now.

        What lies after ``latest`` was entered by a clock that was ahead and settles nothing.
        """
        with self._change():
            self._base.execute(
                "insert into watched (schedule, since) values (?, ?) "
                "on conflict (schedule) do update set since = excluded.since where since > ?",
                (schedule, now, latest),
            )
            settled = self._base.execute(
                "select max(due) from (select due from run where schedule = ? and due <= ? "
                "union all select since from watched where schedule = ?)",
                (schedule, latest, schedule),
            ).fetchone()[0]
        return str(settled)

    def furthest(self, schedule: str) -> str:
        """Give the latest time the ledger knows of a schedule; empty for a new one."""
        return str(
            self._base.execute(
                "select coalesce(max(due), '') from (select due from run where schedule = ? "
                "union all select since from watched where schedule = ?)",
                (schedule, schedule),
            ).fetchone()[0]
        )

    def claim(self, row: Mapping[str, Any], now: str, *, unless_active: bool) -> str | None:
        """Enter a due time; give its state (``skipped`` if it may not join an active run), None if it was there."""
        with self._change():
            busy = self._base.execute(
                "select 1 from run where schedule = ? and due <> ? and state in ('due', 'running')",
                (row["schedule"], row["due"]),
            ).fetchone()
            state = "skipped" if unless_active and busy else row["state"]
            values = (row["schedule"], row["due"], row["report"], json.dumps(row["params"]), row["timeout"], state)
            entered = self._base.execute(
                "insert or ignore into run (schedule, due, report, params, timeout, state) values (?, ?, ?, ?, ?, ?)",
                values,
            ).rowcount
            if entered:
                self._tell(row["schedule"], row["due"], now)
        return state if entered else None

    def take(self, row: Row, starter: Process, now_ms: int) -> bool:
        """Take over the starting of a row nobody else starts; whether it worked."""
        seen = (row.starter.pid, row.starter.created) if row.starter else (None, None)
        return self._set(
            "starter = ?, starter_created = ?, spawned = ?",
            (starter.pid, starter.created, now_ms),
            "state = 'due' and starter is ? and starter_created is ?",
            seen,
            row.key,
        )

    def begin(self, key: tuple[str, str], process: Process, now: str) -> Row | None:
        """Let the run's own process begin; give the row, or None when another has begun it."""
        begun = self._set(
            "state = 'running', pid = ?, pid_created = ?, started = ?, ended = null, error = null",
            (process.pid, process.created, now),
            "state = 'due'",
            (),
            key,
            told=now,
        )
        return self.row(key) if begun else None

    def file(self, key: tuple[str, str], folder: Path) -> None:
        """Note the run's folder."""
        self._set("folder = ?", (str(folder),), "state = 'running'", (), key)

    def end(self, row: Row, state: str, now: str, error: str | None = None) -> bool:
        """Settle a row as it was seen (same state, same process); whether nobody was faster."""
        pid = row.process.pid if row.process else None
        return self._set(
            "state = ?, ended = ?, error = ?",
            (state, now, error),
            "state = ? and pid is ?",
            (row.state, pid),
            row.key,
            told=now,
        )

    def again(self, key: tuple[str, str], now: str) -> bool:
        """Make a lost run due once more, as the next attempt; whether nobody was faster."""
        return self._set(
            "state = 'due', attempt = attempt + 1, starter = null, starter_created = null, spawned = null, pid = null, "
            "pid_created = null",
            (),
            "state = 'lost'",
            (),
            key,
            told=now,
        )

    def row(self, key: tuple[str, str]) -> Row | None:
        """Give one row."""
        found = self._base.execute("select * from run where schedule = ? and due = ?", key).fetchone()
        return None if found is None else _row(found)

    def rows(self, *states: str) -> list[Row]:
        """Give the rows in these states (default all), by due time."""
        marks = ", ".join("?" for _ in (states or STATES))
        query = f"select * from run where state in ({marks}) order by due, schedule"  # noqa: S608 - question marks only
        return [_row(found) for found in self._base.execute(query, states or STATES)]

    def events(self) -> list[dict[str, Any]]:
        """Give every change of state so far, in order."""
        return [dict(found) for found in self._base.execute("select * from event order by id")]

    @contextmanager
    def _change(self) -> Iterator[None]:
        try:
            self._base.execute("begin immediate")
            yield
            self._base.execute("commit")
        except sqlite3.Error as error:
            raise ScheduleError(f"The run ledger {self.path} cannot be written: {error}.", "Free the disk.") from None
        finally:
            if self._base.in_transaction:
                self._base.execute("rollback")

    def _set(
        self,
        change: str,
        values: tuple[Any, ...],
        condition: str,
        seen: tuple[Any, ...],
        key: tuple[str, str],
        *,
        told: str | None = None,
    ) -> bool:
        query = f"update run set {change} where schedule = ? and due = ? and {condition}"  # noqa: S608 - words of this file
        with self._change():
            changed = self._base.execute(query, (*values, *key, *seen)).rowcount == 1
            if changed and told is not None:
                self._tell(*key, told)
        return changed

    def _tell(self, schedule: str, due: str, now: str) -> None:
        self._base.execute(
            "insert into event (at, schedule, due, attempt, state, pid, error) "
            "select ?, schedule, due, attempt, state, pid, error from run where schedule = ? and due = ?",
            (now, schedule, due),
        )


def _row(found: sqlite3.Row) -> Row:
    values = dict(found)
    values["params"] = json.loads(values["params"])
    values["starter"] = _process(values.pop("starter"), values.pop("starter_created"))
    values["process"] = _process(values.pop("pid"), values.pop("pid_created"))
    return Row(**values)


def _process(pid: int | None, created: str | None) -> Process | None:
    return None if pid is None or created is None else Process(pid, str(created))
