"""The short way for OKX's own paths: past the router, which only the few paths beside them need."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

PREFIX = "/api/v5/"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def shorten(server: web.Server, direct: Handler) -> None:
    """Let a server hand requests under OKX's prefix to a handler, and all others to what it handed them to before."""
    routed = server.request_handler

    def choose(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        if not request.path.startswith(PREFIX):
            return routed(request)
        if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(_CONTINUE)  # the router would have said it
        return direct(request)

    server.request_handler = choose
