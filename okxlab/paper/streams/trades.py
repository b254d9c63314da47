"""The trade channels: one by one, or a taker's trades at one price together."""

from itertools import groupby
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain, plus, read
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

_COUNTS = (2, 20, 500)  # rows asked for until all that is new is among them
Row = dict[str, Any]


class Trades(Topic):
    """The trades of one instrument, oldest first.

    Parameters
    ----------
    reading
        Who asks for them.
    together
        Whether a taker's trades at one price are told as one, with their count.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, reading: Reading, *, together: bool) -> None:
        super().__init__(arg, outlet, every=0.0, quick=True)
        self._reading = reading
        self._together = together
        self._last = 0
        self._takers: dict[str, int] = {}  # by the id of a trade

    def hear(self, changes: Changes) -> None:
        """Take note of a turn, and of who took what in it."""
        self.traded(changes)
        name = self.arg["instId"]
        for fill in changes.fills:
            if not fill.maker and fill.order.instrument.name == name:
                self._takers[str(fill.trade_id)] = fill.order.id

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener the newest trade."""
        rows = self._rows(1)
        if not self.listeners:
            self._last = int(rows[0]["tradeId"]) if rows else 0
        if rows:
            self.push(self._shaped(rows), (connection,))

    def flush(self, now: float) -> None:
        """Tell the trades since the last time, the newest 500 at most."""
        try:
            rows = self._since()
        except Refusal:  # it is listed no more
            return
        if rows:
            self._last = int(rows[-1]["tradeId"])
            for row in self._shaped(rows):
                self.push([row])
        self._takers.clear()

    def _since(self) -> list[Row]:
        """Give the trades after the last one told, oldest first."""
        for count in _COUNTS:
            rows = self._rows(count)
            if len(rows) < count or int(rows[-1]["tradeId"]) <= self._last:
                break
        return [row for row in reversed(rows) if int(row["tradeId"]) > self._last]

    def _rows(self, count: int) -> list[Row]:
        return self._reading.rows("market/trades", {"instId": self.arg["instId"], "limit": str(count)})

    def _shaped(self, rows: list[Row]) -> list[Row]:
        if not self._together:
            return rows
        number = self._reading.venue.sequence.of(self.arg["instId"])
        return [_joined(list(same), number) for _, same in groupby(rows, key=self._taker)]

    def _taker(self, row: Row) -> tuple[Any, ...]:
        """Name who took a trade and at what price; a trade of the path's own is told alone."""
        return self._takers.get(row["tradeId"], row["tradeId"]), row["px"]


class OptionTrades(Topic):
    """The trades of an option or of a family's, with the volatility they were made at.

    Parameters
    ----------
    reading
        Who asks for them.
    params
        The option or the family.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, reading: Reading, params: dict[str, str]) -> None:
        super().__init__(arg, outlet, every=1.0)
        self._reading = reading
        self._params = params
        self._last: dict[str, int] = {}
        self._start = 0

    def hear(self, changes: Changes) -> None:
        """Take note of a turn with trades."""
        self.traded(changes)

    def opened(self) -> None:
        """Begin after the newest trades there are."""
        rows = self._rows()
        self._start = max((int(row["tradeId"]) for row in rows), default=0)
        self._last = {row["instId"]: int(row["tradeId"]) for row in rows}

    def flush(self, now: float) -> None:
        """Tell the trades since the last time, oldest first."""
        try:
            rows = self._rows()
        except Refusal:  # it is listed no more
            return
        rows = [row for row in rows if int(row["tradeId"]) > self._last.get(row["instId"], self._start)]
        self._last |= {row["instId"]: int(row["tradeId"]) for row in rows}
        for row in rows:
            self.push([row])

    def _rows(self) -> list[Row]:
        return self._reading.rows("public/option-trades", self._params)[::-1]


def _joined(rows: list[Row], number: int) -> Row:
    """Give one row of several: the newest, with the size of all."""
    size = read("0")
    for row in rows:
        part = read(row["sz"])
        size = plus(size, part) if size is not None and part is not None else size
    return {**rows[-1], "sz": plain(size) if size else "0", "count": str(len(rows)), "seqId": number}
