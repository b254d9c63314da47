"""The book channels that send a snapshot and then what changed, chained by seqId."""

from typing import Any

from okxlab.paper.matching.model import Rung
from okxlab.paper.rows.quotes import Ladder, ladder
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

DEPTH = 400
_NONE = -1
_CHECKSUM = 0  # OKX sends nothing else any more
Levels = list[list[str]]


class Books(Topic):
    """A book of 400 levels a side.

    Books are compared as their model counts, and only what changed is written out.

    Parameters
    ----------
    reading
        Where the book is.
    keep_alive
        Seconds after which an unchanged book is told to be kept.
    """

    def __init__(
        self, arg: dict[str, str], outlet: Outlet, reading: Reading, *, every: float, keep_alive: float
    ) -> None:
        super().__init__(arg, outlet, every=every)
        self._venue = reading.venue
        self._keep_alive = keep_alive
        self._told = Ladder([], [], lambda rung: rung)
        self._number = _NONE
        self._said = 0.0

    def greet(self, connection: Connection, now: float) -> None:
        """Bring the others up to date, then give the new listener the same book as a snapshot."""
        if self.listeners:
            self.flush(now)
        else:
            self._take(self._ladder(), now)
        told = self._told
        asks, bids = ([told.text(rung) for rung in side] for side in (told.asks, told.bids))
        self.push([self._message(asks, bids, _NONE)], (connection,), action="snapshot")

    def flush(self, now: float) -> None:
        """Tell the levels that changed."""
        name = self.arg["instId"]
        if name not in self._venue.listing:
            return
        old, found = self._told, self._ladder()
        same = old.steps is found.steps
        old, new = (old, found) if same else (old.plain(), found.plain())
        if old.asks == new.asks and old.bids == new.bids:
            return
        before = self._number
        asks, bids = _changed(old.asks, new.asks, old, new), _changed(old.bids, new.bids, old, new)
        self._take(found, now)
        if asks or bids:
            self.push([self._message(asks, bids, before)], action="update")

    def beat(self, now: float) -> None:
        """Tell what changed, or that nothing did for long."""
        super().beat(now)
        if now - self._said >= self._keep_alive:
            self._said = now
            self.push([self._message([], [], self._number)], action="update")

    def _ladder(self) -> Ladder:
        return ladder(self._venue, self._venue.listing[self.arg["instId"]], DEPTH)

    def _take(self, new: Ladder, now: float) -> None:
        self._told, self._number, self._said = new, self._venue.sequence.of(self.arg["instId"]), now

    def _message(self, asks: Levels, bids: Levels, before: int) -> dict[str, Any]:
        ts = str(self._venue.feed.now)
        return {
            "asks": asks, "bids": bids, "ts": ts, "checksum": _CHECKSUM, "prevSeqId": before, "seqId": self._number,
        }  # fmt: skip


def _changed(before: list[Rung], now: list[Rung], old: Ladder, new: Ladder) -> Levels:
    """Give the levels that differ from the old ones, and with size 0 those that are gone."""
    was = {rung[0]: rung for rung in before}
    changed = [new.text(rung) for rung in now if was.pop(rung[0], None) != rung]
    return [*changed, *([old.text(rung)[0], "0", "0", "0"] for rung in was.values())]
