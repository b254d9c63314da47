"""A program that writes journals in processes of its own: ``python writing.py STATE``, then one task a line.

Each task runs in a fork, whose number it prints first, and ends with ``gone``.

``append FIRST``: appends two durable records at a time, numbered from FIRST, and prints the second's number once they
stand, until it is killed or fails, and then prints why. ``visit TIMES``: opens, appends one durable record and closes,
that often, however often it is refused. ``copy``: opens, and has a fork of its own append.
"""

import os
import sys
import time
from itertools import count
from pathlib import Path

from okxlab.errors import JournalError
from okxlab.trading.journal import FileLog, SystemDisk
from tests.trading.journal.conftest import AT, HEADER


def tell(*words: object) -> None:
    """Print a line in one piece, however soon a kill comes."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def opened(state: Path) -> FileLog:
    """Open the journal."""
    return FileLog.open(SystemDisk(HEADER.place(state)), HEADER, at=AT)


def numbered(number: int) -> bytes:
    """Write a record with a number, and long enough that some lie across two blocks of a disk."""
    return b'{"kind":"intent","at":1,"n":%d,"pid":%d,"pad":"%b"}' % (number, os.getpid(), b"x" * (number % 97 * 10))


def append(state: Path, first: str) -> None:
    """Append until killed."""
    log = opened(state)
    tell("open")
    for number in count(int(first), 2):
        log.append([numbered(number), numbered(number + 1)], durable=True)
        tell(number + 1)


def visit(state: Path, times: str) -> None:
    """Come and go."""
    done = 0
    while done < int(times):
        try:
            log = opened(state)
        except JournalError as error:
            if "Another process" not in error.what:
                raise
            time.sleep(0.001)
            continue
        log.append([numbered(done)], durable=True)
        log.close()
        done += 1
        tell(done)


def copy(state: Path) -> None:
    """Append from a copy of the process that opened the journal."""
    log = opened(state)
    if child := os.fork():
        os.waitpid(child, 0)
        log.append([numbered(1)], durable=True)
    else:
        log.append([numbered(0)], durable=True)


def run(task: str, state: Path, *words: str) -> None:
    """Do a task, and print what ended it."""
    try:
        {"append": append, "visit": visit, "copy": copy}[task](state, *words)
    except JournalError as error:
        tell("failed", error)


def main() -> None:
    """Do what is asked until there is no more."""
    state = Path(sys.argv[1])
    tell("ready")
    for line in sys.stdin:
        task, *words = line.split()
        child = os.fork()
        if child == 0:
            tell(os.getpid())
            run(task, state, *words)
            os._exit(0)
        os.waitpid(child, 0)
        tell("gone")


if __name__ == "__main__":
    main()
