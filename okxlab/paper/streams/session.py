"""What one client says, and what it has subscribed."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.access import reaches
from okxlab.paper.rest.envelope import read_object
from okxlab.paper.streams.catalog import Arg, Channel, arg_of, channel_of
from okxlab.paper.streams.connection import TOO_MANY, Connection
from okxlab.paper.streams.login import log_in
from okxlab.paper.streams.operations import PATHS, Asked
from okxlab.paper.streams.streams import Streams
from okxlab.paper.streams.topic import Topic

_HOUR = 3600.0
_TURN, _NAP = 0.005, 0.01  # seconds: of work for one client, and of waiting until it reads
_COUNTED = frozenset(("orders", "account", "positions", "balance_and_position", "account-greeks"))
_OP = ("subscribe", "unsubscribe", "login")
Request = Mapping[str, Any]


class Session:
    """A client's side of a connection: its login, its subscriptions, its requests.

    Parameters
    ----------
    streams
        What there is to subscribe.
    connection
        The wire.
    now
        When it was opened, in seconds of the machine.
    """

    def __init__(self, streams: Streams, connection: Connection, now: float) -> None:
        self.connection = connection
        self.account: Account | None = None
        self.key: ApiKey | None = None
        self.keys: dict[str, ApiKey] = {}  # the newest of each account that has logged in
        self.topics: dict[tuple[str, ...], Topic] = {}
        self._streams = streams
        self._clock = streams.venue.clock
        self._window, self._operations = now, 0
        self._busy = 0.0

    async def hear(self, text: str) -> None:
        """Act on what a client says; one that asks for much lets others have their turn meanwhile."""
        if text == "ping":
            self._streams.outlet.pong(self.connection)
        else:
            request: Request = {}
            began = self._clock.monotonic()
            try:
                request = _read(text)
                await self._act(request)
            except Refusal as refusal:
                self._refuse(request, refusal)
            await self._yield(began)

    def leave(self) -> None:
        """Drop all subscriptions."""
        for topic in self.topics.values():
            self._streams.leave(topic, self.connection)
        self.topics.clear()

    async def _yield(self, began: float) -> None:
        """Let others have their turn once this client has had enough of it, or does not read what it is told."""
        self._busy += self._clock.monotonic() - began
        if self._busy > _TURN:
            self._busy = 0.0
            await asyncio.sleep(0)
            while self.connection.crowded:
                await asyncio.sleep(_NAP)

    async def _act(self, request: Request) -> None:
        op = request.get("op")
        if not isinstance(op, str):
            raise Refusal("60012", json.dumps(request))
        if op in PATHS:
            self._operate(request)
        elif op in _OP:
            self._count()
            args = request.get("args")
            if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
                raise Refusal("60012", json.dumps(request))
            if op == "login":
                self._log_in(request, args)
            else:
                for arg in args:
                    if self.connection.shutting:
                        break
                    began = self._clock.monotonic()
                    self._change(request, arg, join=op == "subscribe")
                    await self._yield(began)
        else:
            raise Refusal("60019", json.dumps(op))

    def _log_in(self, request: Request, args: list[Any]) -> None:
        """Log in, or log in anew: subscriptions stay with the account they were made for."""
        streams = self._streams
        key = log_in(args[0], streams.keys, self._clock)
        if not reaches(key, self.connection.ip):
            raise Refusal("60009")
        self.key, self.account = key, streams.venue.accounts[key.uid]
        self.keys[key.uid] = key
        self._event(request, {"event": "login", "code": "0", "msg": ""})

    def _change(self, request: Request, asked: Mapping[str, Any], *, join: bool) -> None:
        """Subscribe or unsubscribe one channel."""
        try:
            channel = channel_of(str(asked.get("channel", "")))
            self._check(channel)
            arg = arg_of(channel, asked, self._streams.venue.listing.__contains__)
            (self._join if join else self._drop)(request, channel, arg, asked)
        except Refusal as refusal:
            code = refusal.code
            ours = code.startswith("6")
            self._refuse(request, refusal if ours else Refusal("60018", json.dumps(dict(asked))))

    def _check(self, channel: Channel) -> None:
        """Refuse what is not to be had on this path, or not before a login."""
        place = self.connection.place
        if place not in {"", channel.place}:
            raise Refusal({"business": "64001"}.get(channel.place, "64002" if place == "business" else "60018"))
        if channel.private and self.account is None:
            raise Refusal("60011")
        if channel.refused:
            raise Refusal(channel.refused)

    def _join(self, request: Request, channel: Channel, arg: Arg, asked: Mapping[str, Any]) -> None:
        """Confirm a subscription, then tell what stands; one that is there already is only confirmed."""
        name = _name(arg)
        if name in self.topics:
            self._event(request, {"event": "subscribe", "arg": arg})
            return
        if len(self.topics) >= self._streams.terms.channels:
            self.connection.shut(TOO_MANY, "There are too many channels.")
            return
        topic = self._streams.topic(channel, arg, self.account if channel.private else None, _interval(asked))
        if topic.channel in _COUNTED and not self._room(topic):
            return
        self._event(request, {"event": "subscribe", "arg": arg})
        self.topics[name] = topic
        self._streams.join(topic, self.connection)

    def _drop(self, request: Request, _channel: Channel, arg: Arg, _asked: Mapping[str, Any]) -> None:
        topic = self.topics.pop(_name(arg), None)
        if topic is not None:
            self._streams.leave(topic, self.connection)
        self._event(request, {"event": "unsubscribe", "arg": arg})

    def _room(self, topic: Topic) -> bool:
        """Count the connections of an account on a private channel, and tell; one too many gets nothing."""
        count = self._streams.count(topic) + 1
        most = self._streams.terms.sharing
        event = "channel-conn-count" if count <= most else "channel-conn-count-error"
        self._event({}, {"event": event, "channel": topic.channel, "connCount": str(min(count, most))})
        return count <= most

    def _operate(self, request: Request) -> None:
        """Act on orders; the answer has a form of its own, refused or not."""
        streams, op = self._streams, str(request["op"])
        clock = self._clock
        arrived = clock.now_ms() * 1000
        told: dict[str, Any] = {"id": str(request.get("id", "")), "op": op}
        try:
            answer = streams.operations.act(self._asked(request, op, arrived))
            told |= {"code": answer.code, "msg": answer.text, "data": answer.rows}
        except Refusal as refusal:
            told |= {"code": refusal.code, "msg": refusal.what, "data": []}
        told["inTime"] = str(arrived)

        def send() -> None:
            streams.outlet.answer(self.connection, op, told | {"outTime": str(clock.now_ms() * 1000)})

        streams.answer(send)

    def _asked(self, request: Request, op: str, arrived: int) -> Asked:
        """Give an operation that may be acted on."""
        if self.connection.place not in {"", "private"}:
            raise Refusal("60028")
        if self.account is None or self.key is None:
            raise Refusal("60011")
        deadline, ip = str(request.get("expTime") or ""), self.connection.ip
        return Asked(op, request.get("args"), deadline, self.account, self.key, ip, arrived)

    def _count(self) -> None:
        """Refuse more operations an hour than OKX takes."""
        now = self._clock.monotonic()
        if now - self._window >= _HOUR:
            self._window, self._operations = now, 0
        self._operations += 1
        if self._operations > self._streams.terms.operations:
            raise Refusal("60014")

    def _refuse(self, request: Request, refusal: Refusal) -> None:
        self._event(request, {"event": "error", "code": refusal.code, "msg": refusal.what})

    def _event(self, request: Request, message: dict[str, Any]) -> None:
        told = message | {"connId": self.connection.id}
        if request.get("id"):
            told = {"id": str(request["id"])} | told
        self._streams.outlet.answer(self.connection, str(request.get("op", "")), told)


def _read(text: str) -> Request:
    try:
        return read_object(text.encode())
    except Refusal:
        raise Refusal("60012", text[:200]) from None


def _name(arg: Arg) -> tuple[str, ...]:
    return tuple(part for pair in arg.items() for part in pair)


def _interval(asked: Mapping[str, Any]) -> str:
    """Give the updateInterval of extraParams, which is JSON in a text."""
    extra = asked.get("extraParams")
    try:
        found = json.loads(extra) if isinstance(extra, str) else extra
    except (ValueError, RecursionError):
        raise Refusal("60013", "extraParams") from None
    return str(found.get("updateInterval", "")).strip() if isinstance(found, dict) else ""
