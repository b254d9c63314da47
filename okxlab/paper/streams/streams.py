"""All topics and who listens: what a turn changed is told at once, with the beat, or soon."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import ApiKey, Keys
from okxlab.paper.archive.archive import Archive
from okxlab.paper.changes import Changes
from okxlab.paper.codes import CODES
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.streams.catalog import Arg, Channel, Making
from okxlab.paper.streams.connection import GOING, IDLE, KEY_GONE, Connection
from okxlab.paper.streams.operations import Operations
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.terms import Terms
from okxlab.paper.streams.topic import Topic
from okxlab.paper.streams.trades import Trades
from okxlab.paper.venue import Venue

_NOTICE = "64008"
_TURN = 0.002  # seconds of work between two looks at the wire
Name = tuple[str, ...]


class Member(Protocol):
    """A session, as far as the streams look at it."""

    connection: Connection
    keys: dict[str, ApiKey]


class Streams:
    """The channels of a venue.

    Parameters
    ----------
    venue, archive, keys
        What they are about, and who may log in.
    limiter
        Counts what is asked of orders.
    terms
        What connections are held to.

    ``closed`` says whether nobody is let in at the moment: during maintenance.
    """

    def __init__(
        self, venue: Venue, archive: Archive, keys: Keys, limiter: Limiter, terms: Terms | None = None
    ) -> None:
        self.venue = venue
        self.keys = keys
        self.terms = terms or Terms()
        self.outlet = Outlet(venue.clock)
        self.operations = Operations(venue, archive, limiter)
        self.members: dict[Connection, Member] = {}
        self.closed: Callable[[], bool] = bool
        self._reading = Reading(venue, archive)
        self._topics: dict[Name, Topic] = {}
        self._public: dict[str, list[Topic]] = {}
        self._private: dict[str, list[Topic]] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._answers: list[Callable[[], None]] = []
        venue.sinks.append(self.hear)

    def topic(self, channel: Channel, arg: Arg, account: Account | None, interval: str) -> Topic:
        """Give the topic of a channel with its arguments, made if nobody listens to it yet.

        Raises
        ------
        Refusal
            The channel cannot be had with these arguments.
        """
        name = _name(arg, account.uid if account else "", interval)
        topic = self._topics.get(name)
        if topic is None:
            told = arg | {"uid": account.uid} if account else arg
            repeat = 0.0 if interval == "0" else self.terms.repeat
            making = Making(self._reading, self.outlet, self.terms, account or self.venue.accounts.main, repeat)
            topic = channel.make(making, dict(told))
            topic.name = name
        return topic

    def join(self, topic: Topic, connection: Connection) -> None:
        """Let a connection listen; what he is told first is saved first."""
        self.venue.settle()
        if topic.name not in self._topics:
            self._topics[topic.name] = topic
            self._shelf(topic).append(topic)
            topic.opened()
        topic.join(connection, self.venue.clock.monotonic())

    def leave(self, topic: Topic, connection: Connection) -> None:
        """Let a connection listen no more; a topic nobody listens to is dropped."""
        topic.listeners.pop(connection, None)
        if not topic.listeners:
            topic.closed()
            del self._topics[topic.name]
            self._shelf(topic).remove(topic)

    def count(self, topic: Topic) -> int:
        """Count the connections of the same account on the same channel."""
        same = [row for row in self._private.get(topic.arg["uid"], ()) if row.channel == topic.channel]
        return len({connection for row in same for connection in row.listeners})

    def hear(self, changes: Changes) -> None:
        """Take note of a turn, and tell what cannot wait."""
        if not self._topics:
            return
        now = self.venue.clock.monotonic()
        if self._private:
            for uid in _touched(changes):
                for topic in self._private.get(uid, ()):
                    topic.hear(changes)
        for topic in self._concerned(changes):
            topic.hear(changes)
            if changes.fills and isinstance(topic, Trades):
                topic.beat(now)
        self._hurry()

    def answer(self, send: Callable[[], None]) -> None:
        """Answer when the turn is over: operations that come in one moment share one, as over REST."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._end_turn)
        self._answers.append(send)

    async def run(self) -> None:
        """Tell what changed with every beat, and close who is idle or has lost his key."""
        while True:
            await asyncio.sleep(self.terms.beat)
            self._look_after()
            self.venue.settle()
            began = self.venue.clock.monotonic()
            for topic in list(self._topics.values()):
                now = self.venue.clock.monotonic()
                if topic.listeners:
                    topic.beat(now)
                if now - began > _TURN:
                    await asyncio.sleep(0)
                    self.venue.settle()
                    began = self.venue.clock.monotonic()

    def announce(self) -> None:
        """Tell everybody that the exchange will soon be gone for a while."""
        for connection in list(self.members):
            told = {"event": "notice", "code": _NOTICE, "msg": CODES[_NOTICE][1], "connId": connection.id}
            self.outlet.answer(connection, "notice", told)

    def upgrade(self, seconds: float) -> None:
        """Tell everybody of a service upgrade, and close every connection when it begins."""
        self.announce()
        asyncio.get_running_loop().call_later(max(seconds, 0), self._close_all)

    def end(self) -> None:
        """Tell everybody, and close every connection."""
        self.announce()
        self._close_all()

    def _close_all(self) -> None:
        for connection in list(self.members):
            connection.shut(GOING, "The exchange is going.")

    def _hurry(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(self.terms.soon, self._tell_soon)

    def _tell_soon(self) -> None:
        self._soon = None
        self.venue.settle()
        now = self.venue.clock.monotonic()
        quick = [topic for topic in self._topics.values() if topic.quick and topic.stale]
        for topic in quick:
            topic.beat(now)
            if self.venue.clock.monotonic() - now > _TURN:
                break  # the others' turn; the rest comes soon
        if any(topic.stale for topic in quick):
            self._hurry()

    def _end_turn(self) -> None:
        answers, self._answers = self._answers, []
        self.venue.settle()
        for send in answers:
            send()

    def _concerned(self, changes: Changes) -> Iterable[Topic]:
        """Give the public topics a turn may have changed: all when the feed moved, else those of its instruments."""
        if changes.moved or changes.instruments:
            return [topic for row in self._public.values() for topic in row]
        names = {order.instrument.name: None for order in changes.orders.values()}
        found = [topic for name in names for topic in self._public.get(name, ())]
        return [*found, *self._public.get("", ())] if changes.fills else found

    def _shelf(self, topic: Topic) -> list[Topic]:
        """Give the list a topic stands in: its account's, or its instrument's."""
        if "uid" in topic.arg:
            return self._private.setdefault(topic.arg["uid"], [])
        return self._public.setdefault(topic.arg.get("instId", ""), [])

    def _look_after(self) -> None:
        now = self.venue.clock.monotonic()
        for connection, member in list(self.members.items()):
            if now - connection.spoken > self.terms.idle:
                connection.shut(IDLE, "There was no traffic for too long.")
            elif not all(_holds(key, self.keys) for key in member.keys.values()):
                connection.shut(KEY_GONE, "The key was changed or deleted.")


def _touched(changes: Changes) -> Iterable[str]:
    """Give the uids a turn concerns."""
    found: dict[str, None] = dict.fromkeys(news.order.account.uid for news in changes.news)
    found |= dict.fromkeys(account.uid for account, _ in changes.algo_news)
    found |= dict.fromkeys(owner for owner, _ in changes.balances)
    found |= dict.fromkeys(held.account.uid for held in changes.positions.values())
    found |= dict.fromkeys(changes.accounts)
    found |= dict.fromkeys(grid.owner.uid for grid in changes.grids.values())
    return found


def _holds(key: ApiKey, keys: Keys) -> bool:
    """Whether a key may still be used as it was when it logged in."""
    found = keys.get(key.key)
    return found is not None and (found.secret, found.perms, found.ips) == (key.secret, key.perms, key.ips)


def _name(arg: Arg, uid: str, interval: str) -> Name:
    return (uid, interval, *(part for pair in sorted(arg.items()) for part in pair))
