"""Where messages leave: encoded once for all who get them, past the hook that may tamper with them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from okxlab.clock import Clock
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.frame import text_frame

Message = Mapping[str, Any]
Outgoing = Callable[[Connection, Message, bytes], Sequence[bytes]]


class Outlet:
    """Sends messages to connections.

    ``outgoing`` is asked about every message if it is set: it gets the connection, the channel's arg (``{"op": …}``
    for an answer) and the payload, and gives the payloads to send now; it may send others later by `send`.

    Parameters
    ----------
    clock
        For the moment a connection was last spoken to.
    """

    def __init__(self, clock: Clock) -> None:
        self.outgoing: Outgoing | None = None
        self._clock = clock

    def tell(self, connections: Iterable[Connection], arg: Message, message: Message) -> None:
        """Send one message to many."""
        self._send(connections, arg, _encoded(message))

    def answer(self, connection: Connection, op: str, message: Message) -> None:
        """Answer a request."""
        self._send((connection,), {"op": op}, _encoded(message))

    def pong(self, connection: Connection) -> None:
        """Answer a ping."""
        self._send((connection,), {"op": "ping"}, b"pong")

    def send(self, connection: Connection, payload: bytes) -> None:
        """Send a payload as it is."""
        connection.write(text_frame(payload), self._clock.monotonic())

    def _send(self, connections: Iterable[Connection], arg: Message, payload: bytes) -> None:
        if self.outgoing is None:
            frame, now = text_frame(payload), self._clock.monotonic()
            for connection in connections:
                connection.write(frame, now)
            return
        for connection in connections:
            for each in self.outgoing(connection, arg, payload):
                self.send(connection, each)


def _encoded(message: Message) -> bytes:
    try:
        return orjson.dumps(message)
    except orjson.JSONEncodeError:  # half a surrogate pair, given to be echoed
        return json.dumps(message).encode()
