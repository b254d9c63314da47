"""The way between the order path and the exchange: answers are bytes, and anything may become of them."""

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

import orjson

from okxlab.exchange import Permit, Wire
from okxlab.exchange.outcome import rows_of
from okxlab.exchange.permit import freeze
from okxlab.exchange.profile import Profile
from okxlab.exchange.throttle import Throttle
from tests.simulation.invariants import Door
from tests.simulation.schedule import Fate, Fault
from tests.simulation.timeline import Timeline
from tests.simulation.venue import Refusal, Row, Venue

PROFILE = Profile("demo", "http://127.0.0.1:1", "ws://127.0.0.1:1", keys=True)
PATIENCE_MS, LONGEST_LAG_MS, LATEST_MS = 2_000, 4_000, 20_000
_PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
_LOST = ("lost before", "lost after", "late", "twice")
_BEFORE = ("server before", "busy before", "too many", "page 403", "reset before", "refused")
_BUSY = ("50001", "50004", "50005", "50013", "50026", "51149")


class Network:
    """The `Venue` port of the order path, over a line that fails as told.

    ``door`` sees every state-changing request at the moment its first byte leaves.
    """

    def __init__(  # noqa: PLR0917 - everything that a line connects
        self,
        venue: Venue,
        timeline: Timeline,
        fate: Fate,
        chance: Random,
        throttle: Throttle,
        door: "Door",
    ) -> None:
        self._venue = venue
        self._timeline = timeline
        self._fate = fate
        self._chance = chance
        self._throttle = throttle
        self._door = door
        self.skew = chance.randint(-800, 800)
        self.lag = chance.choice((0, 0, 50, 400, 2_000, LONGEST_LAG_MS))
        self.sends = self.reads = 0

    def now_ms(self) -> int:
        self._fate.step("venue clock")
        if self._fate.stalled:
            stalled, self._fate.stalled = self._fate.stalled, 0
            self._timeline.advance(stalled)
        return self._timeline.now + self.skew

    def prepare(self, path: str, rows: Sequence[Mapping[str, str]]) -> Permit:
        self._fate.step("prepare")
        return freeze(path, rows, partial(self._throttle.wait, "POST"), self)

    def send(self, permit: Permit, expires_ms: int) -> Wire:
        self._fate.step("send")
        if permit.expiring and expires_ms <= self.now_ms():
            return Wire(failure="Expired")
        permit.use(self)
        self._door(permit)
        self.sends += 1
        fault = self._fate.at("send", f"send {permit.path} of {len(permit.rows)}")
        wire = self._carried(permit, expires_ms, fault)
        if wire.status is not None:
            self._throttle.answered(permit.turn, wire.status, bytes(wire.text))
        self._fate.step("send, answered")
        return wire

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        self._fate.step("read")
        self.reads += 1
        fault = self._fate.at("read", method)
        self._timeline.advance(self._chance.randint(1, 30))
        wire = self._shown(method, dict(params)) if fault is None else self._spoilt(fault)
        self._fate.step("read, answered")
        return rows_of(wire, PROFILE)

    def _shown(self, method: str, params: Row) -> Wire:
        moment = self._timeline.now - (self._chance.randint(0, self.lag) if self.lag else 0)
        try:
            if method == "privateGetTradeOrder":
                rows = self._venue.order(params, moment)
            elif method == "privateGetTradeOrdersPending":
                rows = self._venue.listed(params, moment, active=True)
            elif method.startswith("privateGetTradeOrdersHistory"):
                rows = self._venue.listed(params, moment, active=False)
            else:
                rows = self._venue.executions(params, moment)
        except Refusal as refused:
            return _answer(200, refused.code)
        return Wire(sent=True, status=200, text=b'{"code":"0","msg":"","data":[%b]}' % b",".join(rows))

    def _spoilt(self, fault: Fault) -> Wire:
        if fault.kind in {"timeout", "reset"}:
            self._timeline.advance(PATIENCE_MS if fault.kind == "timeout" else 5)
            return Wire(sent=True, failure="ReadTimeout" if fault.kind == "timeout" else "ConnectionError")
        text = {"page": _PAGE, "cut": b'{"code":"0","data":[{"ordId"', "empty": b"", "no data": b'{"code":"0"}'}
        if fault.kind in text:
            return Wire(sent=True, status=200, text=text[fault.kind])
        if fault.kind == "server":
            return Wire(sent=True, status=(502, 503, 504, 520)[int(fault.amount * 4)], text=_PAGE)
        return _answer(200, _BUSY[int(fault.amount * 6)]) if fault.kind == "busy" else _answer(429, "50011")

    def _carried(self, permit: Permit, expires_ms: int, fault: Fault | None) -> Wire:
        kind = fault.kind if fault else ""
        number, second = (self._door.number, 1), (self._door.number, 2)
        self._timeline.advance(self._chance.randint(1, 30))
        if kind == "unconnected":
            return Wire(failure="ConnectTimeout")
        if kind in {"late", "twice"}:
            delay = int(fault.amount * LATEST_MS) if kind == "late" else int(fault.amount * 4_000)
            which = number if kind == "late" else second
            self._timeline.at(self._timeline.now + delay, lambda: self._deliver(permit, expires_ms, which))
        if kind in {"lost before", "late"}:
            return self._silence(PATIENCE_MS, "ReadTimeout")
        if kind in _BEFORE:
            return self._refused(kind, fault)
        answer = self._deliver(permit, expires_ms, number)
        if kind == "twice at once":
            again = self._deliver(permit, expires_ms, second)
            if {row["sCode"] for row in again["data"]} <= {"0", "51016"}:
                answer = again
        self._timeline.advance(self._chance.randint(1, 30))
        if kind in {"lost after", "twice"}:
            return self._silence(PATIENCE_MS - 60, "ReadTimeout")
        if kind == "reset after":
            return self._silence(5, "ConnectionError")
        return Wire(sent=True, status=200, text=orjson.dumps(answer)) if not kind else self._mangled(answer, fault)

    def _silence(self, ms: int, failure: str) -> Wire:
        self._timeline.advance(ms)
        return Wire(sent=True, failure=failure)

    def _deliver(self, permit: Permit, expires_ms: int, number: tuple[int, int]) -> dict[str, Any]:
        rows = [dict(row) for row in permit.rows]
        try:
            told = self._venue.post(permit.path, rows, expires_ms if permit.expiring else 0, number)
        except Refusal as refused:
            return {"code": refused.code, "msg": "no", "data": []}
        good = sum(row["sCode"] == "0" for row in told)
        return {"code": "0" if good == len(told) else "2" if good else "1", "msg": "", "data": told}

    def _refused(self, kind: str, fault: Fault) -> Wire:
        if kind == "reset before":
            return self._silence(5, "ConnectionError")
        if kind == "server before":
            return Wire(sent=True, status=(502, 503, 504, 520)[int(fault.amount * 4)], text=_PAGE)
        if kind == "page 403":
            return Wire(sent=True, status=403, text=_PAGE)
        if kind == "busy before":
            return _answer(200, _BUSY[int(fault.amount * 6)])
        return _answer(429, "50011") if kind == "too many" else _answer(200, "51010")

    def _mangled(self, answer: dict[str, Any], fault: Fault) -> Wire:
        """Spoil the answer to what the exchange did."""
        kind, rows = fault.kind, answer["data"]
        text = orjson.dumps(answer)
        if kind == "server after":
            return Wire(sent=True, status=(502, 503, 504, 520)[int(fault.amount * 4)], text=_PAGE)
        if kind == "busy after":
            return _answer(200, _BUSY[int(fault.amount * 6)])
        if kind == "page":
            text = _PAGE
        elif kind == "cut":
            text = text[: int(fault.amount * len(text))]
        elif kind == "empty":
            text = b""
        elif rows:
            _spoil_rows(answer, rows, fault)
            text = orjson.dumps(answer)
        return Wire(sent=True, status=200, text=text)


def _spoil_rows(answer: dict[str, Any], rows: list[dict[str, str]], fault: Fault) -> None:
    place = int(fault.amount * len(rows))
    match fault.kind:
        case "no data":
            rows.clear()
        case "nothing":
            answer["data"] = None
        case "no sCode":
            del rows[place]["sCode"]
        case "foreign id":
            rows[place]["clOrdId"], rows[place]["ordId"] = "somebodyelse", "1"
        case "one id":
            rows[place] |= {key: rows[0][key] for key in ("clOrdId",) if key in rows[0]}
        case "row busy":
            rows[place] |= {"sCode": _BUSY[int(fault.amount * 6)], "ordId": ""}
        case "row missing":
            del rows[place]
        case "shuffled":
            rows.reverse()


def _answer(status: int, code: str) -> Wire:
    return Wire(sent=True, status=status, text=b'{"code":"%b","msg":"no","data":[]}' % code.encode())
