"""Rows made of the market where it stands, kept until something changes them."""

from collections.abc import Callable
from typing import Any

from okxlab.paper.changes import Changes
from okxlab.paper.prices.feed import Feed

Row = dict[str, Any]


class Glance:
    """One row an instrument; a move of the feed outdates all of them, an order those of its instrument.

    Parameters
    ----------
    feed
        Where the market stands.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._place = -1
        self._rows: dict[str, Row] = {}

    def row(self, name: str, make: Callable[[], Row]) -> Row:
        """Give the row of an instrument, made now if it is not kept; nobody may change it."""
        if self._feed.place != self._place:
            self._rows.clear()
            self._place = self._feed.place
        found = self._rows.get(name)
        if found is None:
            found = self._rows[name] = make()
        return found

    def hear(self, changes: Changes) -> None:
        """Forget what a turn has outdated."""
        if not self._rows:
            return
        if changes.instruments:
            self._rows.clear()
        for order in changes.orders.values():
            for kind in (order.instrument.kind, "SPOT", "MARGIN"):
                self._rows.pop(f"{kind}/{order.instrument.name}", None)
