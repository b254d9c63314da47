"""One client's connection: frames go out, however slowly they are read, and never pile up."""

import asyncio
import secrets

from okxlab.paper.streams.frame import close_frame
from okxlab.paper.streams.terms import Terms

IDLE, BEHIND, KEY_GONE, TOO_MANY = 4004, 4005, 4007, 4009
GOING, LARGE = 1001, 1009
_PART = 8  # of what may wait: with more, answers wait with it


class Connection:
    """The wire to one client.

    Parameters
    ----------
    transport
        Where bytes go.
    place
        The path it came to: ``public``, ``private``, ``business``, or nothing for the one that serves all.
    ip
        Where it comes from.
    terms
        What it is held to.
    now
        When it was opened.
    """

    def __init__(self, transport: asyncio.Transport, place: str, ip: str, terms: Terms, now: float) -> None:
        self.id = secrets.token_hex(4)
        self.place = place
        self.ip = ip
        self.spoken = now
        self.shutting = False
        self._transport = transport
        self._terms = terms

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be read that nothing more should be asked for."""
        return not self._over and self._transport.get_write_buffer_size() > self._terms.waiting // _PART

    def write(self, frame: bytes, now: float) -> None:
        """Send a frame; a client that leaves too much unread is closed."""
        if self._over:
            return
        self._transport.write(frame)
        self.spoken = now
        if self._transport.get_write_buffer_size() > self._terms.waiting:
            self.shut(BEHIND, "The write buffer is full.")

    def shut(self, code: int, reason: str) -> None:
        """Close with a code; a client that does not answer is cut off."""
        if self._over:
            return
        self.shutting = True
        self._transport.write(close_frame(code, reason))
        asyncio.get_running_loop().call_later(self._terms.linger, self._transport.abort)

    def gone(self) -> None:
        """Let the wire go once the client has answered that it was closed."""
        if self.shutting:
            self._transport.close()
        self.shutting = True

    @property
    def _over(self) -> bool:
        """Whether nothing more can be said: it is being closed, or the client has just vanished."""
        return self.shutting or self._transport.is_closing()
