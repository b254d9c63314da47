"""Books: one kept by its updates, chained by seqId, and the one of five levels that is sent whole."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from okxlab.exchange.wire.topic import Message, Newest, Row, Topic

DEPTH = 400
_COLUMNS = ("bid_orders", "bid_size", "bid", "ask", "ask_size", "ask_orders")
_CELLS = (0, 1, 3)  # of a level: its price, its size, its number of orders
_REMEMBERED = 64
Levels = list[list[str]]


class Book:
    """A book kept by a snapshot and updates, each of which names the one before it.

    Examples
    --------
    >>> book = Book()
    >>> book.begin({"bids": [["9", "1", "0", "1"]], "asks": [["11", "2", "0", "1"]], "seqId": 5, "prevSeqId": -1})
    >>> book.update({"bids": [["9", "0", "0", "0"]], "asks": [], "seqId": 8, "prevSeqId": 5})
    'applied'
    >>> book.update({"bids": [["9", "0", "0", "0"]], "asks": [], "seqId": 8, "prevSeqId": 5})
    'repeated'
    >>> book.update({"bids": [], "asks": [], "seqId": 12, "prevSeqId": 9}), book.levels()
    ('gap', ([], [['11', '2', '0', '1']]))
    """

    def __init__(self) -> None:
        self.seq: int | None = None
        self._bids: dict[str, list[str]] = {}
        self._asks: dict[str, list[str]] = {}
        self._applied: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def begin(self, row: Mapping[str, Any]) -> None:
        """Take a snapshot."""
        self.drop()
        self._change(row)

    def update(self, row: Mapping[str, Any]) -> Literal["applied", "repeated", "gap"]:
        """Take an update, unless it was taken before, or does not follow what stands."""
        step = (row["prevSeqId"], row["seqId"])
        if step[0] == self.seq:
            self._change(row)
            return "applied"
        return "repeated" if step in self._applied else "gap"

    def drop(self) -> None:
        """Forget everything."""
        self.seq = None
        self._bids, self._asks = {}, {}
        self._applied.clear()

    def levels(self, depth: int = DEPTH) -> tuple[Levels, Levels]:
        """Give bids and asks, the best first."""
        bids = sorted(self._bids.values(), key=_price, reverse=True)
        return bids[:depth], sorted(self._asks.values(), key=_price)[:depth]

    def _change(self, row: Mapping[str, Any]) -> None:
        for side, levels in ((self._bids, row["bids"]), (self._asks, row["asks"])):
            for level in levels:
                if level[1] == "0":
                    side.pop(level[0], None)
                else:
                    side[level[0]] = level
        self.seq = row["seqId"]
        self._applied.append((row["prevSeqId"], row["seqId"]))


class Books(Topic):
    """The book of 400 levels a side; when an update is missing it is dropped and built anew."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._book = Book()

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "books", "instId": self.symbol}

    def apply(self, message: Message) -> list[Row] | None:
        """Take a snapshot or updates; the news is the best five levels."""
        news = False
        for row in message["data"]:
            if message.get("action") == "snapshot":
                self._book.begin(row)
                self.torn = ""
            elif self._book.seq is None:
                return None  # of the subscription that was given up
            else:
                done = self._book.update(row)
                if done == "gap":
                    self._book.drop()
                    self.tear(f"an update before seqId {row['seqId']} is missing; the book is built anew")
                    return None
                if done == "repeated":
                    continue
            news, self.time_ms = True, int(row["ts"])
        return [self._best()] if news else None

    def parted(self) -> None:
        """Take no update of an earlier subscription for one of the next."""
        super().parted()
        if self.torn:
            self._book.drop()
        self._book.seq = None

    def frame(self) -> pd.DataFrame:
        """Give the levels side by side."""
        return _side_by_side(*self._book.levels(), self._book.seq)

    def _best(self) -> Row:
        bids, asks = self._book.levels(5)
        return {
            "instId": self.symbol, "bids": bids, "asks": asks, "ts": str(self.time_ms), "seqId": self._book.seq,
        }  # fmt: skip


class FiveLevels(Newest):
    """The best five levels a side, sent whole."""

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "books5", "instId": self.symbol}

    def frame(self) -> pd.DataFrame:
        """Give the levels side by side."""
        row = self.latest or {"bids": [], "asks": [], "seqId": None}
        return _side_by_side(row["bids"], row["asks"], row.get("seqId"))


def _side_by_side(bids: Levels, asks: Levels, seq: int | None) -> pd.DataFrame:
    sides = [
        pd.DataFrame([[float(level[place]) for place in _CELLS] for level in side], columns=range(3), dtype="float64")
        for side in (bids, asks)
    ]
    frame = pd.concat([sides[0].iloc[:, ::-1], sides[1]], axis=1)
    frame.columns = pd.Index(_COLUMNS)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="level")
    frame.attrs["seq"] = seq
    return frame


def _price(level: list[str]) -> float:
    return float(level[0])
