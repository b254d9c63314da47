"""Channels that show the rows of an endpoint whenever they change: tickers, best prices, mark prices and more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

Row = dict[str, Any]
_STAMPS = frozenset(("ts", "seqId"))  # they change with every look and are no news


@dataclass(frozen=True)
class Source:
    """Where rows come from: an endpoint, what it is asked, and how a push shows its rows."""

    path: str
    params: Mapping[str, str]
    shape: Callable[[Row], Row] = dict


class Shown(Topic):
    """The rows of an endpoint: all of them at first, then those that changed.

    Parameters
    ----------
    reading
        Who asks the endpoint.
    source
        Which one.
    """

    def __init__(
        self,
        arg: dict[str, str],
        outlet: Outlet,
        reading: Reading,
        source: Source,
        *,
        every: float,
        quick: bool = False,
    ) -> None:
        super().__init__(arg, outlet, every=every, quick=quick)
        self._reading = reading
        self._source = source
        self._told: dict[str, Row] = {}

    def rows(self) -> list[Row]:
        """Give the rows as they stand."""
        shape = self._source.shape
        return [shape(row) for row in self._reading.rows(self._source.path, self._source.params)]

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener how all rows stand."""
        rows = self.rows()
        if not self.listeners:
            self._told = {_name(row): _bare(row) for row in rows}
        if rows:
            self.push(rows, (connection,))

    def flush(self, now: float) -> None:
        """Tell the rows that changed."""
        try:
            rows = self.rows()
        except Refusal:  # what it shows is gone
            return
        changed = []
        for row in rows:
            name, bare = _name(row), _bare(row)
            if self._told.get(name) != bare:
                self._told[name] = bare
                changed.append(row)
        if changed:
            self.push(changed)


class Listed(Shown):
    """The list of instruments, which no move of prices changes."""

    def hear(self, changes: Changes) -> None:
        """Take note of instruments that came, changed or went."""
        self.stale = self.stale or bool(changes.instruments)


class Watched(Shown):
    """What changes with the clock alone, and is looked at whenever it may be: the status."""

    def beat(self, now: float) -> None:
        """Look again."""
        self.stale = True
        super().beat(now)


def _name(row: Row) -> str:
    return str(row.get("instId", ""))


def _bare(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _STAMPS}
