"""One connection, which comes back by itself: dialled, pinged and logged in by ccxt.pro, read here."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import ccxt.pro
import orjson

from okxlab.clock import Clock
from okxlab.errors import OkxlabError, Unreadable
from okxlab.exchange.codes import next_step
from okxlab.exchange.session import Session
from okxlab.exchange.wire.arg import Name, name_of, says
from okxlab.exchange.wire.backoff import Backoff
from okxlab.exchange.wire.topic import Merged, Topic

_log = logging.getLogger(__name__)

_LOST = "okxlab:lost"
_LOGIN_SECONDS = 10.0
_CARE_SECONDS = 0.1
_TOGETHER = 100  # channels asked for in one frame, far below OKX's 64 KB
_LOGIN_REFUSED = frozenset({"60004", "60005", "60006", "60007", "60009", "60024", "60032"})
_TOO_OFTEN = "60014"
_NOTICE = "64008"
Tap = Callable[[str], None]


class Line:
    """The connection to one of OKX's paths, and what is subscribed there.

    Parameters
    ----------
    exchange
        A genuine ``ccxt.pro.okx`` whose session is the guard.
    session
        Asked, over REST, for what happened while nobody listened.
    url
        Where it leads.
    lock
        Held while a topic changes.
    backoff
        Between attempts.
    tap
        Gets every push that tells something true, as it came.
    """

    def __init__(
        self, exchange: "ccxt.pro.okx", session: Session, url: str, *, lock: AbstractContextManager[object],
        clock: Clock, backoff: Backoff, tap: Tap | None = None,
    ) -> None:  # fmt: skip
        self.up, self.why = False, "connecting"
        self.since_ms, self.heard = clock.now_ms(), clock.monotonic()
        self.dials = 0
        self.topics: dict[Name, list[Topic]] = {}
        self._exchange = exchange
        self._session = session
        self._url = url
        self._lock = lock
        self._clock = clock
        self._backoff = backoff
        self._tap = tap
        self._client: Any = None
        self._asked: dict[str, list[Topic]] = {}
        self._count = 0
        self._refusal = ""
        self._merging: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Connect, and connect again whenever it is lost, until it is cancelled or the login is refused."""
        while not self._refusal:
            why = await self._talk()
            with self._lock:
                self._lose(why)
            _log.info("%s is lost: %s", self._url, why)
            await asyncio.sleep(self._backoff.next())
        self._give_up(self._refusal)

    def ended(self, task: "asyncio.Task[None]") -> None:
        """Say so when it ended in an error nobody foresaw: nothing comes any more."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s ended", self._url, exc_info=error)
            self._give_up(f"the connection ended in an error nobody foresaw ({error!r})")

    def add(self, topic: Topic) -> None:
        """Subscribe a topic, now or as soon as it is connected."""
        topic.way, topic.refused = self, self._refusal
        same = self.topics.setdefault(name_of(topic.arg), [])
        same.append(topic)
        if self.up:
            if len(same) > 1 and topic.greeted:  # what stands is told to those who come only
                self._anew([topic])
            else:
                self._ask("subscribe", [topic])

    def drop(self, topic: Topic) -> None:
        """Subscribe it no more."""
        same = self.topics[name_of(topic.arg)]
        same.remove(topic)
        self._asked = {number: rest for number, part in self._asked.items() if (rest := [*{*part} - {topic}])}
        if not same:
            del self.topics[name_of(topic.arg)]
            if self.up:
                self._ask("unsubscribe", [topic])

    def hear(self, text: str) -> bool:
        """Take a text that came, and say whether ccxt need not see it.

        Raises
        ------
        Unreadable
            It is none of OKX's messages, or torn.
        """
        self.heard = self._clock.monotonic()
        if text == "pong":
            return False
        try:
            message = orjson.loads(text)
            if "data" in message:
                with self._lock:
                    self._push(message, text)
                return True
            return self._event(message)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise Unreadable(f"{self._url} sent what is no message of OKX's ({error!r}).") from None

    async def _talk(self) -> str:
        """Connect, log in, subscribe, listen, and give why it ended."""
        self.dials += 1
        client = self._exchange.client(self._url)
        lost = client.future(_LOST)
        caring: asyncio.Task[None] | None = None
        try:
            await asyncio.wait({client.connect(self._exchange.session), lost}, return_when=asyncio.FIRST_COMPLETED)
            if not lost.done():
                await self._log_in()
                self._open(client)
                caring = asyncio.create_task(self._care())
                await asyncio.wait({lost, caring}, return_when=asyncio.FIRST_COMPLETED)
                if not lost.done():
                    caring.result()
            return _reason(lost)
        except (ccxt.BaseError, TimeoutError, OkxlabError) as error:
            return str(error) or type(error).__name__
        finally:
            self._client = None
            for task in [*self._merging, *([caring] if caring else [])]:
                task.cancel()
            self._exchange.clients.pop(self._url, None)
            if not client.connected.done():  # ccxt goes on connecting, though nobody waits for it
                client.connected.add_done_callback(lambda _: self._later(client.close()))
            await client.close()

    async def _log_in(self) -> None:
        if any(topic.private for topic in self._all()):
            place = self._url.rpartition("/")[2]
            await asyncio.wait_for(self._exchange.authenticate({"access": place}), _LOGIN_SECONDS)

    def _open(self, client: Any) -> None:
        self._client = client
        with self._lock:
            self.up, self.why, self.since_ms = True, "", self._clock.now_ms()
            self._ask("subscribe", [topic for topic in self._all() if not topic.refused])

    def _give_up(self, why: str) -> None:
        with self._lock:
            self._refusal = why
            for topic in self._all():
                topic.refused, topic.torn_ms = why, self._clock.now_ms()
                topic.tell(())

    def _lose(self, why: str) -> None:
        if self.up:
            self.since_ms = self._clock.now_ms()
        self.up, self.why = False, why
        self._asked.clear()
        for topic in self._all():
            topic.parted()
            topic.tell(())

    def _all(self) -> list[Topic]:
        return [topic for same in self.topics.values() for topic in same]

    async def _care(self) -> None:
        """Subscribe anew what nothing else would bring back."""
        while True:
            await asyncio.sleep(_CARE_SECONDS)
            with self._lock:
                due = [topic for topic in self._all() if topic.overdue()]
                if due:
                    self._anew(due)

    def _anew(self, topics: list[Topic]) -> None:
        """Subscribe anew, so that the exchange tells what stands."""
        for topic in topics:
            for same in self.topics[name_of(topic.arg)]:
                same.parted()
        self._ask("unsubscribe", topics)
        self._ask("subscribe", topics)

    def _ask(self, op: str, topics: Iterable[Topic]) -> None:
        """Send one frame for up to a hundred channels."""
        named = {name_of(topic.arg): topic for topic in topics}
        asked = list(named.values())
        for start in range(0, len(asked), _TOGETHER):
            part = asked[start : start + _TOGETHER]
            self._count += 1
            if op == "subscribe":
                self._asked[f"s{self._count}"] = part
                for topic in part:
                    topic.asked = self._clock.monotonic()
            frame = {"id": f"{op[0]}{self._count}", "op": op, "args": [topic.arg for topic in part]}
            self._later(self._send(json.dumps(frame)))

    async def _send(self, frame: str) -> None:
        client = self._client
        if client is not None:
            try:
                await client.send(frame)
            except (ConnectionError, OkxlabError) as error:  # it is lost, and will be told so
                client.on_error(error)

    def _push(self, message: Mapping[str, Any], text: str) -> None:
        topics = self.topics.get(name_of(message["arg"]), ())
        for topic in topics:
            try:
                topic.take(message)
            except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
                topic.tear(f"it was told what cannot be read ({error!r}); it is subscribed anew")
            if topic.ready:
                self._backoff.reset()
            if topic.torn:
                topic.tell(())
        if self._tap is not None and any(topic.ready and not topic.torn for topic in topics):
            self._tap(text)

    def _event(self, message: Mapping[str, Any]) -> bool:
        """Take an answer of the exchange; a login and what goes wrong with one is ccxt's."""
        event, code = message.get("event"), str(message.get("code", ""))
        if event == "subscribe":
            with self._lock:
                for topic in self.topics.get(name_of(message["arg"]), ()):
                    self._confirmed(topic)
        elif event == "error" and message.get("id") in self._asked:
            if code != _TOO_OFTEN:
                with self._lock:
                    self._refuse(self._asked[message["id"]], code, str(message.get("msg", "")))
        elif event == "channel-conn-count-error":
            with self._lock:
                same = [topic for topic in self._all() if topic.arg["channel"] == message.get("channel")]
                self._refuse(same, "", "the account has too many connections on this channel")
        elif event == "notice":
            _log.warning("%s: %s", self._url, message.get("msg", "") or code)
        elif event == "error" and code in _LOGIN_REFUSED:
            self._refusal = f"the login was refused with code {code}: {message.get('msg', '')}"
            return False
        elif event == "error":
            self._blame(code, str(message.get("msg", "")))
        return event != "login"

    def _confirmed(self, topic: Topic) -> None:
        topic.subscribed()
        if isinstance(topic, Merged) and not topic.ready:
            self._later(topic.catch_up(self._session, self._lock))

    def _refuse(self, topics: list[Topic], code: str, said: str) -> None:
        """End those of a frame that the message names; a frame of one needs no name."""
        named = [topic for topic in topics if says(said, topic.symbol)] or topics
        for topic in named:
            topic.refused = f"the exchange refused {topic.arg} with code {code}: {said}. {next_step(code)}"
            topic.torn_ms = self._clock.now_ms()
            topic.tell(())

    def _blame(self, code: str, said: str) -> None:
        """Refuse what an error without an id names and nothing was told of; ccxt would give everything up."""
        with self._lock:
            named = [topic for topic in self._all() if says(said, topic.symbol) and not topic.ready]
            if named:
                self._refuse(named, code, said)
        _log.warning("%s: error %s: %s", self._url, code, said)

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._merging.add(task)
        task.add_done_callback(self._merging.discard)


def _reason(lost: "asyncio.Future[Any]") -> str:
    if lost.cancelled() or lost.exception() is None:
        return "the connection was closed"
    return str(lost.exception()) or type(lost.exception()).__name__
