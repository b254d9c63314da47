"""OKX's REST routes over aiohttp: each request is read whole, checked, and answered in one go."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from okxlab.paper import private, public
from okxlab.paper.codes import Refusal
from okxlab.paper.control import Control
from okxlab.paper.envelope import answer, check_type, outcome, read_batch, read_order, refused
from okxlab.paper.signing import Keys, Signed, check
from okxlab.paper.venue import Venue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Query = Callable[[Venue, public.Params], list[object]]

_SIGNED_HEADERS = ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HTTP_CODES = {404: "404", 405: "50115", 413: "413"}


def application(venue: Venue, keys: Keys, control: Control) -> web.Application:
    """Give the application that speaks OKX v5 for a venue."""
    app = web.Application(middlewares=[_guarded(control)])
    app.add_routes([web.get(path, _found(venue, query), allow_head=False) for path, query in public.ROUTES.items()])
    for path, query in private.QUERIES.items():
        app.router.add_get(path, _signed(_found(venue, query), venue, keys), allow_head=False)
    actions = {"order": venue.place, "cancel-order": venue.cancel}
    batches = {"batch-orders": venue.place, "cancel-batch-orders": venue.cancel}
    for name, action in (actions | batches).items():
        handler = _acting(venue, action, batch=name in batches)
        app.router.add_post(f"/api/v5/trade/{name}", _signed(handler, venue, keys))
    app.add_routes(control.routes())
    return app


def _guarded(control: Control) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if host.rpartition(":")[0] not in _LOOPBACK and host not in _LOOPBACK:
            return web.json_response({"code": "403", "msg": "The Host header is not a loopback address."}, status=403)
        if request.path.startswith("/okxlab/") and not control.allows(request):
            return web.json_response({"code": "401", "msg": "The control token is missing or wrong."}, status=401)
        try:
            return await handler(request)
        except Refusal as refusal:
            return refused(refusal)
        except web.HTTPException as error:
            return refused(Refusal(_HTTP_CODES.get(error.status, "50002")))

    return guard


def _signed(handler: Handler, venue: Venue, keys: Keys) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name: request.headers.getall(name, []) for name in _SIGNED_HEADERS}
        check(Signed(request.method, request.raw_path, body, headers), keys, venue.clock)
        return await handler(request)

    return checked


def _found(venue: Venue, query: Query) -> Handler:
    async def found(request: web.Request) -> web.StreamResponse:
        try:
            return answer(query(venue, request.query))
        except Refusal as refusal:
            return refused(refusal, data=True)

    return found


def _acting(venue: Venue, action: private.Action, *, batch: bool) -> Handler:
    async def acting(request: web.Request) -> web.StreamResponse:
        arrived = venue.clock.now_ms()
        body = await request.read()
        try:
            check_type(request.headers.get("Content-Type", ""))
            asked = read_batch(body) if batch else [read_order(body)]
            if action == venue.place:
                private.check_deadline(venue, request.headers.get("expTime", ""))
        except Refusal as refusal:
            return refused(refusal, data=True)
        rows = private.act(venue, asked, action)
        return outcome(rows, arrived, venue.clock.now_ms(), batch=batch)

    return acting
