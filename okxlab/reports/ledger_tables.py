"""The run ledger's tables."""

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
    starter_created real,
    spawned integer,
    pid integer,
    pid_created real,
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

TABLES = (_RUN, _EVENT, _WATCHED)
"""Statements that make them, each harmless when it is there."""
