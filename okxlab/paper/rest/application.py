"""OKX's REST over aiohttp: each request is read whole, checked, acted on and answered in one go."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from multidict import istr

from okxlab.paper.accounts.keys import Keys
from okxlab.paper.archive.archive import Archive
from okxlab.paper.codes import Refusal
from okxlab.paper.control.control import Control
from okxlab.paper.rest.access import admit, authorize
from okxlab.paper.rest.doorkeeper import Doorkeeper
from okxlab.paper.rest.envelope import answered, check_type, read_batch, read_object, refused
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.rest.loopback import is_loopback
from okxlab.paper.rest.route import Act, Answer, Call, Route
from okxlab.paper.rest.signing import HEADERS, Signed, check
from okxlab.paper.rest.table import routes
from okxlab.paper.rest.turns import Turns
from okxlab.paper.venue import Venue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HTTP_CODES = {404: "404", 405: "50115", 408: "408", 413: "413"}
_UNREAD = (408, 413)  # there is more to come that nobody wants
_BODY_SECONDS = 10.0
_LARGEST = 1 << 20
_WITHOUT_DATA = ("50011", "50061")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_SIMULATED = istr("x-simulated-trading")


class Rest:
    """Answers OKX's REST requests.

    Parameters
    ----------
    venue, keys, archive
        What they are about.
    limiter
        Counts them.
    """

    def __init__(self, venue: Venue, keys: Keys, archive: Archive, limiter: Limiter) -> None:
        self._venue = venue
        self._keys = keys
        self._archive = archive
        self._limiter = limiter
        self._routes = routes()
        self._turns = Turns(venue)

    async def handle(self, request: web.Request, around: Callable[[Act], Act] | None = None) -> web.StreamResponse:
        """Answer one request; ``around`` is put around what acts on it."""
        body = await whole(request) if request.body_exists else b""
        try:
            route = self._route(request)
            call = self._call(request, route, body)
        except Refusal as refusal:
            return refused(refusal)
        try:
            if route.method == "POST":
                _read(request, route, call, body)
            if not route.joined:
                self._venue.settle()  # what others have just done is on disk, where it may be asked for
            self._venue.due(call.arrived // 1000)
            self._limiter.admit(route, call)
            answer = (around(route.act) if around else route.act)(call)
            if route.joined:
                await self._turns.end()
            else:
                self._venue.settle()
        except Refusal as refusal:
            self._venue.settle()
            return refused(refusal, data=refusal.code not in _WITHOUT_DATA)
        left = self._venue.clock.now_ms() * 1000
        return answered(answer if isinstance(answer, Answer) else Answer(answer), call.arrived, left)

    def _route(self, request: web.Request) -> Route:
        found = self._routes.get(request.path)
        if found is None:
            raise Refusal("404")
        if request.method not in found:
            raise Refusal("50115")
        return found[request.method]

    def _call(self, request: web.Request, route: Route, body: bytes) -> Call:
        """Let a request in."""
        venue, headers = self._venue, request.headers
        asked = request.query if "?" in request.raw_path else _NOTHING
        call = Call(venue, self._archive, asked, venue.accounts.main, headers=headers, ip=request.remote or "")
        call.endpoint, call.keys = route.path, self._keys
        call.arrived = venue.clock.now_ms() * 1000
        if route.access != "public":
            signed = Signed(
                request.method, request.raw_path, body, {name: headers.getall(name, []) for name in HEADERS}
            )
            call.key = check(signed, self._keys, venue.clock)
            admit(call.key, call.ip, demo=headers.get(_SIMULATED) == "1")
            authorize(call.key, route)
            call.account = venue.accounts[call.key.uid]
        return call


def application(handler: Handler, guard: Middleware, beside: Iterable[web.RouteDef]) -> web.Application:
    """Give the application that speaks OKX v5 through a handler, with the routes beside it, all behind a guard."""
    app = web.Application(middlewares=[guard], client_max_size=_LARGEST)
    app.add_routes(beside)
    app.router.add_route("*", "/{path:.*}", handler)
    return app


def guarded(control: Control, doorkeeper: Doorkeeper) -> Middleware:
    """Give what stands before every handler: who may come in, and what a refusal looks like."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        doorkeeper.serve(request.protocol)
        host = request.headers.get(hdrs.HOST, "")
        if not is_loopback(host):
            return web.json_response({"code": "403", "msg": "The Host header is not a loopback address."}, status=403)
        if request.path.startswith("/okxlab/") and not control.allows(request):
            return web.json_response({"code": "401", "msg": "The control token is missing or wrong."}, status=401)
        try:
            return await handler(request)
        except Refusal as refusal:
            return refused(refusal)
        except web.HTTPException as error:
            response = refused(Refusal(_HTTP_CODES.get(error.status, "50002")))
            if error.status in _UNREAD:
                response.force_close()
            return response

    return guard


async def whole(request: web.Request) -> bytes:
    """Read a body that may take its time, but not for ever."""
    if request.content.is_eof():
        return await request.read()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _read(request: web.Request, route: Route, call: Call, body: bytes) -> None:
    check_type(request.headers.get(hdrs.CONTENT_TYPE, ""))
    if route.listed:
        call.body = read_batch(body)
    else:
        fields: dict[str, Any] = read_object(body)
        call.body = call.params = fields
