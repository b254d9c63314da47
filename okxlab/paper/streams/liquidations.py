"""The channels of liquidations: everybody's, and the warning of one's own."""

from decimal import Decimal
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.exact import plain
from okxlab.paper.orders.order import Fill
from okxlab.paper.products.listing import Listing
from okxlab.paper.streams.account import Kept
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.orders import family_of, wanted
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.topic import Topic

_CATEGORIES = frozenset(("full_liquidation", "partial_liquidation"))
_CLOSE = Decimal(3)  # a margin ratio of 300 %: OKX warns below
_WARNED = (
    "instType", "mgnMode", "posId", "posSide", "pos", "posCcy", "instId", "lever", "markPx", "mgnRatio", "ccy", "cTime",
    "uTime",
)  # fmt: skip
Row = dict[str, Any]


class Liquidations(Topic):
    """Positions that were closed by force.

    Parameters
    ----------
    listing
        For the family of an instrument.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, listing: Listing) -> None:
        super().__init__(arg, outlet)
        self._listing = listing

    def hear(self, changes: Changes) -> None:
        """Tell of them at once."""
        rows = [_row(fill, self._listing) for fill in changes.fills if fill.order.category in _CATEGORIES]
        if found := [row for row in rows if wanted(self.arg, row, self._listing)]:
            self.push(found)


class LiquidationWarning(Kept):
    """Positions whose margin is nearly used up, from when they are on."""

    def opened(self) -> None:
        """Nothing has been told."""
        self._told: set[str] = set()

    def greet(self, connection: Connection, now: float) -> None:
        """Tell nothing of what is well."""

    def hear(self, changes: Changes) -> None:
        """Look again with every turn of the account's; the repetition looks when only prices moved."""
        self.stale = self.stale or bool(changes.positions)

    def flush(self, now: float) -> None:
        """Tell the positions that have come near."""
        rows = self.rows()
        new = [row for row in rows if row["posId"] not in self._told]
        self._told = {row["posId"] for row in rows}
        if new:
            self.push(new)

    def repeated(self) -> None:
        """Tell the positions that are near, as long as they are."""
        self._told.clear()
        self.flush(0.0)

    def rows(self) -> list[Any]:
        """Give the positions that are near."""
        venue, path = self.reading.venue, "account/positions"
        found = self.reading.rows(path, {}, self.account) if self.reading.knows(path) else []
        now = str(venue.clock.now_ms())
        near = [row for row in found if row["mgnRatio"] and Decimal(row["mgnRatio"]) < _CLOSE]
        return [
            {name: row.get(name, "") for name in _WARNED} | {"pTime": now}
            for row in near
            if wanted(self.arg, row, venue.listing)
        ]


def _row(fill: Fill, listing: Listing) -> Row:
    order = fill.order
    details = {
        "bkLoss": "0", "bkPx": plain(fill.price), "ccy": "", "posSide": order.ask.pos_side, "side": order.ask.side,
        "sz": plain(fill.size), "ts": str(fill.ts),
    }  # fmt: skip
    name, kind = order.instrument.name, order.instrument.kind
    family = family_of(listing, name)
    return {"details": [details], "instFamily": family, "instId": name, "instType": kind, "uly": family}
