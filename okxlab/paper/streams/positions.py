"""The channel of an account's positions."""

from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.streams.account import UPDATE, Kept
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.orders import wanted

_PATH = "account/positions"
_CLOSED = dict.fromkeys(
    ("availPos", "avgPx", "upl", "uplRatio", "uplLastPx", "uplRatioLastPx", "liqPx", "imr", "margin", "mgnRatio", "mmr",
     "notionalUsd", "bePx"), "",
)  # fmt: skip
Row = dict[str, Any]


class PositionsTopic(Kept):
    """What an account holds in derivatives and margin; a position that was closed is told once more with size 0."""

    _told: dict[str, Row]

    def opened(self) -> None:
        """Begin with what is held."""
        self._told = {row["posId"]: row for row in self.rows()}
        self._changed: set[str] = set()

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener all positions, none included."""
        super().greet(connection, now)

    def hear(self, changes: Changes) -> None:
        """Take note of positions that changed."""
        mine = [str(number) for number, held in changes.positions.items() if held.account is self.account]
        self._changed.update(mine)
        self.stale = self.stale or bool(mine)

    def flush(self, now: float) -> None:
        """Tell the positions that changed, and those that were closed."""
        standing = {row["posId"]: row for row in self.rows()}
        rows = [standing[name] if name in standing else self._closed(name) for name in sorted(self._changed)]
        self._changed.clear()
        self._told = standing
        if found := [row for row in rows if row]:
            self.push(found, **UPDATE)

    def repeated(self) -> None:
        """Tell all positions again, if there are any."""
        rows = self.rows()
        if rows:
            self.push(rows, **UPDATE)

    def rows(self) -> list[Any]:
        """Give the positions that are asked for."""
        venue = self.reading.venue
        told = {"pTime": str(venue.clock.now_ms())}
        found = self.reading.rows(_PATH, {}, self.account) if self.reading.knows(_PATH) else []
        return [{**row, **told} for row in found if wanted(self.arg, row, venue.listing)]

    def _closed(self, name: str) -> Row:
        """Give the row of a position that is no more."""
        before = self._told.get(name)
        now = str(self.reading.venue.clock.now_ms())
        return {} if before is None else {**before, **_CLOSED, "pos": "0", "uTime": now, "pTime": now}
