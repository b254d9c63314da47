"""The file a journal lies in: appended to whole, synced, cut, and watched for other writers."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from okxlab.errors import JournalError, JournalTaken

_NEXT_STEP = {
    errno.ENOSPC: "Make room on that disk, then open the journal again.",
    errno.EDQUOT: "Make room in your quota, then open the journal again.",
    errno.EFBIG: "Raise the limit on a file's size, then open the journal again.",
    errno.EROFS: "Mount it for writing, or name another workspace.",
    errno.EACCES: "Make it writable to you alone, or name another workspace.",
    errno.EPERM: "Make it writable to you alone, or name another workspace.",
    errno.EIO: "Look after that disk, then open the journal again.",
}


class Disk(Protocol):
    """What a journal needs of the file it lies in; each method raises JournalError when it cannot do its work.

    ``name`` begins the sentences of errors.
    """

    name: str

    def read(self) -> bytes:
        """Give everything in the file."""

    def append(self, data: bytes) -> None:
        """Write all of it behind what is there, or raise; a piece may then be there."""

    def sync(self) -> None:
        """Return when everything written will outlive a power cut."""

    def cut(self, length: int) -> None:
        """Shorten the file to so many bytes, durably."""

    def check(self, length: int) -> None:
        """Raise unless the file is still this one, held by this writer, and so many bytes long."""

    def close(self) -> None:
        """Let another writer have the file."""


class SystemDisk:
    """A real file, for its owner alone, and held by one writer until it is closed or its process ends.

    The folder is made with mode 0700 and the file with 0600 where they are missing.

    Raises
    ------
    JournalTaken
        When another writer holds the file.
    JournalError
        When other users can read file or folder, or the system refuses.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"The journal {path}"
        self._path = path
        self._process = os.getpid()
        with _named(path, "opened"):
            _make_folder(path.parent)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self._file)
            raise

    def read(self) -> bytes:
        """Give everything in the file."""
        with _named(self._path, "read"):
            return read_file(self._file)

    def append(self, data: bytes) -> None:
        """Write all of it behind what is there, or raise; a piece may then be there."""
        rest = memoryview(data)
        with _named(self._path, "written"):
            while rest:
                rest = rest[os.write(self._file, rest) :]

    def sync(self) -> None:
        """Return when everything written will outlive a power cut."""
        with _named(self._path, "synced"):
            os.fdatasync(self._file)

    def cut(self, length: int) -> None:
        """Shorten the file to so many bytes, durably."""
        with _named(self._path, "cut"):
            os.ftruncate(self._file, length)
            os.fsync(self._file)

    def check(self, length: int) -> None:
        """Raise unless the file is still this one, held by this process, and so many bytes long."""
        if os.getpid() != self._process:
            raise JournalError(
                f"The journal {self._path} was opened by another process, of which this one is a copy.",
                "Connect again here, with a strategy of its own.",
            )
        with _named(self._path, "looked at"):
            mine, there = os.fstat(self._file), os.lstat(self._path)
        if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
            raise JournalError(f"The journal {self._path} was replaced by another file.", _AGAIN)
        if mine.st_size != length:
            raise JournalError(
                f"Somebody else wrote to the journal {self._path}: it holds {mine.st_size:,} bytes, not {length:,}.",
                _AGAIN,
            )

    def close(self) -> None:
        """Let another writer have the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self) -> None:
        try:
            with _named(self._path, "locked"):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mine = os.fstat(self._file)
        except BlockingIOError:
            raise JournalTaken(
                f"Another process has the journal {self._path} open.",
                "Trade from there, or end it; two writers would not know of each other's orders.",
            ) from None
        _refuse_shared(self._path, mine)
        with _named(self._path, "synced"):
            os.fsync(self._file)
            _sync_folder(self._path.parent)
        # The name may have been given to another file between opening and locking.
        self.check(mine.st_size)


def read_file(descriptor: int, at: int = 0) -> bytes:
    """Give what an open file holds now from a byte on, however much is written behind it meanwhile."""
    size, pieces = os.fstat(descriptor).st_size, []
    while at < size and (piece := os.pread(descriptor, size - at, at)):
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)


_AGAIN = "Find out who did, then open the journal again; what stands in it is read then."


@contextmanager
def _named(path: Path, done: str) -> Iterator[None]:
    """Say which file the system would not let us use, why, and what to do."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        fix = _NEXT_STEP.get(error.errno or 0, "See to it, then open the journal again.")
        raise JournalError(f"The journal {path} cannot be {done} ({error.strerror}).", fix) from None


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _refuse_shared(path: Path, file: os.stat_result) -> None:
    for place, found, mode in ((path, file, 0o600), (path.parent, path.parent.stat(), 0o700)):
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise JournalError(
                f"{place} is open to other users (mode {stat.S_IMODE(found.st_mode):04o}).", f"chmod {mode:o} {place}"
            )
    if not stat.S_ISREG(file.st_mode):
        raise JournalError(f"The journal {path} is no ordinary file.", "Name another workspace.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
