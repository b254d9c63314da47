"""The candle channels: the running candle once a second at most, and each one that ended."""

from dataclasses import dataclass
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

_USUAL, _MOST = 2, 100
Candle = list[Any]


@dataclass(frozen=True)
class Bar:
    """Which candles: the endpoint's path, and OKX's name of the bar."""

    path: str
    name: str


class Candles(Topic):
    """The candles of one bar.

    Parameters
    ----------
    reading
        Who asks for them.
    bar
        Which ones.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, reading: Reading, bar: Bar, *, every: float) -> None:
        super().__init__(arg, outlet, every=every)
        self._reading = reading
        self._bar = bar
        self._told: Candle = []

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener the running candle."""
        rows = self._rows(1)
        if not self.listeners:
            self._told = rows[0] if rows else []
        if rows:
            self.push(rows, (connection,))

    def hear(self, changes: Changes) -> None:
        """Take note of a turn with trades."""
        self.traded(changes)

    def flush(self, now: float) -> None:
        """Tell how the running candle stands, and before it those that ended."""
        try:
            rows = self._since()
        except Refusal:  # it is listed no more
            return
        for row in rows:
            if row != self._told:
                self._told = row
                self.push([row])

    def _since(self) -> list[Candle]:
        """Give the candles from the last one told, oldest first."""
        started = int(self._told[0]) if self._told else 0
        for count in (_USUAL, _MOST):
            rows = self._rows(count)
            if len(rows) < count or int(rows[-1][0]) <= started:
                break
        return [row for row in reversed(rows) if int(row[0]) >= started]

    def _rows(self, count: int) -> list[Candle]:
        asked = {"instId": self.arg["instId"], "bar": self._bar.name, "limit": str(count)}
        return self._reading.rows(self._bar.path, asked)
