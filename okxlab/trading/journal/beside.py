"""The other journals in a folder, read beside their writers, and the turn of one writer among them.

A journal is read when its size changed. One that its reader does not call lively is looked at only after somebody made
a mark: a writer does with its first order, and with each an hour after its last mark.
"""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from okxlab.clock import Clock
from okxlab.errors import JournalError, OrderHeld
from okxlab.trading.journal.frame import NOTHING, Frames
from okxlab.trading.journal.header import Header
from okxlab.trading.journal.reader import read_on

_ENDING = ".journal"
_MARKED_MS = 3_600_000  # less than what makes a journal quiet
_PAUSE, _PATIENCE = 0.001, 5.0

_Version = tuple[int, int]


class FilesBeside:
    """The journals in one writer's folder but its own.

    Parameters
    ----------
    state
        The workspace's state folder.
    whose
        The writer. Journals of a paper exchange that is gone are left out, those of another host of OKX are not.
    """

    def __init__(self, state: Path, whose: Header, clock: Clock) -> None:
        self._own = whose.place(state)
        self._folder = str(self._own.parent)
        self._lock = f"{self._folder}/turn.lock"
        self._whose = whose
        self._clock = clock
        self._marks_seen = -1
        self._read: dict[str, tuple[_Version, Frames]] = {}
        self._gone: dict[str, int] = {}  # by name, the file: another one may take the name
        self._marked_ms = 0

    def news(self, lively: Collection[str]) -> Iterator[tuple[str, list[bytes]]]:
        """Give what the others hold that was not given before, by strategy.

        What was given is given again if its taker failed.

        Raises
        ------
        JournalError
            When one that is lively is gone, or one is damaged or another one by now.
        """
        try:
            marks, names = self._marks(), list(lively)
            if marks != self._marks_seen:
                names = list(dict.fromkeys((*names, *self._there())))
            for name in names:
                yield from self._grown(name)
        except OSError as error:
            raise _unusable(error, self._folder) from None
        self._marks_seen = marks

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep the writers of the other journals from writing down an order for as long as the block takes.

        Raises
        ------
        OrderHeld
            When another one does not come to its end.
        JournalError
            When the folder cannot be used.
        """
        lock = self._take()
        try:
            yield
            self._mark(lock)
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # a process that was forked meanwhile has the file open, too
            os.close(lock)

    def _there(self) -> list[str]:
        with os.scandir(self._folder) as found:
            names = [entry.name.removesuffix(_ENDING) for entry in found if entry.name.endswith(_ENDING)]
        return [name for name in names if name != self._whose.strategy]

    def _grown(self, name: str) -> Iterator[tuple[str, list[bytes]]]:
        file = f"{self._folder}/{name}{_ENDING}"
        before, frames = self._read.get(name, ((-1, -1), NOTHING))
        found = os.lstat(file)
        version = found.st_size, found.st_mtime_ns
        if version == before or self._gone.get(name) == found.st_ino:
            return
        fresh = read_on(Path(file), frames)
        if not frames.records and fresh.payloads and self._of_another(fresh.payloads[0]):
            self._gone[name] = found.st_ino
            return
        if fresh.payloads:
            yield name, fresh.payloads
        self._read[name] = version, fresh._replace(payloads=[])

    def _of_another(self, opening: bytes) -> bool:
        return self._whose.profile == "paper" and orjson.loads(opening).get("host") != self._whose.host

    def _take(self) -> int:
        try:
            lock = os.open(self._lock, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                self._wait(lock)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            raise _unusable(error, self._folder) from None
        return lock

    def _wait(self, lock: int) -> None:
        until = self._clock.monotonic() + _PATIENCE
        while not _locked(lock):
            if self._clock.monotonic() > until:
                raise OrderHeld(
                    f"Another strategy of account {self._whose.account} has kept others waiting for {_PATIENCE:g} s.",
                    "See what holds it up, or end its process.",
                )
            self._clock.sleep(_PAUSE)

    def _marks(self) -> int:
        try:
            return os.lstat(self._lock).st_size
        except FileNotFoundError:
            return 0

    def _mark(self, lock: int) -> None:
        now = self._clock.now_ms()
        if not 0 <= now - self._marked_ms < _MARKED_MS:
            try:
                os.write(lock, b".")
            except OSError as error:
                raise _unusable(error, self._lock) from None
            self._marked_ms = now


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unusable(error: OSError, place: str) -> JournalError:
    return JournalError(
        f"{error.filename or place}, where the account's orders are counted, cannot be used ({error.strerror}).",
        "Put it back or make it writable to you alone, or connect again.",
    )
