"""A store in a folder of this machine."""

import os
import re
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem

from okxlab.errors import StoreError
from okxlab.store.lock import folder_lock
from okxlab.store.place import Tag, folder_of

_AT_ONCE = 8
_OURS = re.compile(r"\d{4}-\d\d(-\d\d)?\.[0-9a-f]{12}\.parquet|manifest\.json\.new")


class LocalPlace:
    """Files below a folder: what a manifest names is on disk before it, and it is swapped by renaming.

    Raises
    ------
    InputError
        When the URL is none of a folder on this machine.
    """

    def __init__(self, url: str | Path) -> None:
        self._root = folder_of(url)
        self.url = str(self._root)
        self.filesystem = LocalFileSystem()
        self._syncing: dict[str, Future[None]] = {}

    def load(self, name: str) -> tuple[bytes, Tag]:
        """Give a file; its tag says only that it was there, as the lock keeps others out."""
        with self._told():
            return (self._root / name).read_bytes(), "there"

    def source(self, name: str) -> str:
        """Give the path."""
        return str(self._root / name)

    def put(self, name: str, data: bytes) -> None:
        """Write a new file, on its way to disk from now on; it is there once a swap named it."""
        with self._told():
            _write(self._root / name, data, os.O_EXCL)
        self._syncing[name] = _begun(self._root / name)

    def swap(self, name: str, data: bytes, seen: Tag, *, after: Collection[str]) -> bool:
        """Rename a fresh file into place, once it and the files it names are on disk."""
        file = self._root / name
        fresh = file.with_name(file.name + ".new")
        with self._told():
            _write(fresh, data, os.O_TRUNC)
            waiting = [self._syncing.pop(other) for other in after]
            waiting += [_begun(path) for path in self._way(file.parent, new=not seen)]
            _sync(fresh)
            for one in waiting:
                one.result()
            fresh.replace(file)
            _sync(file.parent)
        return True

    def tidy(self, folder: str, *, keep: Collection[str], gone: Collection[str]) -> None:
        """Remove every file of a store's kind that nobody names: what was replaced, and what a dead writer left."""
        with self._told():
            for name in set(self.names(folder)) - set(keep):
                (self._root / folder / name).unlink(missing_ok=True)
                self._syncing.pop(f"{folder}/{name}", None)

    def names(self, folder: str) -> list[str]:
        """List the store's files in a folder."""
        with self._told():
            return sorted(filter(_OURS.fullmatch, os.listdir(self._root / folder)))  # noqa: PTH208 - it is called often

    def folders(self, holding: str) -> list[str]:
        """List the folders with such a file, three or four levels down."""
        found = [file for depth in (3, 4) for file in self._root.glob("*/" * depth + holding)]
        return sorted(file.parent.relative_to(self._root).as_posix() for file in found)

    def alone(self, folder: str) -> AbstractContextManager[None]:
        """Hold the folder's lock."""
        return folder_lock(self._root / folder, self._told)

    def path(self, name: str) -> str:
        """Give the path."""
        return str(self._root / name)

    def _way(self, folder: Path, *, new: bool) -> list[Path]:
        """Give the folders to bring to disk: one, and of a new one also those it was made in."""
        return [folder, *(above for above in folder.parents if new and above.is_relative_to(self._root.parent))]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreError(
                f"The store at {self.url} cannot be used: {error}.", "Free or mend the disk, or open another place."
            ) from None


def _write(file: Path, data: bytes, how: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
    except OSError:
        # a piece of it would take the room that a full disk lacks
        with suppress(OSError):
            file.unlink()
        raise


def _begun(path: Path) -> Future[None]:
    """Begin to bring a file or folder to disk: together it takes what one by one it would take in turn."""
    return _threads(os.getpid()).submit(_sync, path)


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """Give the threads of a process, kept, as starting them costs more than a sync; a forked one has none of them."""
    del process
    return ThreadPoolExecutor(_AT_ONCE, "okxlab-sync")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
