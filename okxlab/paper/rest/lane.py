"""The fast lane: a plain request that has come whole is answered by its connection, without a task of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE, HttpVersion11, RawRequestMessage
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from okxlab.paper.rest.asked import NOTHING, Asked
from okxlab.paper.rest.envelope import CONTENT, Reply
from okxlab.paper.rest.loopback import is_loopback
from okxlab.paper.rest.shortcut import PREFIX

_METHODS = ("GET", "POST")
_HEADS = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\nContent-Type: {CONTENT}\r\n" for one in HTTPStatus}


@dataclass(frozen=True)
class Lane:
    """Where the fast lane leads.

    Parameters
    ----------
    answer
        Answers a request, now or with its turn; no answer when that could not be saved.
    free
        Whether nothing stands in the way to a path.
    serve
        Is told of each connection a request came over.
    """

    answer: Callable[[Asked, Callable[[Reply | None], None]], None]
    free: Callable[[str], bool]
    serve: Callable[[object], None]


class Line(RequestHandler):
    """A connection of aiohttp's that answers plain requests itself, byte for byte as aiohttp would.

    What is not plain goes aiohttp's way: what comes in pieces, or before the last answer is out or read, what is no
    HTTP/1.1 that stays open, and whatever is not let in at the door.
    """

    __slots__ = ("_address", "_asking", "_lane")

    def __init__(self, server: web.Server, lane: Lane, terms: Mapping[str, Any]) -> None:
        super().__init__(server, **terms)
        self._lane = lane
        self._asking = False
        self._parser = cast("HttpRequestParser", _Sieve(cast("HttpRequestParser", self._parser), self.takes))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where it came from."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if peer else ""

    def takes(self, message: RawRequestMessage, payload: StreamReader) -> bool:
        """Whether a request is answered here."""
        if not self._idle() or not payload.is_eof() or not _plain(message):
            return False
        path = message.url.path
        if not path.startswith(PREFIX) or not self._lane.free(path):
            return False
        query = message.url.query if "?" in message.path else NOTHING
        body, address = payload.read_nowait(), self._address
        asked = Asked(message.method, message.path, path, query, message.headers, body, address)
        self._asking = True
        self._lane.serve(self)
        self._lane.answer(asked, self._tell)
        return True

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's own
        """Read on, if reading was paused: aiohttp resumes with every body, and parses nothing each time."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def _idle(self) -> bool:
        """Whether everything before was answered, and the answers are taken."""
        waiter = self._waiter
        busy = self._asking or waiter is None or waiter.done()
        return not (busy or self.writing_paused or self._reading_paused)

    def _tell(self, reply: Reply | None) -> None:
        self._asking = False
        self._next_keepalive_close_time = self._loop.time() + self.keepalive_timeout
        if reply is None:
            self.force_close()
        elif self.transport is not None and not self.transport.is_closing():
            head = (
                f"{_HEADS[reply.status]}Content-Length: {len(reply.body)}\r\nDate: {rfc822_formatted_time()}\r\n"
                f"Server: {SERVER_SOFTWARE}\r\n\r\n"
            )
            self.transport.write(head.encode() + reply.body)


class _Sieve:
    """aiohttp's parser, but for the requests that are taken from it."""

    __slots__ = ("_parser", "_takes")

    def __init__(self, parser: HttpRequestParser, takes: Callable[[RawRequestMessage, StreamReader], bool]) -> None:
        self._parser = parser
        self._takes = takes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> tuple[Sequence[Any], bool, bytes]:
        found = self._parser.feed_data(data)
        messages, upgraded, _ = found
        if len(messages) == 1 and not upgraded and self._takes(*messages[0]):
            self._parser.message_consumed()
            return (), False, b""
        return found


def _plain(message: RawRequestMessage) -> bool:
    """Whether there is nothing about a request that only aiohttp knows to deal with."""
    headers = message.headers
    return (
        message.method in _METHODS
        and message.version == HttpVersion11
        and not message.should_close
        and hdrs.EXPECT not in headers
        and is_loopback(headers.get(hdrs.HOST, ""))
    )
