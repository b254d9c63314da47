"""The scheduler: looks at the clock and the ledger, starts what is due, settles what ended without a word.

It keeps nothing that matters in memory. Runs are processes in sessions of their own; a scheduler that starts while they
live adopts them, and any number of schedulers may work on one ledger.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from okxlab.clock import Clock, SystemClock, iso, utc
from okxlab.reports.archive import FINAL, read_record
from okxlab.reports.child import Child
from okxlab.reports.ledger import Ledger, Row
from okxlab.reports.place import workspace_root
from okxlab.reports.process import Process
from okxlab.reports.schedule import Schedule, read_schedules

GRACE = 30.0  # seconds past its time limit a run gets to interrupt its cell and render before it is killed
LATE = 60.0  # seconds after which a due time counts as missed where nothing is caught up
AHEAD = timedelta(hours=1)  # what the ledger knows later than this from now was entered by a wrong clock
LOOK = 1.0  # seconds between two looks at runs that may have ended
ATTEMPTS = 2


def run_schedule(
    workspace: Path | str | None = None,
    *,
    clock: Clock | None = None,
    stop: threading.Event | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run the workspace's ``schedule.toml`` until told to stop; runs under way then go on by themselves.

    Parameters
    ----------
    workspace
        A folder in the workspace; default the current one.
    clock
        Says what time it is; default the machine's.
    stop
        Ends the loop, within a second, once it is set.
    tell
        Called with one line for each thing that happens.

    Raises
    ------
    ScheduleError
        When the schedule, the ledger or a run's log cannot be used.
    """
    root = workspace_root(workspace)
    schedules = read_schedules(root)
    with Ledger(root) as ledger:
        loop = _Loop(root, schedules, ledger, clock or SystemClock(), tell or (lambda line: None))
        while not (stop is not None and stop.is_set()):
            loop.look()
            loop.rest()


