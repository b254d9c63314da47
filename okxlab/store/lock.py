"""One writer at a time: of a folder on this machine, or of a name inside this process."""

import fcntl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

_NAMED: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_FILE = ".lock"


@contextmanager
def folder_lock(folder: Path, told: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Hold a folder against every other writer on this machine; the kernel lets go when the process ends.

    What fails on the way to the lock is told as ``told`` does.
    """
    with told():
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _FILE).open("w")
    with lock:
        with told():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def process_lock(name: str) -> Iterator[None]:
    """Hold a name against every other thread of this process."""
    with _NAMED[name]:
        yield
