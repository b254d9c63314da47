"""Recorded order books, frame by frame as OKX sent them."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

Level = tuple[Decimal, Decimal, int]  # price, size, number of orders
_CHECKED = 25  # levels a side that OKX's checksum covers


@dataclass(frozen=True, slots=True)
class BookFrame:
    """A snapshot or an update of a book: levels as OKX sent them, ``[price, size, "0", orders]``."""

    ts: int
    snapshot: bool
    bids: list[list[str]]
    asks: list[list[str]]
    checksum: int


class RecordedBook:
    """The book of one instrument, which goes through its frames and stands after one of them."""

    def __init__(self) -> None:
        self.frames: list[BookFrame] = []
        self._times: list[int] = []
        self._applied = 0
        self._bids: dict[str, list[str]] = {}
        self._asks: dict[str, list[str]] = {}

    def add(self, frame: BookFrame) -> None:
        """Append a frame; it counts as not earlier than the one before it."""
        self.frames.append(frame)
        self._times.append(max(frame.ts, self._times[-1] if self._times else 0))

    def stand(self, now: int) -> bool:
        """Stand where the book was at a time (ms UTC), and say whether it was known then."""
        count = bisect_right(self._times, now)
        if count < self._applied:
            self._applied = 0
        while self._applied < count:
            self._apply(self.frames[self._applied])
            self._applied += 1
        return count > 0

    def each(self) -> Iterator[BookFrame]:
        """Go through all frames from the first on, standing after each."""
        self._applied = 0
        for frame in self.frames:
            self._apply(frame)
            self._applied += 1
            yield frame

    def levels(self, depth: int) -> tuple[list[Level], list[Level]]:
        """Give bids and asks, the best first."""
        bids, asks = self._sides(depth)
        return [_level(row) for row in bids], [_level(row) for row in asks]

    def checksum(self) -> int:
        """Compute OKX's checksum: CRC-32, signed, over price and size of the best 25 bids and asks in turns."""
        parts = []
        bids, asks = self._sides(_CHECKED)
        for place in range(_CHECKED):
            for side in (bids, asks):
                if place < len(side):
                    parts += side[place][:2]
        number = crc32(":".join(parts).encode())
        return number - (1 << 32) if number >= 1 << 31 else number

    def _apply(self, frame: BookFrame) -> None:
        if frame.snapshot:
            self._bids, self._asks = {}, {}
        for side, rows in ((self._bids, frame.bids), (self._asks, frame.asks)):
            for row in rows:
                if row[1] == "0":
                    side.pop(row[0], None)
                else:
                    side[row[0]] = row

    def _sides(self, depth: int) -> tuple[list[list[str]], list[list[str]]]:
        bids = sorted(self._bids.values(), key=_price, reverse=True)
        return bids[:depth], sorted(self._asks.values(), key=_price)[:depth]


def _price(row: list[str]) -> Decimal:
    return Decimal(row[0])


def _level(row: list[str]) -> Level:
    return Decimal(row[0]), Decimal(row[1]), int(row[-1])
