"""The desk: who may send orders for a session, and in whose journal they stand.

One journal for each account and strategy. Orders by hand stand in one of their own for each kernel, so that a notebook
never keeps another one out.
"""

import base64
import hashlib
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from okxlab.clock import Clock, SystemClock
from okxlab.exchange import Session
from okxlab.trading.execution import Executor
from okxlab.trading.guards import Neighbours, open_guard
from okxlab.trading.journal import (
    Header,
    Journal,
    Log,
    Place,
    SystemDisk,
    keep_in_one_place,
    open_log,
    place_of,
    read_log,
)
from okxlab.trading.orphans import HAND, follow_up
from okxlab.trading.venue import SessionVenue

_opening, _once = threading.Lock(), threading.Lock()
_hands: "weakref.WeakKeyDictionary[Session, tuple[int, Executor]]" = weakref.WeakKeyDictionary()


def open_executor(session: Session, strategy: str, *, clock: Clock | None = None) -> Executor:
    """Give the one who sends the orders of a strategy on a session's account; close its journal when done.

    Raises
    ------
    JournalTaken
        When somebody else trades under that name.
    JournalError
        When its journal is damaged or cannot be written, or the account's lie elsewhere by the settings before.
    """
    clock = clock or SystemClock()
    whose = header(session, strategy)
    file = whose.place(session.workspace.state)
    if whose.profile == "paper" and file.exists():
        _set_aside(file, whose)
    place, venue = place_of(session), SessionVenue(session)
    keep_in_one_place(place, session.workspace.state, whose)
    log, beside = open_log(place, whose, clock)
    opened = partial(_opened, session, place, clock)
    neighbours = Neighbours(beside, clock, partial(follow_up, opened=opened, venue=venue, clock=clock))
    guard = open_guard(session, strategy, clock, neighbours)
    return Executor(venue, Journal(log, clock), guard, clock, tag=tag(whose.account, strategy))


def hand(session: Session) -> Executor:
    """Give the one who sends this kernel's orders by hand."""
    with _opening:
        known = _hands.get(session)
        if known is not None and known[0] == os.getpid():
            return known[1]
        executor = open_executor(session, f"{HAND}-{os.getpid()}-{SystemClock().now_ms()}")
        _hands[session] = os.getpid(), executor
        weakref.finalize(session, executor.journal.close)
        return executor


@contextmanager
def once_only(session: Session) -> Iterator[Executor]:
    """Give the one who sends orders that are placed once by name, for as long as the block takes."""
    with _once:  # threads of one kernel wait for one another; another process is refused
        executor = open_executor(session, "once")
        try:
            yield executor
        finally:
            executor.journal.close()


def header(session: Session, strategy: str) -> Header:
    """Say whose journal a strategy's is: one of another place, account or strategy is not opened."""
    profile = session.profile
    # a paper exchange has another port each time; only its key tells one that began anew from the one before
    mark = f"paper-{session.transport.key_mark[:8]}"
    host = mark if profile.name == "paper" else urlsplit(profile.rest).netloc
    return Header(profile.name, host, session.account.uid, strategy)


def tag(owner: str, strategy: str) -> str:
    """Give the tag that the orders of one strategy carry, 14 letters and digits.

    >>> tag("1", "once")
    'okxlabW3MZRNXM'
    """
    digest = hashlib.sha256(f"{owner} {strategy}".encode()).digest()
    return f"okxlab{base64.b32encode(digest).decode()[:8]}"


def _opened(session: Session, place: Place, clock: Clock, strategy: str) -> Log:
    return open_log(place, header(session, strategy), clock)[0]


def _set_aside(file: Path, whose: Header) -> None:
    """Give the journal of an exchange that is gone another name: the one that began anew numbers its orders alike."""
    opening = orjson.loads(next(iter(read_log(file)), b"{}"))
    if opening.get("host", whose.host) != whose.host:
        disk = SystemDisk(file)
        try:
            file.rename(file.with_name(f"{whose.strategy}-{opening['host']}.journal"))
        finally:
            disk.close()
