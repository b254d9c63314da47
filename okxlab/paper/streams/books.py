"""The book channels that send a snapshot and then what changed, chained by seqId."""

from typing import Any

from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

DEPTH = 400
_NONE = -1
_CHECKSUM = 0  # OKX sends nothing else any more
Side = dict[str, list[str]]


class Books(Topic):
    """A book of 400 levels a side.

    Parameters
    ----------
    reading
        Who asks for the book.
    keep_alive
        Seconds after which an unchanged book is told to be kept.
    """

    def __init__(
        self, arg: dict[str, str], outlet: Outlet, reading: Reading, *, every: float, keep_alive: float
    ) -> None:
        super().__init__(arg, outlet, every=every)
        self._reading = reading
        self._keep_alive = keep_alive
        self._sides: tuple[Side, Side] = ({}, {})
        self._number = _NONE
        self._said = 0.0

    def greet(self, connection: Connection, now: float) -> None:
        """Bring the others up to date, then give the new listener the same book as a snapshot."""
        row = self._row()
        if self.listeners:
            self._update(row, now)
        else:
            self._take(row, now)
        self.push([self._message(row, row["asks"], row["bids"], _NONE)], (connection,), action="snapshot")

    def flush(self, now: float) -> None:
        """Tell the levels that changed."""
        self._update(self._row(), now)

    def beat(self, now: float) -> None:
        """Tell what changed, or that nothing did for long."""
        super().beat(now)
        if now - self._said >= self._keep_alive:
            self._said = now
            row = {"ts": str(self._reading.venue.feed.now), "seqId": self._number}
            self.push([self._message(row, [], [], self._number)], action="update")

    def _row(self) -> dict[str, Any]:
        (row,) = self._reading.rows("market/books", {"instId": self.arg["instId"], "sz": str(DEPTH)})
        found: dict[str, Any] = row
        return found

    def _update(self, row: dict[str, Any], now: float) -> None:
        asks, bids = (_changed(old, row[name]) for old, name in zip(self._sides, ("asks", "bids"), strict=True))
        if not asks and not bids:
            return
        before = self._number
        self._take(row, now)
        self.push([self._message(row, asks, bids, before)], action="update")

    def _take(self, row: dict[str, Any], now: float) -> None:
        asks, bids = ({level[0]: level for level in row[name]} for name in ("asks", "bids"))
        self._sides, self._number, self._said = (asks, bids), row["seqId"], now

    def _message(self, row: dict[str, Any], asks: Any, bids: Any, before: int) -> dict[str, Any]:
        number = self._number
        return {
            "asks": asks, "bids": bids, "ts": row["ts"], "checksum": _CHECKSUM, "prevSeqId": before, "seqId": number,
        }  # fmt: skip


def _changed(old: Side, levels: list[list[str]]) -> list[list[str]]:
    """Give the levels that differ from the old ones; one that is gone has size 0."""
    gone = dict.fromkeys(old)
    changed = []
    for level in levels:
        gone.pop(level[0], None)
        if old.get(level[0]) != level:
            changed.append(level)
    return [*changed, *([price, "0", "0", "0"] for price in gone)]
