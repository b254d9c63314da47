"""One subscription: what it was told, and whether that can be trusted."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol
from weakref import WeakSet

import pandas as pd

from okxlab.clock import Clock
from okxlab.errors import OkxlabError
from okxlab.exchange.session import Session
from okxlab.exchange.wire.backoff import Backoff
from okxlab.exchange.wire.state import State

_log = logging.getLogger(__name__)

Row = Any
"""A row as OKX writes it: a mapping of texts, or for candles a list of them."""
Message = Mapping[str, Any]

PINGS = 12.0
"""Seconds after which a connection that is pinged every five has said nothing for too long."""
_AGAIN_TORN, _AGAIN_UNTOLD, _AGAIN_SILENT = 2.0, 10.0, 60.0


class Way(Protocol):
    """The connection a topic is told over: whether it is up, else since when (ms UTC) and why not."""

    up: bool
    dials: int
    since_ms: int
    why: str
    heard: float


class Listener(Protocol):
    """Who is told of news."""

    def hear(self, rows: Sequence[Row]) -> None:
        """Take news."""


class Topic(ABC):
    """What one subscription tells; kinds of channels say how it is read.

    Parameters
    ----------
    symbol
        OKX's id; empty where the channel has none.
    clock
        Judges how long ago it was told something.
    keep
        Rows of history kept.
    patience
        Seconds of silence after which it is stale; None takes the kind's.
    """

    place: ClassVar[str] = "public"
    silent_after: ClassVar[float] = 5.0
    greeted: ClassVar[bool] = True  # whether a subscription is answered with what stands, so that news must come

    def __init__(self, symbol: str, clock: Clock, *, keep: int = 1000, patience: float | None = None) -> None:
        self.symbol = symbol
        self.clock = clock
        self.keep = keep
        self.patience = self.silent_after if patience is None else patience
        self.way: Way | None = None
        self.listeners: WeakSet[Listener] = WeakSet()  # a stream nobody holds any more ends
        self.ready = False
        self.torn = ""
        self.refused = ""
        self.asked = self.heard = clock.monotonic()
        self.began_ms = self.torn_ms = clock.now_ms()
        self.time_ms = 0  # the newest stamp of OKX's
        self.latest: Row | None = None
        self.counts = {"messages": 0, "repeated": 0, "gaps": 0}

    @property
    @abstractmethod
    def arg(self) -> dict[str, str]:
        """OKX's arg."""

    @abstractmethod
    def apply(self, message: Message) -> list[Row] | None:
        """Take a push in and give its news; None when it tells nothing that is not known."""

    def whole(self, message: Message) -> bool:
        """Whether what stands is known after a push."""
        return self.greeted

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Give what stands."""

    @classmethod
    def stacked(cls, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give the frames of several symbols as one, the symbol being its first index."""
        return noted(pd.concat(frames, names=["symbol"]), frames)

    @property
    def private(self) -> bool:
        """Whether one must have logged in."""
        return self.place == "private"

    def take(self, message: Message) -> None:
        """Take a push in and tell the listeners; what is no news does not count as a sign of life."""
        self.counts["messages"] += 1
        news = self.apply(message)
        if news is None:
            self.counts["repeated"] += not self.torn
            return
        self.alive(ready=self.whole(message))
        if news:
            self.latest = news[-1]
        self.tell(news)

    def alive(self, *, ready: bool) -> None:
        """Note a sign of life; ``ready`` when what stands is known from now on."""
        if self.judge() != "live":
            self.began_ms = self.clock.now_ms()
        self.heard = self.clock.monotonic()
        if ready and not self.ready:
            self.ready, self.torn = True, ""

    def tell(self, rows: Sequence[Row]) -> None:
        """Tell the listeners."""
        for listener in list(self.listeners):
            listener.hear(rows)

    def tear(self, why: str) -> None:
        """Note that what stands is wrong until the subscription is made anew."""
        self.counts["gaps"] += 1
        self.torn, self.torn_ms = why, self.clock.now_ms()

    def subscribed(self) -> None:
        """Take note that the exchange confirmed it."""
        if not self.greeted:
            self.alive(ready=True)
            self.tell(())

    def parted(self) -> None:
        """Take note that the connection is lost, or the subscription is made anew."""
        self.ready = False

    def judge(self) -> State:
        """Say whether what stands can be trusted."""
        now, way = self.clock.now_ms(), self.way
        if self.refused:
            return State("closed", self.torn_ms, self.refused)
        if way is None or not way.up:
            since, why = (now, "connecting") if way is None else (way.since_ms, way.why)
            return State("reconnecting", since, why)
        if self.torn:
            return State("stale", self.torn_ms, self.torn)
        if not self.ready:
            return State("reconnecting", way.since_ms, "nothing told yet")
        silent = self.silence
        if silent > self.patience:
            return State("stale", now - round(silent * 1000), f"silent for {silent:.0f} s")
        return State("live", self.began_ms)

    @property
    def silence(self) -> float:
        """Seconds without a sign of life; on private channels an answer to a ping is one."""
        heard = self.heard if self.way is None or not self.private else max(self.heard, self.way.heard)
        return self.clock.monotonic() - heard

    def overdue(self) -> bool:
        """Whether to subscribe anew: nothing else would bring it back."""
        if self.refused:
            return False
        waited = self.clock.monotonic() - self.asked
        if self.torn:
            return waited > _AGAIN_TORN
        if not self.ready:
            return waited > _AGAIN_UNTOLD
        return not self.private and self.silence > 2 * self.patience and waited > _AGAIN_SILENT


