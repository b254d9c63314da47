"""The control routes of failures: rules set, listed and taken back, the log, the market, the clock, maintenance."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from okxlab.errors import PaperError
from okxlab.paper.faults.clock import SkewedClock
from okxlab.paper.faults.faults import Faults
from okxlab.paper.faults.kinds import KINDS
from okxlab.paper.faults.maintenance import Maintenance
from okxlab.paper.faults.market import ACTS, Act
from okxlab.paper.streams.streams import Streams
from okxlab.paper.venue import Venue

_FIX = "Send a JSON object."


class RehearsalControl:
    """The handlers.

    Parameters
    ----------
    venue
        Whose market and accounts may be changed.
    faults, maintenance, clock
        What is steered.
    streams
        Told of maintenance when it is announced; they close when it begins.
    """

    def __init__(
        self, venue: Venue, faults: Faults, maintenance: Maintenance, clock: SkewedClock, streams: Streams
    ) -> None:
        self._streams = streams
        self._venue = venue
        self._faults = faults
        self._maintenance = maintenance
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/okxlab/faults", self._listed, allow_head=False),
            web.post("/okxlab/faults", self._set),
            web.delete("/okxlab/faults", self._cleared),
            web.delete(r"/okxlab/faults/{number:\d{1,9}}", self._cleared),
            web.post("/okxlab/market", self._market),
            web.post("/okxlab/maintenance", self._maintain),
            web.post("/okxlab/clock", self._skew),
        ]

    async def _listed(self, _request: web.Request) -> web.Response:
        kinds = {name: {"takes": kind.takes, "does": kind.does} for name, kind in KINDS.items()}
        rules = [rule.row() for rule in self._faults.rules()]
        return _json({"rules": rules, "log": list(self._faults.log), "kinds": kinds})

    async def _set(self, request: web.Request) -> web.Response:
        try:
            return _json(self._faults.add(await _object(request)).row())
        except PaperError as error:
            return _refused(error)

    async def _cleared(self, request: web.Request) -> web.Response:
        number = request.match_info.get("number")
        return _json({"removed": self._faults.remove(None if number is None else int(number))})

    async def _market(self, request: web.Request) -> web.Response:
        try:
            fields = await _object(request)
            done = _act(str(fields.get("act", "")))(self._venue, fields)
        except PaperError as error:
            return _refused(error)
        self._venue.settle()
        return _json(done)

    async def _maintain(self, request: web.Request) -> web.Response:
        try:
            fields = await _object(request)
            after, seconds = (_number(fields, name, default) for name, default in (("after", 0.0), ("seconds", 60.0)))
        except PaperError as error:
            return _refused(error)
        self._maintenance.plan(after, seconds, str(fields.get("title", "Service upgrade")))
        self._streams.upgrade(after)
        return _json({"rows": self._maintenance.rows()})

    async def _skew(self, request: web.Request) -> web.Response:
        try:
            self._clock.offset_ms = round(_number(await _object(request), "skew_ms", 0.0))
        except PaperError as error:
            return _refused(error)
        return _json({"skew_ms": self._clock.offset_ms})


def _act(name: str) -> Act:
    if name not in ACTS:
        raise PaperError(f"There is no act {name!r}.", f"Use one of {', '.join(ACTS)}.")
    return ACTS[name]


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        fields = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise PaperError("The body is not JSON.", _FIX) from None
    if not isinstance(fields, dict):
        raise PaperError("The body is not an object.", _FIX)
    return fields


def _number(fields: Mapping[str, Any], name: str, default: float) -> float:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        raise PaperError(f"The {name} {value!r} is not a number.", f"Give {name} as a number.")
    return float(value)


def _json(body: Mapping[str, object], status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def _refused(error: PaperError) -> web.Response:
    return _json({"error": str(error)}, 400)
