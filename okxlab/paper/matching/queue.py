"""The resting orders of one instrument, each in the queue at its price."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from okxlab.paper.orders.order import Order


class Queues:
    """Orders by side and tick; those at one tick stand in the order they came."""

    def __init__(self) -> None:
        self._at: dict[bool, dict[int, dict[int, Order]]] = {True: {}, False: {}}
        self._ticks: dict[bool, list[int]] = {True: [], False: []}  # rising
        self._where: dict[int, tuple[bool, int]] = {}

    def __len__(self) -> int:
        return len(self._where)

    def __iter__(self) -> Iterator[Order]:
        """Give every order, tick by tick."""
        for bids in (True, False):
            for tick in self._ticks[bids]:
                yield from self._at[bids][tick].values()

    def add(self, order: Order, tick: int) -> None:
        """Let an order rest at a tick, as the last there."""
        bids = order.buys
        queue = self._at[bids].get(tick)
        if queue is None:
            queue = self._at[bids][tick] = {}
            insort(self._ticks[bids], tick)
        queue[order.id] = order
        self._where[order.id] = bids, tick

    def remove(self, order: Order) -> None:
        """Take an order out, if it is there."""
        bids, tick = self._where.pop(order.id, (True, 0))
        queue = self._at[bids].get(tick)
        if queue is None:
            return
        del queue[order.id]
        if not queue:
            ticks = self._ticks[bids]
            del self._at[bids][tick], ticks[bisect_left(ticks, tick)]

    def best(self, *, bids: bool) -> int:
        """Give the best tick of a side, or 0."""
        ticks = self._ticks[bids]
        return (ticks[-1] if bids else ticks[0]) if ticks else 0

    def at(self, tick: int, *, bids: bool) -> list[Order]:
        """Give the orders at a tick, the first in the queue first."""
        return list(self._at[bids].get(tick, {}).values())

    def ticks(self, *, bids: bool) -> list[int]:
        """Give the ticks of a side, the best first."""
        ticks = self._ticks[bids]
        return ticks[::-1] if bids else ticks[:]
