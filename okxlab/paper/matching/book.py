"""The resting orders of one instrument, in price-time order."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from okxlab.paper.orders.order import Order

_Entry = tuple[Decimal, int, Order]


class Book:
    """Resting orders; the best, and among equals the oldest, stands last in its list."""

    def __init__(self) -> None:
        self._bids: list[_Entry] = []  # (price, -rank, order), rising
        self._asks: list[_Entry] = []  # (-price, -rank, order), rising

    def __len__(self) -> int:
        return len(self._bids) + len(self._asks)

    def __iter__(self) -> Iterator[Order]:
        """Give every resting order, buys then sells, the best first."""
        for side in (self._bids, self._asks):
            for entry in reversed(side):
                yield entry[2]

    def side(self, *, buys: bool) -> Iterator[Order]:
        """Give the resting orders of a side, the best first."""
        for entry in reversed(self._bids if buys else self._asks):
            yield entry[2]

    def add(self, order: Order) -> None:
        """Let an order rest."""
        side, entry = self._place(order)
        insort(side, entry)

    def remove(self, order: Order) -> None:
        """Take an order out."""
        side, entry = self._place(order)
        del side[bisect_left(side, entry)]

    def reached(self, price: Decimal) -> bool:
        """Whether any order rests at a price or beyond it."""
        bids, asks = self._bids, self._asks
        return bool((bids and bids[-1][0] >= price) or (asks and -asks[-1][0] <= price))

    def best(self, price: Decimal) -> Order | None:
        """Give the order that a path arriving at a price fills next: along the path, then by time."""
        bids, asks = self._bids, self._asks
        if bids and bids[-1][0] >= price:
            return bids[-1][2]
        return asks[-1][2] if asks and -asks[-1][0] <= price else None

    def best_against(self, side: str, price: Decimal) -> Order | None:
        """Give the order that a trade print from a taker's side hits next."""
        if side == "sell":
            return self._bids[-1][2] if self._bids and self._bids[-1][0] >= price else None
        return self._asks[-1][2] if self._asks and -self._asks[-1][0] <= price else None

    def _place(self, order: Order) -> tuple[list[_Entry], _Entry]:
        if order.buys:
            return self._bids, (order.price, -order.rank, order)
        return self._asks, (order.price.copy_negate(), -order.rank, order)
