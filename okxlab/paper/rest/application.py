"""OKX's REST over aiohttp: each request is read whole, checked, acted on and answered in one go."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from multidict import istr

from okxlab.paper.accounts.keys import Keys
from okxlab.paper.archive.archive import Archive
from okxlab.paper.codes import Refusal
from okxlab.paper.control.control import Control
from okxlab.paper.rest.access import admit, authorize
from okxlab.paper.rest.asked import NOTHING, Asked
from okxlab.paper.rest.doorkeeper import Doorkeeper
from okxlab.paper.rest.envelope import Reply, check_type, read_batch, read_object, refused, turned_away, wrapped
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.rest.loopback import is_loopback
from okxlab.paper.rest.route import Act, Answer, Call, Route
from okxlab.paper.rest.signing import Signed, check
from okxlab.paper.rest.table import routes
from okxlab.paper.rest.turns import Turns
from okxlab.paper.venue import Venue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HTTP_CODES = {404: "404", 405: "50115", 408: "408", 413: "413"}
_UNREAD = (408, 413)  # there is more to come that nobody wants
_BODY_SECONDS = 10.0
_LARGEST = 1 << 20
_WITHOUT_DATA = ("50011", "50061")
_SIMULATED = istr("x-simulated-trading")


class Acted(NamedTuple):
    """A request that was acted on, to be answered when its turn is over; ``shared`` says that it is not yet."""

    answer: Answer
    arrived: int
    shared: bool


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
        query = request.query if "?" in request.raw_path else NOTHING
        asked = Asked(
            request.method, request.raw_path, request.path, query, request.headers, body, request.remote or ""
        )
        done = self.act(asked, around)
        if isinstance(done, Acted):
            if done.shared:
                await self._turns.end()
            done = self._reply(done)
        return done.response()

    def answer(self, asked: Asked, tell: Callable[[Reply | None], None]) -> None:
        """Answer one request, now or when its turn is over; None when that could not be saved."""
        done = self.act(asked)
        if isinstance(done, Reply):
            tell(done)
        elif done.shared:
            self._turns.then(lambda saved: tell(self._reply(done) if saved else None))
        else:
            tell(self._reply(done))

    def act(self, asked: Asked, around: Callable[[Act], Act] | None = None) -> "Acted | Reply":
        """Act on one request; its turn is over, unless it is shared."""
        try:
            route = self._route(asked)
            call = self._call(asked, route)
        except Refusal as refusal:
            return turned_away(refusal)
        try:
            if route.method == "POST":
                _read(asked, route, call)
            if not route.joined:
                self._venue.settle()  # what others have just done is on disk, where it may be asked for
            self._venue.due(call.arrived // 1000)
            self._limiter.admit(route, call)
            answer = (around(route.act) if around else route.act)(call)
            if not route.joined:
                self._venue.settle()
        except Refusal as refusal:
            self._venue.settle()
            return turned_away(refusal, data=refusal.code not in _WITHOUT_DATA)
        return Acted(answer if isinstance(answer, Answer) else Answer(answer), call.arrived, route.joined)

    def _reply(self, done: "Acted") -> Reply:
        return wrapped(done.answer, done.arrived, self._venue.clock.now_ms() * 1000)

    def _route(self, asked: Asked) -> Route:
        found = self._routes.get(asked.path)
        if found is None:
            raise Refusal("404")
        if asked.method not in found:
            raise Refusal("50115")
        return found[asked.method]

    def _call(self, asked: Asked, route: Route) -> Call:
        """Let a request in."""
        venue, headers = self._venue, asked.headers
        call = Call(
            venue, self._archive, asked.query, venue.accounts.main, keys=self._keys, headers=headers, ip=asked.ip,
            endpoint=route.path, arrived=venue.clock.now_ms() * 1000,
        )  # fmt: skip
        if route.access != "public":
            call.key = check(Signed(asked.method, asked.target, asked.body, headers), self._keys, venue.clock)
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


def _read(asked: Asked, route: Route, call: Call) -> None:
    check_type(asked.headers.get(hdrs.CONTENT_TYPE, ""))
    if route.listed:
        call.body = read_batch(asked.body)
    else:
        fields: dict[str, Any] = read_object(asked.body)
        call.body = call.params = fields
