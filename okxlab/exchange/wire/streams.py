"""What streams for a session, so that it ends with the session."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from okxlab.clock import Clock
from okxlab.errors import Blocked

if TYPE_CHECKING:
    from okxlab.exchange.wire.board import Board


class Streams:
    """The boards of a session that are open: one that its streams share, and one for each recording.

    Parameters
    ----------
    clock
        Judges silence.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.door = threading.RLock()  # opening and closing, one after another; a signal may close while one opens
        self._shared: Board | None = None
        self._own: list[Board] = []
        self._closed = False

    def shared(self, make: "Callable[[], Board]") -> "Board":
        """Give the board that streams share, made when there is none.

        Raises
        ------
        Blocked
            When the session is closed.
        """
        with self.door:
            if self._shared is None or self._shared.closed:
                self._shared = self._made(make)
            return self._shared

    def own(self, make: "Callable[[], Board]") -> "Board":
        """Make a board for one recording.

        Raises
        ------
        Blocked
            When the session is closed.
        """
        with self.door:
            self._own = [*(board for board in self._own if not board.closed), self._made(make)]
            return self._own[-1]

    def close(self) -> None:
        """Close them all, for good."""
        with self.door:
            self._closed = True
            for board in [*self._own, *([self._shared] if self._shared else [])]:
                board.close()

    def _made(self, make: "Callable[[], Board]") -> "Board":
        if self._closed:
            raise Blocked("This session is closed: nothing streams for it.", "Open another with ox.connect().")
        return make()
