"""What the exchange tells without being asked: late, twice, out of order, or not at all."""

from random import Random
from typing import Any

import orjson

from okxlab.model import Fill, Order
from okxlab.trading.enquiry import fill_of, order_of
from tests.simulation.timeline import Timeline
from tests.simulation.venue import Venue

_LATEST_MS = 3_000
_UNTOLD, _TWICE = 0.15, 0.85


class Stream:
    """The orders and executions of an account, as they come to the process that listens now."""

    def __init__(self, venue: Venue, timeline: Timeline, chance: Random) -> None:
        self._timeline = timeline
        self._chance = chance
        self._come: dict[str, list[dict[str, Any]]] = {"orders": [], "fills": []}
        venue.tell = self._told

    def come(self) -> tuple[list[Order], list[Fill]]:
        """Give what came since the last time."""
        orders, fills = self._come["orders"], self._come["fills"]
        self._come = {"orders": [], "fills": []}
        return [order_of(row) for row in orders], [fill_of(row) for row in fills]

    def _told(self, channel: str, text: bytes) -> None:
        roll = self._chance.random()
        if roll < _UNTOLD:
            return
        row = orjson.loads(text)
        row.pop("billId", None)  # the lists alone tell it
        for _ in range(1 if roll < _TWICE else 2):
            late = self._chance.randint(1, _LATEST_MS if self._chance.random() < 0.2 else 50)
            self._timeline.at(self._timeline.now + late, lambda: self._come[channel].append(row))
