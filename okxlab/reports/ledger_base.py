"""The run ledger's database: its tables, and how it is opened while others open and close it."""

import sqlite3
from pathlib import Path

from okxlab.clock import Clock

PATIENCE = 30.0  # seconds

_RUN = """
create table if not exists run (
    schedule text not null,
    due text not null,
    report text not null,
    params text not null,
    timeout real not null,
    state text not null check (state in ('due', 'running', 'ok', 'failed', 'timeout', 'lost', 'missed', 'skipped')),
    attempt integer not null default 1,
    starter integer,
    starter_created text,
    spawned integer,
    pid integer,
    pid_created text,
    started text,
    ended text,
    folder text,
    error text,
    primary key (schedule, due)
)
"""

_EVENT = """
create table if not exists event (
    id integer primary key,
    at text not null,
    schedule text not null,
    due text not null,
    attempt integer not null,
    state text not null,
    pid integer,
    error text
)
"""

_WATCHED = "create table if not exists watched (schedule text primary key, since text not null)"


def open_base(path: Path, clock: Clock) -> sqlite3.Connection:
    """Open the database, its tables made, every commit on disk.

    The switch to write-ahead logging, and the moment in which the last of other connections leaves, answer *locked* at
    once whatever the timeout; so opening is tried again for a while.

    Raises
    ------
    sqlite3.Error
        When it is no database, or stays locked.
    """
    end = clock.monotonic() + PATIENCE
    while True:
        base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            return _prepared(base)
        except sqlite3.Error as error:
            base.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or clock.monotonic() > end:
                raise
            clock.sleep(0.02)


def _prepared(base: sqlite3.Connection) -> sqlite3.Connection:
    base.row_factory = sqlite3.Row
    base.execute("pragma journal_mode = wal")
    base.execute("pragma synchronous = full")
    for table in (_RUN, _EVENT, _WATCHED):
        base.execute(table)
    return base
