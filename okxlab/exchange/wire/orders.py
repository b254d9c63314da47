"""Orders and fills, told as they happen; REST tells what happened while nobody listened."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pandas as pd

from okxlab.errors import Refused
from okxlab.exchange.call import read
from okxlab.exchange.session import Session
from okxlab.exchange.wire.topic import PINGS, Merged, Message, Row, stamps

_OVER = frozenset({"filled", "canceled", "mmp_canceled"})
_PAGE = 100
_FORGOTTEN = frozenset({"51603", "51001"})


class Orders(Merged):
    """An account's orders: those open, and the newest of those that ended while it was listened to."""

    place = "private"
    silent_after = PINGS

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rows: dict[str, Row] = {}

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "orders", "instType": "ANY"}

    def apply(self, message: Message) -> list[Row] | None:
        """Take those that are not older than what is known."""
        return self._take(message["data"]) or None

    def fetch(self, session: Session) -> Iterable[Row]:
        """Ask for every open order, and for what became of those that were open and are no more."""
        rows = _pages(session, "privateGetTradeOrdersPending", {}, "ordId")
        named = {row["ordId"] for row in rows}
        known = list(self._rows.values())  # at one go: news of others may come meanwhile
        for row in [row for row in known if row["state"] not in _OVER and row["ordId"] not in named]:
            rows += _one(session, row)
        return rows

    def merge(self, rows: Iterable[Row]) -> None:
        """Take them in."""
        self._take(rows)

    def _take(self, rows: Iterable[Row]) -> list[Row]:
        news = []
        for row in rows:
            known = self._rows.get(row["ordId"])
            if known is None or (_age(known) <= _age(row) and row != known):
                self._rows[row["ordId"]] = row
                self.time_ms = max(self.time_ms, int(row["uTime"]))
                news.append(row)
        over = [number for number, row in self._rows.items() if row["state"] in _OVER]
        for number in over[: max(len(over) - self.keep, 0)]:
            del self._rows[number]
        return news

    def frame(self) -> pd.DataFrame:
        """Give one row an order, the oldest first, exact Decimals."""
        rows = sorted(self._rows.values(), key=lambda row: int(row["ordId"]))
        index = pd.Index([row["ordId"] for row in rows], name="order_id", dtype="str")
        frame = pd.DataFrame(
            {
                "symbol": pd.Series([row["instId"] for row in rows], dtype="str", index=index),
                "side": pd.Series([row["side"] for row in rows], dtype="str", index=index),
                "state": pd.Series([row["state"] for row in rows], dtype="str", index=index),
                "price": pd.Series([_exact(row["px"]) for row in rows], dtype="object", index=index),
                "size": pd.Series([_exact(row["sz"]) for row in rows], dtype="object", index=index),
                "filled": pd.Series([_exact(row["accFillSz"] or "0") for row in rows], dtype="object", index=index),
                "client_id": pd.Series([row["clOrdId"] for row in rows], dtype="str", index=index),
            }
        )
        frame["time"] = stamps(row["uTime"] for row in rows)
        return frame


class Fills(Merged):
    """An account's fills since it was first listened to, as the orders channel tells them."""

    place = "private"
    silent_after = PINGS

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rows: dict[tuple[str, str, str], Row] = {}
        self._since_ms = 0

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "orders", "instType": "ANY"}

    def apply(self, message: Message) -> list[Row] | None:
        """Take the fills among the news of orders."""
        fills = [_fill(row) for row in message["data"] if row.get("execType")]
        return self._take(fills) or (None if fills else [])

    def fetch(self, session: Session) -> Iterable[Row]:
        """Ask for the fills since the newest that is known; the first time, only for the exchange's time."""
        if not self._since_ms:
            self._since_ms = int(read(session, "publicGetPublicTime")[0]["ts"])
        return _pages(session, "privateGetTradeFills", {"begin": str(self.time_ms or self._since_ms)}, "billId")

    def merge(self, rows: Iterable[Row]) -> None:
        """Take them in."""
        self._take({**row, "ts": row.get("fillTime") or row["ts"]} for row in rows)

    def _take(self, rows: Iterable[Row]) -> list[Row]:
        news = []
        for row in rows:
            name = (row["instId"], row["ordId"], row["tradeId"])
            if name not in self._rows:
                self._rows[name] = row
                self.time_ms = max(self.time_ms, int(row["ts"]))
                news.append(row)
        while len(self._rows) > self.keep:
            del self._rows[next(iter(self._rows))]
        return news

    def frame(self) -> pd.DataFrame:
        """Give one row a fill, the oldest first, exact Decimals."""
        rows = sorted(self._rows.values(), key=lambda row: int(row["ts"]))
        frame = pd.DataFrame(
            {
                "symbol": pd.Series([row["instId"] for row in rows], dtype="str"),
                "side": pd.Series([row["side"] for row in rows], dtype="str"),
                "price": pd.Series([_exact(row["fillPx"]) for row in rows], dtype="object"),
                "size": pd.Series([_exact(row["fillSz"]) for row in rows], dtype="object"),
                "fee": pd.Series([-Decimal(row["fee"] or "0") for row in rows], dtype="object"),
                "fee_currency": pd.Series([row["feeCcy"] for row in rows], dtype="str"),
                "maker": pd.Series([row["execType"] == "M" for row in rows], dtype="bool"),
                "order_id": pd.Series([row["ordId"] for row in rows], dtype="str"),
                "client_id": pd.Series([row["clOrdId"] for row in rows], dtype="str"),
            }
        )
        frame["time"] = stamps(row["ts"] for row in rows)
        return frame


def _fill(row: Row) -> Row:
    """Give the fill that a push of an order tells, in the words of OKX's fills."""
    return row | {"ts": row["fillTime"], "fee": row["fillFee"], "feeCcy": row["fillFeeCcy"]}


def _age(row: Row) -> tuple[int, Decimal, bool]:
    """Order what is told of one order: by its stamp, and within one by how far it has come."""
    return int(row["uTime"]), Decimal(row["accFillSz"] or "0"), row["state"] in _OVER


def _one(session: Session, row: Row) -> list[Row]:
    """Ask what became of an order; one that was cancelled long ago is forgotten, and ended."""
    try:
        return read(session, "privateGetTradeOrder", {"instId": row["instId"], "ordId": row["ordId"]})
    except Refused as error:
        if error.code not in _FORGOTTEN:
            raise
        return [row | {"state": "canceled", "uTime": str(int(row["uTime"]) + 1)}]


def _pages(session: Session, method: str, params: dict[str, str], cursor: str) -> list[Row]:
    rows: list[Row] = []
    while True:
        page = read(session, method, params)
        rows += page
        if len(page) < _PAGE:
            return rows
        params = params | {"after": page[-1][cursor]}


def _exact(text: str) -> Decimal | None:
    return Decimal(text) if text else None
