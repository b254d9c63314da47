"""A program that writes journals in processes of its own: ``python writing.py ADDRESS``, then a task a line.

Each task runs in a fork, whose number it prints first, and ends with ``gone``.

``append``: appends two durable records at a time, numbered on from those that stand, and prints the second's number
once they stand, until it is killed or fails, and then prints why. ``visit TIMES``: opens, appends a durable record and
closes, that often, however often it is refused. ``copy``: opens, and has a fork of its own append.
"""

import os
import sys
import time
from itertools import count
from pathlib import Path

from okxlab.errors import JournalError
from okxlab.trading.journal import FileLog, Log, PostgresLog, SystemDisk
from tests.trading.journal.conftest import AT, HEADER


def tell(*words: object) -> None:
    """Print a line in one piece, however soon a kill comes."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def opened(address: str) -> Log:
    """Open the journal, in a folder or in a database."""
    if address.startswith("host="):
        return PostgresLog.open(address, HEADER, at=AT)
    return FileLog.open(SystemDisk(HEADER.place(Path(address))), HEADER, at=AT)


def numbered(number: int) -> bytes:
    """Write a record with a number, and long enough that some lie across two blocks of a disk."""
    return b'{"kind":"intent","at":1,"n":%d,"pid":%d,"pad":"%b"}' % (number, os.getpid(), b"x" * (number % 97 * 10))


def let_in(address: str) -> Log:
    """Open the journal as soon as nobody else holds it; a server takes a moment to see that a process was killed."""
    while True:
        try:
            return opened(address)
        except JournalError as error:
            if "Another process" not in error.what:
                raise
        time.sleep(0.001)


def append(address: str) -> None:
    """Append until killed."""
    log = let_in(address)
    tell("open")
    for number in count(sum(b'"kind":"intent"' in payload for payload in log.payloads()), 2):
        log.append([numbered(number), numbered(number + 1)], durable=True)
        tell(number + 1)


def visit(address: str, times: str) -> None:
    """Come and go."""
    for number in range(int(times)):
        log = let_in(address)
        log.append([numbered(number)], durable=True)
        log.close()
        tell(number + 1)


def copy(address: str) -> None:
    """Append from a copy of the process that opened the journal."""
    log = opened(address)
    if child := os.fork():
        os.waitpid(child, 0)
        log.append([numbered(1)], durable=True)
    else:
        log.append([numbered(0)], durable=True)


def run(task: str, address: str, *words: str) -> None:
    """Do a task, and print what ended it."""
    try:
        {"append": append, "visit": visit, "copy": copy}[task](address, *words)
    except JournalError as error:
        tell("failed", error)


def main() -> None:
    """Do what is asked until there is no more."""
    address = sys.argv[1]
    tell("ready")
    for line in sys.stdin:
        task, *words = line.split()
        child = os.fork()
        if child == 0:
            tell(os.getpid())
            run(task, address, *words)
            os._exit(0)
        os.waitpid(child, 0)
        tell("gone")


if __name__ == "__main__":
    main()
