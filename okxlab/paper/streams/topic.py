"""What can be subscribed: one channel with its arguments, computed once for all who listen."""

from collections.abc import Iterable
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet

_SLACK = 0.005  # seconds; a beat that is a little early still counts


class Topic:
    """A channel's feed, which knows who listens; ``name`` is what the streams know it by.

    Parameters
    ----------
    arg
        OKX's arg as it is pushed: the channel, its arguments and, on private channels, the uid.
    outlet
        Where its messages leave.
    every
        The shortest time between two looks at what it shows, in seconds.
    quick
        Whether it is looked at as soon as something changed, not only with the beat.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, *, every: float = 0.1, quick: bool = False) -> None:
        self.arg = arg
        self.name: tuple[str, ...] = ()
        self.listeners: dict[Connection, None] = {}
        self.stale = False
        self.quick = quick
        self._outlet = outlet
        self._every = every
        self._due = 0.0

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.arg["channel"]

    def join(self, connection: Connection, now: float) -> None:
        """Greet a new listener with what stands, and let him listen."""
        self.greet(connection, now)
        self.listeners[connection] = None

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener what stands; most channels do."""

    def opened(self) -> None:
        """Begin: the first listener is about to come."""

    def closed(self) -> None:
        """End: the last listener has gone."""

    def hear(self, changes: Changes) -> None:
        """Take note of a turn that concerns it."""
        self.stale = self.stale or bool(changes)

    def traded(self, changes: Changes) -> None:
        """Take note of a turn in which something may have been traded: orders that only rest are no news then."""
        self.stale = self.stale or changes.moved or bool(changes.fills)

    def beat(self, now: float) -> None:
        """Tell what changed, if it is time."""
        if self.stale and now >= self._due:
            self.stale = False
            self._due = now + self._every - _SLACK
            self.flush(now)

    def flush(self, now: float) -> None:
        """Tell what changed since the last time."""

    def push(self, rows: Any, to: Iterable[Connection] | None = None, **more: Any) -> None:
        """Send rows to some, or to all who listen; ``more`` stands between arg and data."""
        self._outlet.tell(self.listeners if to is None else to, self.arg, {"arg": self.arg, **more, "data": rows})
