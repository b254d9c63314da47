"""Who takes orders back: a disk or a database that takes no journal keeps nobody from it."""

from collections.abc import Iterator, Sequence
from typing import Any

from okxlab.clock import SystemClock
from okxlab.errors import JournalError, OkxlabError
from okxlab.exchange import Session
from okxlab.trading.desk import hand
from okxlab.trading.execution import Executor
from okxlab.trading.journal import Journal
from okxlab.trading.venue import SessionVenue


def canceller(session: Session) -> Executor:
    """Give who sends this kernel's orders by hand, or where no journal can be opened one that cancels without.

    ``journal.broken`` of that one says why, once something was cancelled.
    """
    try:
        return hand(session)
    except (OkxlabError, OSError) as error:
        clock = SystemClock()
        guard: Any = None  # a cancellation asks none
        return Executor(SessionVenue(session), Journal(_NoLog(str(error)), clock), guard, clock, tag="")


class _NoLog:
    """A log that takes nothing."""

    epoch = 0

    def __init__(self, why: str) -> None:
        self._why = why

    def append(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        raise JournalError(self._why)

    def payloads(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        """Let nothing go: nothing was taken."""
