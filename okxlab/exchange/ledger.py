"""The ledger of request limits: one file that every process of this user shares."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from okxlab.clock import Clock
from okxlab.config import Workspace
from okxlab.errors import Blocked
from okxlab.exchange.profile import Profile

Place = tuple[str, int]  # a limit's name, and one of the places that its last requests stand in

_RECOVERY = 30.0  # seconds in which half of a stretch is forgiven
_FORGOTTEN = 3600.0
_SCHEMA = """
    pragma journal_mode = wal;
    pragma synchronous = off;
    create table if not exists pace (
        name text primary key, free real, next int, stretch real, since real, written real) without rowid;
    create table if not exists sent (
        name text, place int, moment real, answered real, primary key (name, place)) without rowid;
"""


@dataclass(slots=True)
class Pace:
    """Where one limit stands: its next free moment and request, and how much slower than allowed it went since when."""

    free: float
    next: int = 0
    stretch: float = 0.0
    since: float = 0.0

    def stretched(self, now: float) -> float:
        """Give what is left of the stretch."""
        return float(self.stretch * 0.5 ** ((now - self.since) / _RECOVERY))


class Page:
    """The ledger, open for one exclusive change; times are seconds of the machine's monotonic clock."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        self._connection = connection
        self.now = now

    def pace(self, name: str) -> Pace:
        """Give where a limit stands; what was written later than now is from before the machine restarted."""
        find = "select free, next, stretch, since, written from pace where name = ?"
        row = self._connection.execute(find, (name,)).fetchone()
        if row is not None and row[-1] <= self.now:
            return Pace(*row[:-1])
        self._connection.execute("delete from sent where name = ?", (name,))
        return Pace(self.now)

    def put(self, name: str, pace: Pace) -> None:
        """Write where a limit stands."""
        row = (name, pace.free, pace.next, pace.stretch, pace.since, self.now)
        self._connection.execute("insert or replace into pace values (?, ?, ?, ?, ?, ?)", row)

    def arrival(self, place: Place, trip: float) -> float | None:
        """Give the latest moment at which the request in a place may have arrived; None when there was none."""
        find = "select max(moment, answered - ?) from sent where name = ? and place = ?"
        row = self._connection.execute(find, (trip, *place)).fetchone()
        return None if row is None else row[0]

    def sent(self, places: Iterable[Place], moment: float, answered: float) -> None:
        """Put a request in its places."""
        rows = [(*place, moment, answered) for place in places]
        self._connection.executemany("insert or replace into sent values (?, ?, ?, ?)", rows)

    def answered(self, places: Iterable[Place]) -> None:
        """Note that the request in these places is answered now."""
        rows = [(self.now, *place) for place in places]
        self._connection.executemany("update sent set answered = ? where name = ? and place = ?", rows)


class Ledger:
    """The file, opened once a process; after a fork, or when it was removed, it is opened anew."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = (0, 0)

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Open it for one change, alone among all threads and processes.

        Raises
        ------
        Blocked
            When it cannot be read or written.
        """
        with self._lock:
            try:
                connection = self._open()
                connection.execute("begin immediate")
                try:
                    # read here, alone: who came earlier and waited would find what was written later than its now
                    yield Page(connection, self._clock.monotonic())
                finally:
                    connection.execute("commit")
            except (sqlite3.Error, OSError) as error:
                self._let_go()
                raise Blocked(
                    f"The ledger of request limits {self._file} cannot be used ({error}).",
                    "Remove that file; it is made anew.",
                ) from None

    def close(self) -> None:
        """Let the file go; the next change opens it again."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        # what was opened before a fork is the other process's to close
        if self._connection is not None and self._opened[0] == os.getpid():
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._file.exists() and self._opened == self._identity():
                return self._connection
            self._let_go()
        connection = sqlite3.connect(self._file, timeout=30, isolation_level=None, check_same_thread=False)
        connection.executescript(_SCHEMA)
        connection.execute("delete from pace where written < ?", (self._clock.monotonic() - _FORGOTTEN,))
        connection.execute("delete from sent where name not in (select name from pace)")
        self._connection, self._opened = connection, self._identity()
        return connection

    def _identity(self) -> tuple[int, int]:
        return os.getpid(), self._file.stat().st_ino


def ledger_file(profile: Profile, workspace: Workspace) -> Path:
    """Give the ledger of this user, or of the workspace when the user's state folder cannot be written to.

    OKX counts by key and address, whatever the workspace; a paper exchange is the workspace's own.
    """
    folder = workspace.state if profile.name == "paper" else _user_folder() or workspace.state
    return folder / "limits.db"


def _user_folder() -> Path | None:
    base = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state")
    try:
        folder = base.expanduser() / "okxlab"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except (OSError, RuntimeError):  # no right to write, or no home
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None
