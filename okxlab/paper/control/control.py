"""The routes beyond OKX's own, under /okxlab/ with a token of their own: step, feed, print, log, lease."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from okxlab.paper.codes import Refusal
from okxlab.paper.control.leases import Leases
from okxlab.paper.options import PaperOptions
from okxlab.paper.rest.envelope import read_object
from okxlab.paper.venue import Moved, Venue

HEADER = "X-Okxlab-Token"
MOST_POINTS = 10_000_000
_MOST_WITHOUT_END = 30 * 5760  # a month of one-minute candles, when a walk is stepped until a fill


class Control:
    """The handlers of the control routes.

    Parameters
    ----------
    venue
        The exchange.
    options
        How it was started.
    token
        What the token header must carry.
    leases
        Who keeps it alive.
    """

    def __init__(self, venue: Venue, options: PaperOptions, token: str, leases: Leases) -> None:
        self._venue = venue
        self._options = options
        self._token = token.encode()
        self._leases = leases

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/okxlab/lease", self._lease, allow_head=False),
            web.get("/okxlab/feed", self._feed, allow_head=False),
            web.get("/okxlab/log", self._log, allow_head=False),
            web.post("/okxlab/step", self._step),
            web.post("/okxlab/print", self._print),
        ]

    def allows(self, request: web.Request) -> bool:
        """Whether a request carries the control token."""
        given = request.headers.get(HEADER, "").encode(errors="surrogateescape")
        return hmac.compare_digest(given, self._token)

    async def _lease(self, request: web.Request) -> web.StreamResponse:
        return await self._leases.hold(request)

    async def _feed(self, _request: web.Request) -> web.Response:
        feed, options = self._venue.feed, self._options
        return _json(
            {
                "mode": "stepped" if options.stepped else "realtime",
                "speed": options.speed,
                "source": options.prices.partition(":")[0],
                "seed": options.seed,
                "limits": options.limits,
                "fills": options.fills,
                "candle": feed.candle,
                "point": feed.point,
                "done": feed.done,
            }
        )

    async def _log(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._venue.log.text(), content_type="application/x-ndjson")

    async def _step(self, request: web.Request) -> web.Response:
        fields = read_object(await request.read())
        if not self._options.stepped:
            return _json({"error": "The feed runs by the clock: start with --stepped to step it."}, status=409)
        moved = self._moved(fields)
        self._venue.settle()
        feed = self._venue.feed
        return _json(
            {"moved": moved.points, "fills": moved.fills, "done": feed.done, "candle": feed.candle, "point": feed.point}
        )

    def _moved(self, fields: Mapping[str, Any]) -> Moved:
        if fields.get("until") == "fill":
            end = self._venue.feed.left
            default = _MOST_WITHOUT_END if end is None else end
            return self._venue.step(_count(fields, "most", default), until_fill=True)
        if "until" in fields:
            raise Refusal("51000", "until")
        return self._venue.step(_count(fields, "points", None))

    async def _print(self, request: web.Request) -> web.Response:
        fields = read_object(await request.read())
        self._venue.settle()  # what others have just done is not of this turn
        made = self._venue.trade(fields)
        trades = [str(fill.trade_id) for fill in self._venue.changes.fills]
        self._venue.settle()
        return _json({"fills": made.fills, "trades": trades})


def _count(fields: Mapping[str, Any], name: str, default: int | None) -> int:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10):
        raise Refusal("51000" if value is not None else "50014", name)
    if int(value) > MOST_POINTS:
        raise Refusal("51000", name)
    return int(value)


def _json(body: Mapping[str, object], *, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, separators=(",", ":")))
