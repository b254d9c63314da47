"""How often books have changed: OKX's seqId."""

from okxlab.paper.changes import Changes


class Sequence:
    """A number for each book, which grows whenever the book may have changed."""

    def __init__(self) -> None:
        self._turn = self._moved = 1
        self._touched: dict[str, int] = {}

    def hear(self, changes: Changes) -> None:
        """Take note of a turn: the feed and new terms move all books, an order its own."""
        self._turn += 1
        if changes.moved or changes.instruments:
            self._moved = self._turn
            self._touched.clear()
        for order in changes.orders.values():
            self._touched[order.instrument.name] = self._turn

    def of(self, name: str) -> int:
        """Give the number of an instrument's book."""
        return self._touched.get(name, self._moved)
