"""The ledger of request limits: one file that every process of this user shares, or the memory of one process."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from okxlab.clock import Clock
from okxlab.config import Workspace
from okxlab.errors import Blocked
from okxlab.exchange.profile import Profile, ProfileName

_FORGOTTEN = 3600.0
_POLL, _POLLS = 0.0002, 50_000  # SQLite's own patience sleeps a tenth of a second at a time
_SCHEMA = """
    pragma journal_mode = wal;
    pragma synchronous = off;
    pragma wal_autocheckpoint = 200;
    create table if not exists kept (name text primary key, written real, state blob) without rowid;
"""


class LedgerLost(Blocked):
    """The ledger cannot be read or written."""


class Record(Protocol):
    """What stands under a name."""

    @classmethod
    def unpack(cls, kept: bytes) -> Self:
        """Read what `pack` wrote."""

    def pack(self) -> bytes:
        """Write it as bytes."""


R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Page(Protocol):
    """The ledger, open for one exclusive change; ``now`` is the machine's monotonic clock, in seconds."""

    now: float

    def find(self, name: str, kind: type[R]) -> R | None:
        """Give what stands under one of the names that the page was opened for."""

    def put(self, name: str, record: Record) -> None:
        """Write it there."""


class Ledger(Protocol):
    """Keeps records by name."""

    def page(self, names: Sequence[str]) -> AbstractContextManager[Page]:
        """Open these names for one change, alone."""

    def look(self, name: str, kind: type[R]) -> R | None:
        """Give what stands under a name, and hold up nobody."""

    def names(self, beginning: str) -> list[str]:
        """Give the names in use that begin so, and hold up nobody."""

    def close(self) -> None:
        """Let it go."""


class MemoryLedger:
    """A ledger for the throttles of one process, such as a simulation's on its virtual clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, Any] = {}
        self.now = 0.0

    def page(self, names: Sequence[str]) -> Self:
        """Open it for one change, alone among all threads."""
        return self

    def __enter__(self) -> Self:
        self._lock.acquire()
        self.now = self._clock.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def find(self, name: str, kind: type[R]) -> R | None:
        """Give what stands under a name."""
        return self._records.get(name)

    look = find

    def names(self, beginning: str) -> list[str]:
        """Give the names in use that begin so."""
        return [name for name in self._records if name.startswith(beginning)]

    def put(self, name: str, record: Record) -> None:
        """Write it there."""
        self._records[name] = record

    def close(self) -> None:
        """Keep it all: others may go on with it."""


class _FilePage:
    def __init__(self, connection: sqlite3.Connection, now: float, names: Sequence[str]) -> None:
        marks = ",".join("?" * len(names))
        rows = connection.execute(f"select name, written, state from kept where name in ({marks})", names)  # noqa: S608 - marks alone
        # what was written later than now is from before the machine restarted
        self._found = {name: state for name, written, state in rows if written <= now}
        self._put: dict[str, Record] = {}
        self.now = now

    def find(self, name: str, kind: type[R]) -> R | None:
        state = self._found.get(name)
        return None if state is None else kind.unpack(state)

    def put(self, name: str, record: Record) -> None:
        self._put[name] = record

    def write(self, connection: sqlite3.Connection) -> None:
        rows = [(name, self.now, record.pack()) for name, record in self._put.items()]
        connection.executemany("insert or replace into kept values (?, ?, ?)", rows)


class FileLedger:
    """The file, opened once a process; after a fork, or when it was removed, it is opened anew."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file, self._path = file, str(file)
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened = (0, 0)
        self._swept = False

    @contextmanager
    def page(self, names: Sequence[str]) -> Iterator[Page]:
        """Open it for one change, alone among all threads and processes.

        Raises
        ------
        LedgerLost
            When it cannot be read or written.
        """
        with self._lock:
            try:
                connection = self._open()
                try:
                    self._begin(connection)
                    # the clock is read here, alone: who came earlier and waited would find what was written after it
                    page = _FilePage(connection, self._clock.monotonic(), names)
                    self._sweep(connection, page.now)
                    yield page
                    page.write(connection)
                    connection.execute("commit")
                except BaseException:
                    connection.rollback()
                    raise
            except (sqlite3.Error, OSError) as error:
                raise self._unusable(error) from None

    def look(self, name: str, kind: type[R]) -> R | None:
        """Give what stands under a name, and hold up nobody."""
        page = self._read(lambda connection: _FilePage(connection, self._clock.monotonic(), [name]))
        return page.find(name, kind)

    def names(self, beginning: str) -> list[str]:
        """Give the names in use that begin so, and hold up nobody."""
        now = self._clock.monotonic()
        find = "select name from kept where substr(name, 1, ?) = ? and written between ? and ?"
        named = (len(beginning), beginning, now - _FORGOTTEN, now)
        return [name for (name,) in self._read(lambda connection: connection.execute(find, named).fetchall())]

    def close(self) -> None:
        """Let the file go; the next change opens it again."""
        with self._lock:
            self._let_go()

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                return query(self._open())
            except (sqlite3.Error, OSError) as error:
                raise self._unusable(error) from None

    def _unusable(self, error: Exception) -> LedgerLost:
        self._let_go()
        return LedgerLost(
            f"The ledger of request limits {self._file} cannot be used ({error}).",
            "Remove that file; it is made anew.",
        )

    def _begin(self, connection: sqlite3.Connection) -> None:
        for _ in range(_POLLS):
            try:
                connection.execute("begin immediate")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                self._clock.sleep(_POLL)
            else:
                return
        raise sqlite3.OperationalError("another process holds it")

    def _let_go(self) -> None:
        # what was opened before a fork is the other process's to close
        if self._connection is not None and self._opened[0] == os.getpid():
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            try:
                if self._opened == self._identity():
                    return self._connection
            except FileNotFoundError:
                pass
            self._let_go()
        connection = sqlite3.connect(self._file, timeout=30, isolation_level=None, check_same_thread=False)
        connection.executescript(_SCHEMA)
        connection.execute("pragma busy_timeout = 0")
        self._connection, self._opened, self._swept = connection, self._identity(), False
        return connection

    def _sweep(self, connection: sqlite3.Connection, now: float) -> None:
        if not self._swept:
            connection.execute("delete from kept where written < ?", (now - _FORGOTTEN,))
            self._swept = True

    def _identity(self) -> tuple[int, int]:
        return os.getpid(), os.stat(self._path).st_ino  # noqa: PTH116 - Path takes twice as long, before every order


def ledger_file(profile: Profile, workspace: Workspace) -> Path:
    """Give the ledger of this user, or of the workspace when the user's state folder cannot be written to.

    OKX counts by key and address, whatever the workspace; a paper exchange is the workspace's own.
    """
    return state_folder(profile.name, workspace) / "limits.db"


def state_folder(profile: ProfileName, workspace: Workspace) -> Path:
    """Give where all processes of this user that trade on a profile meet: a paper exchange is a workspace's own."""
    return workspace.state if profile == "paper" else _user_folder() or workspace.state


def _user_folder() -> Path | None:
    base = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state")
    try:
        folder = base.expanduser() / "okxlab"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except (OSError, RuntimeError):  # no right to write, or no home
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None
