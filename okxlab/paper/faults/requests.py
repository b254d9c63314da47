"""Faults of requests: what happens to them on their way in, and to their answers on the way out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from okxlab.paper.codes import Refusal
from okxlab.paper.faults.faults import Faults
from okxlab.paper.faults.maintenance import Maintenance
from okxlab.paper.faults.rows import struck
from okxlab.paper.faults.rule import Occasion, Rule
from okxlab.paper.faults.stale import Past, question_of
from okxlab.paper.rest.application import whole
from okxlab.paper.rest.envelope import refused
from okxlab.paper.rest.route import Act, Answer, Call

Around = Callable[[Act], Act]
Handle = Callable[[web.Request, "Around | None"], Awaitable[web.StreamResponse]]
_PREFIX = "/api/v5/"
_INSTEAD = ("drop", "hang", "status", "code")  # with or without acting
_PAGE = "<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{status}</h1><p>{says}</p></body></html>"


class Rehearsal:
    """Stands between the wire and the exchange; does nothing while no rule is set.

    Parameters
    ----------
    handle
        Answers a request; the second argument puts something around what acts on it once it was let in.
    faults
        The rules.
    past
        The answers of some time ago.
    maintenance
        While it is under way, requests are turned away.
    """

    def __init__(self, handle: Handle, faults: Faults, past: Past, maintenance: Maintenance) -> None:
        self._handle = handle
        self._maintenance = maintenance
        self._faults = faults
        self._past = past
        self._later: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, with the faults that strike it."""
        if self._maintenance.refuses(request.path):
            return refused(Refusal("50001"))
        if not self._faults.armed("rest"):
            return await self._handle(request, None)
        body = await whole(request) if request.body_exists else b""
        rules = {rule.fault: rule for rule in self._faults.strike("rest", _occasion(request, body))}
        if "delay" in rules:
            await asyncio.sleep(rules["delay"].values["ms"] / 1000)
        if "late" in rules:
            self._act_later(request, rules["late"].values["ms"] / 1000)
            return _broken(request)
        return await self._answered(request, rules)

    def free(self, path: str) -> bool:
        """Whether nothing stands in the way of a request."""
        return not (self._maintenance.refuses(path) or self._faults.armed("rest"))

    def close(self) -> None:
        """Give up what is still to be acted on later."""
        for task in self._later:
            task.cancel()

    async def _answered(self, request: web.Request, rules: Mapping[str, Rule]) -> web.StreamResponse:
        instead = next((rules[fault] for fault in _INSTEAD if fault in rules), None)
        if instead is not None and not instead.values["accepted"]:
            return await _given(request, instead)
        response = await self._handle(request, lambda act: self._around(act, rules))
        if "repeat" in rules:
            await self._handle(request, None)
        if "slow" in rules:
            await asyncio.sleep(rules["slow"].values["ms"] / 1000)
        if instead is not None:
            return await _given(request, instead)
        if "cut" in rules and isinstance(response, web.Response) and isinstance(response.body, bytes):
            part = response.body[: rules["cut"].values["bytes"]]
            return web.Response(status=response.status, body=part, content_type="application/json")
        return response

    def _around(self, act: Act, rules: Mapping[str, Rule]) -> Act:
        """Answer by the rules; while there are any, questions are kept for the rule that asks for old answers."""
        inner = struck(act, rules, self._past)

        def answer(call: Call) -> "Answer | Sequence[Any]":
            if call.body is None:
                self._past.learn(act, call, question_of(call))
            return inner(call)

        return answer

    def _act_later(self, request: web.Request, seconds: float) -> None:
        async def act() -> None:
            await asyncio.sleep(seconds)
            await self._handle(request, None)

        task = asyncio.ensure_future(act())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _occasion(request: web.Request, body: bytes) -> Occasion:
    rows: Any = [dict(request.query)]
    if body:
        try:
            rows = orjson.loads(body)
        except orjson.JSONDecodeError:
            rows = []
    fields = [row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict)]
    instruments = frozenset(name for row in fields if isinstance(name := row.get("instId"), str))
    names = tuple(name for row in fields if isinstance(name := row.get("clOrdId"), str))
    return Occasion(request.path.removeprefix(_PREFIX), instruments, request.method, names)


async def _given(request: web.Request, rule: Rule) -> web.StreamResponse:
    """Give what comes instead of the answer."""
    values = rule.values
    if rule.fault == "drop":
        return _broken(request)
    if rule.fault == "hang":
        await asyncio.Event().wait()  # ends when the client goes, or the exchange
    if rule.fault == "status":
        return _page(values["status"], values["body"])
    return refused(Refusal(values["code"]))


def _page(status: int, body: str) -> web.Response:
    if body == "html":
        text = _PAGE.format(status=status, says="An edge server answered for the exchange.")
        return web.Response(status=status, text=text, content_type="text/html")
    text = '{"code":"0","msg":"","data":[]}' if body == "json" else ""
    return web.Response(status=status, text=text, content_type="application/json")


def _broken(request: web.Request) -> web.StreamResponse:
    """Break the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