@dataclass
class _Loop:
    root: Path
    schedules: tuple[Schedule, ...]
    ledger: Ledger
    clock: Clock
    tell: Callable[[str], None]
    me: Process = field(default_factory=Process.this)
    children: dict[tuple[str, str], Child] = field(default_factory=dict)
    former: list[Child] = field(default_factory=list)
    next_due: dict[str, datetime] = field(default_factory=dict)
    open_before: set[tuple[str, str]] = field(default_factory=set)
    looked: datetime | None = None
    ahead: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Settle what ended, enter what is due, start what may start."""
        self._collect()
        for row in self.ledger.rows("running"):
            self._settle(row)
        self._announce()
        now = self._moment()
        for schedule in self.schedules:
            self._enter(schedule, now)
        self._start()
        self.open_before = self._open()

    def rest(self) -> None:
        """Wait until something may be due or have ended."""
        until_due = min(self.next_due.values()).timestamp() - self.clock.now_ms() / 1000
        self.clock.sleep(max(0.01, min(until_due, LOOK)))

    def _now(self) -> str:
        return iso(self.clock.now_ms())

    def _collect(self) -> None:
        self.former = [child for child in self.former if not child.ended()]
        for key, child in list(self.children.items()):
            if child.ended():
                del self.children[key]
                row = self.ledger.row(key)
                if row is not None and row.state == "due" and row.starter == self.me:
                    self.ledger.end(row, "failed", self._now(), f"It ended before it began: {child.last_words()}")

    def _settle(self, row: Row) -> None:
        if row.process is None:
            return
        if row.process.alive():
            self._hold_to_limit(row, row.process)
            return
        now = self.ledger.row(row.key)
        if now is None or now.state != "running" or now.process != row.process:
            return
        said = str(read_record(Path(now.folder)).get("status")) if now.folder else ""
        if said in FINAL:
            self.ledger.end(now, said, self._now(), "settled from its run.json")
        elif self.ledger.end(now, "lost", self._now(), "its process is gone") and now.attempt < ATTEMPTS:
            self._line(now, "lost, once more")
            self.ledger.again(row.key, self._now())

    def _hold_to_limit(self, row: Row, process: Process) -> None:
        if row.spawned is None or self.clock.now_ms() - row.spawned < (row.timeout + GRACE) * 1000:
            return
        process.kill()
        self.ledger.end(row, "timeout", self._now(), f"killed {GRACE:g} s after its limit of {row.timeout:g} s")

    def _moment(self) -> datetime:
        """Give the time; when it went back, what was reckoned from a later one is forgotten."""
        now = utc(self.clock.now_ms())
        if self.looked is not None and now < self.looked:
            self.next_due.clear()
        self.looked = now
        return now

    def _enter(self, schedule: Schedule, now: datetime) -> None:
        known = self.next_due.get(schedule.name)
        if known is not None and now < known:
            return
        latest = _stamp(now + AHEAD)
        self._tell_of_ahead(schedule.name, latest)
        settled = datetime.fromisoformat(self.ledger.watch(schedule.name, _stamp(now), latest))
        due = schedule.timetable.between(settled, now)
        for at, state, late in _sorted_out(schedule, due, now):
            self._claim(schedule, at, state, late=late)
        self.next_due[schedule.name] = schedule.timetable.after(now)

    def _tell_of_ahead(self, schedule: str, latest: str) -> None:
        furthest = self.ledger.furthest(schedule)
        if furthest > latest and self.ahead.get(schedule) != furthest:
            self.ahead[schedule] = furthest
            self.tell(f"{schedule}: the ledger knows times up to {furthest}, the clock was ahead; it goes on from now")

    def _claim(self, schedule: Schedule, at: datetime, state: str, *, late: bool) -> None:
        row = {
            "schedule": schedule.name,
            "due": _stamp(at),
            "report": schedule.report,
            "params": dict(schedule.params),
            "timeout": float(schedule.timeout),
            "state": state,
        }
        strict = state == "due" and schedule.overlap == "skip" and not late
        entered = self.ledger.claim(row, self._now(), unless_active=strict)
        if entered in {"missed", "skipped"}:
            self.tell(f"{schedule.name} due {row['due']}: {entered}")

    def _start(self) -> None:
        known = {schedule.name for schedule in self.schedules}
        busy = {row.schedule for row in self.ledger.rows("running")}
        for row in self.ledger.rows("due"):
            if row.schedule in busy:
                continue
            if row.schedule not in known:
                self.ledger.end(row, "skipped", self._now(), "no longer in schedule.toml")
                continue
            busy.add(row.schedule)
            if not self._being_started(row) and self.ledger.take(row, self.me, self.clock.now_ms()):
                if row.key in self.children:  # lost since the last look, and not yet collected
                    self.former.append(self.children[row.key])
                self.children[row.key] = Child.start(self.root, row)
                self._line(row, "started" if row.attempt == 1 else f"started, attempt {row.attempt}")

    def _being_started(self, row: Row) -> bool:
        if row.starter is None:
            return False
        return row.key in self.children if row.starter == self.me else row.starter.alive()

    def _announce(self) -> None:
        for key in sorted(self.open_before - self._open()):
            row = self.ledger.row(key)
            if row is not None:
                self._line(row, row.state)

    def _open(self) -> set[tuple[str, str]]:
        return {row.key for row in self.ledger.rows("due", "running")}

    def _line(self, row: Row, what: str) -> None:
        self.tell(f"{row.schedule} due {row.due}: {what}" + (f" ({row.error})" if row.error else ""))


def _sorted_out(schedule: Schedule, due: list[datetime], now: datetime) -> list[tuple[datetime, str, bool]]:
    """Give for each due time the state it enters with, and whether it is one that is caught up."""
    if schedule.catch_up == "all":
        return [(at, "due", len(due) > 1) for at in due]
    if schedule.catch_up == "last":
        return [(at, "due" if at == due[-1] else "missed", False) for at in due]
    return [(at, "missed" if (now - at).total_seconds() > LATE else "due", False) for at in due]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
