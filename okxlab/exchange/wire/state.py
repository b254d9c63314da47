"""Whether a stream can be trusted at this moment, since when, and why not."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from okxlab.clock import utc

Name = Literal["live", "stale", "reconnecting", "closed"]
_WORST_LAST: tuple[Name, ...] = ("live", "stale", "reconnecting", "closed")


class State(str):
    """One of ``live``, ``stale``, ``reconnecting``, ``closed``: a text that also tells ``since`` (UTC) and ``why``.

    Examples
    --------
    >>> state = State("stale", 1704067200000, "silent for 7 s")
    >>> state == "stale", state.since.isoformat(), state.why
    (True, '2024-01-01T00:00:00+00:00', 'silent for 7 s')
    >>> state
    stale since 00:00:00 UTC: silent for 7 s
    """

    since: datetime
    why: str
    _since_ms: int

    def __new__(cls, name: Name, since_ms: int, why: str = "") -> "State":
        """Make it of a name and when it began (ms UTC)."""
        made = super().__new__(cls, name)
        made.since, made.why, made._since_ms = utc(since_ms), why, since_ms
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self._since_ms, self.why

    def __repr__(self) -> str:
        return f"{self!s} since {self.since:%H:%M:%S} UTC" + (f": {self.why}" if self.why else "")


def worst(states: Iterable[State]) -> State:
    """Give the state of several together: the worst one, and of equals the oldest."""
    return max(states, key=lambda one: (_WORST_LAST.index(one), -one.since.timestamp()))
