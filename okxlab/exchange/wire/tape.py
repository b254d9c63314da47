"""A tape of messages: a JSON line each, in gzip members that are whole by themselves.

A member is written at one go and flushed to the disk, so that whatever ends the writer costs the last member at most.
"""

import fcntl
import gzip
import os
import threading
import zlib
from pathlib import Path

from okxlab.errors import ConfigError, InputError

SUFFIX = ".jsonl.gz"
_PART = 1 << 20  # text that is written without waiting to be asked
_CHUNK = 1 << 16
_GZIP = 31  # zlib's way to say so


class Tape:
    """A tape that is added to; one that is there is gone on with, after what of it is whole.

    Parameters
    ----------
    path
        Ends in ``.jsonl.gz``.

    Raises
    ------
    InputError
        When it is another kind of file.
    ConfigError
        When it cannot be written, or another recording writes to it.
    """

    def __init__(self, path: Path) -> None:
        if not path.name.endswith(SUFFIX):
            raise InputError(f"{path.name} would not be read as a tape.", f"Name it like btc{SUFFIX}.")
        try:
            self._file, self.size = _held(path)
        except BlockingIOError:
            raise ConfigError(f"Another recording writes to {path}.", "Choose another name, or end that one.") from None
        except OSError as error:
            raise _unwritable(path, error) from None
        self._path = path
        self._lines: list[str] = []
        self._waiting = 0
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        """Take a line; it is on disk after the next `flush`, or sooner."""
        with self._lock:
            self._lines.append(line)
            self._waiting += len(line)
            full = self._waiting > _PART
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises
        ------
        ConfigError
            When there is no room; the tape is whole still.
        """
        with self._lock:
            if not self._lines:
                return
            member = gzip.compress("".join(f"{line}\n" for line in self._lines).encode(), compresslevel=6, mtime=0)
            try:
                _write(self._file, member)
            except OSError as error:
                os.ftruncate(self._file, self.size)
                raise _unwritable(self._path, error) from None
            self.size += len(member)
            self._lines, self._waiting = [], 0

    def close(self) -> None:
        """Write what waits and let the file go; one that nothing was ever written to is removed."""
        try:
            self.flush()
        finally:
            if not self.size:  # removed while it is still held: what a later one has made is not ours
                self._path.unlink(missing_ok=True)
            os.close(self._file)


def _held(path: Path) -> tuple[int, int]:
    """Open the file of a tape for nobody but us, behind what of it is whole; give its descriptor and that length."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(file, path):
                size = whole(path)
                os.ftruncate(file, size)
                os.lseek(file, 0, os.SEEK_END)
                return file, size
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _is_at(file: int, path: Path) -> bool:
    """Whether an open file is the one of that name still, and not one that its last writer has removed since."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def whole(path: Path) -> int:
    """Give the length of the members of a tape that are whole.

    Raises
    ------
    InputError
        When it does not begin with one.
    """
    end = read = 0
    member = zlib.decompressobj(_GZIP)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            try:
                while chunk:
                    member.decompress(chunk)
                    chunk = member.unused_data
                    if member.eof:
                        end = read - len(chunk)
                        member = zlib.decompressobj(_GZIP)
            except zlib.error:
                break
    if read and not end and not _begins(path):
        raise InputError(f"{path} is not a tape.", "Choose another name; it is left as it is.")
    return end


def _begins(path: Path) -> bool:
    """Whether a file begins as a gzip member does, though not one of it is whole."""
    with path.open("rb") as file:
        return file.read(2) in {b"\x1f\x8b", b"\x1f"}


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"The tape {path} cannot be written ({error.strerror}).", "Make room, or choose another place.")
