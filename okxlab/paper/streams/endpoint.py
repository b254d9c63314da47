"""The paths of OKX's WebSocket interface."""

from collections import deque

from aiohttp import WSMsgType, web

from okxlab.paper.codes import Refusal
from okxlab.paper.rest.envelope import refused
from okxlab.paper.rest.loopback import is_loopback
from okxlab.paper.streams.connection import LARGE, Connection
from okxlab.paper.streams.session import Session
from okxlab.paper.streams.streams import Streams

_ROOT = "/ws/v5"
_PLACES = ("public", "private", "business")
_CUT_OFF = 4  # times the largest request: what is larger still is not even read


class Endpoint:
    """Takes WebSocket connections.

    Parameters
    ----------
    streams
        What there is to subscribe.
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._opened: dict[str, deque[float]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Give the routes: OKX's three paths, and one that serves all channels."""
        return [web.get(path, self._take, allow_head=False) for path in (_ROOT, *(f"{_ROOT}/{one}" for one in _PLACES))]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if not _local(request.headers.get("Origin", "")):
            return web.json_response({"code": "403", "msg": "The Origin is not a loopback address."}, status=403)
        if self._streams.closed():
            return refused(Refusal("50001"))
        ip = request.remote or ""
        if not self._admitted(ip):
            return web.json_response({"code": "50011", "msg": "Too many new connections."}, status=429)
        terms = self._streams.terms
        socket = web.WebSocketResponse(autoclose=False, compress=False, max_msg_size=_CUT_OFF * terms.largest)
        await socket.prepare(request)
        if request.transport is None:
            return socket
        now = self._streams.venue.clock.monotonic()
        place = request.path.removeprefix(_ROOT).strip("/")
        connection = Connection(request.transport, place, ip, terms, now)
        await self._converse(socket, Session(self._streams, connection, now))
        return socket

    async def _converse(self, socket: web.WebSocketResponse, session: Session) -> None:
        """Hear a client out until he is gone."""
        members, connection = self._streams.members, session.connection
        members[connection] = session
        largest = self._streams.terms.largest
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:  # far too large, or no WebSocket frame at all
                    break
                text = message.data if message.type is WSMsgType.TEXT else ""
                if len(text) > largest or len(text.encode()) > largest:
                    connection.shut(LARGE, "The request is too large.")
                elif not connection.shutting:
                    await session.hear(text)
        finally:
            del members[connection]
            session.leave()
            connection.gone()

    def _admitted(self, ip: str) -> bool:
        """Count the new connections of a second."""
        now = self._streams.venue.clock.monotonic()
        times = self._opened.setdefault(ip, deque())
        while times and now - times[0] >= 1:
            times.popleft()
        if len(times) >= self._streams.terms.opened:
            return False
        times.append(now)
        return True


def _local(origin: str) -> bool:
    """Whether a page that connects is of this machine; programs send no Origin."""
    if not origin:
        return True
    _, _, host = origin.partition("://")
    return is_loopback(host)
