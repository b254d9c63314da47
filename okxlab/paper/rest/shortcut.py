"""The short way for OKX's own paths: past the router, which only the few paths beside them need."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_PREFIX = "/api/v5/"


def shorten(server: web.Server, direct: Handler) -> None:
    """Let a server hand requests under OKX's prefix to a handler, and all others to what it handed them to before."""
    routed = server.request_handler

    def choose(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        return direct(request) if request.path.startswith(_PREFIX) else routed(request)

    server.request_handler = choose