class Merged(Topic):
    """A topic that tells only what changes: REST must tell what stands, and what happened while nobody listened."""

    greeted = False
    confirmed = False

    def subscribed(self) -> None:
        """Wait for what REST tells."""
        self.confirmed = True

    def parted(self) -> None:
        """Ask REST again after the next confirmation."""
        super().parted()
        self.confirmed = False

    def overdue(self) -> bool:
        """Whether to subscribe anew; that would not help while only REST is silent."""
        return super().overdue() and (self.ready or bool(self.torn) or not self.confirmed)

    async def catch_up(self, session: Session, lock: AbstractContextManager[object]) -> None:
        """Learn from REST what happened while nobody listened, until it tells."""
        backoff = Backoff()
        while True:
            try:
                rows = await asyncio.to_thread(self.fetch, session)
                break
            except OkxlabError as error:
                _log.info("REST does not tell what %s missed: %s", self.arg, error)
                await asyncio.sleep(backoff.next())
        with lock:
            self.merge(rows)
            self.alive(ready=True)
            self.tell(())

    @abstractmethod
    def fetch(self, session: Session) -> Iterable[Row]:
        """Ask REST; blocks."""

    @abstractmethod
    def merge(self, rows: Iterable[Row]) -> None:
        """Take in what REST told."""


class Newest(Topic):
    """A topic of which each push tells all that stands."""

    def apply(self, message: Message) -> list[Row] | None:
        """Take the newest."""
        row = message["data"][-1]
        if self.ready and (int(row["ts"]) < self.time_ms or row == self.latest):  # overtaken, or repeated
            return None
        self.time_ms = int(row["ts"])
        return [row]


def noted(joined: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Note on joined frames, by symbol, what each of them noted."""
    names = next(iter(frames.values())).attrs
    joined.attrs = {name: {symbol: frame.attrs[name] for symbol, frame in frames.items()} for name in names}
    return joined


def stamps(values: Iterable[Any]) -> pd.DatetimeIndex:
    """Read OKX's stamps (ms) as UTC."""
    return pd.to_datetime([int(value) for value in values], unit="ms", utc=True)


def number(text: str) -> float:
    """Read a number; NaN where OKX writes nothing. Its repr is what OKX wrote."""
    return float(text) if text else float("nan")
