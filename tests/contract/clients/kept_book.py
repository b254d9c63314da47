"""A book kept from a snapshot and its updates, which are in order or refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.contract.clients.vocabulary import Depth, number


class KeptBook:
    """Takes the pushes of OKX's channel `books` and gives the book after each.

    Raises
    ------
    AssertionError
        An update does not follow the one before it.
    """

    def __init__(self) -> None:
        self._sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
        self._seq = -1

    def take(self, push: Mapping[str, Any]) -> list[Depth]:
        """Take a push and give the books it makes."""
        return [self._after(row, fresh=push["action"] == "snapshot") for row in push["data"]]

    def _after(self, row: Mapping[str, Any], *, fresh: bool) -> Depth:
        if fresh:
            assert row["prevSeqId"] == -1, row["prevSeqId"]
            self._sides = {"bids": {}, "asks": {}}
        else:
            assert row["prevSeqId"] == self._seq, (row["prevSeqId"], self._seq)
        self._seq = int(row["seqId"])
        for name, side in self._sides.items():
            for price, size, *_ in row[name]:
                side[number(price)] = number(size)
            self._sides[name] = {price: size for price, size in side.items() if size}
        bids, asks = self._sides["bids"], self._sides["asks"]
        return Depth(tuple(sorted(bids.items(), reverse=True)), tuple(sorted(asks.items())), self._seq)
