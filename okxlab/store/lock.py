"""One writer at a time: of a folder on this machine, or of a name inside this process."""

import fcntl
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAMED: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_FILE = ".lock"


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a folder against every other writer on this machine; the kernel lets go when the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def process_lock(name: str) -> Iterator[None]:
    """Hold a name against every other thread of this process."""
    with _NAMED[name]:
        yield
