"""What an account owns and holds: a snapshot, then what changed."""

from decimal import Decimal
from typing import Any

import pandas as pd

from okxlab.exchange.wire.topic import PINGS, Message, Row, Topic, stamps

_BALANCE = {"total": "cashBal", "available": "availBal", "held": "frozenBal", "value_usd": "eqUsd"}
_POSITION = {"size": "pos", "entry": "avgPx", "mark": "markPx", "profit": "upl", "leverage": "lever"}


class Holdings(Topic):
    """Rows by name; a snapshot replaces them all, and one that comes to nothing goes."""

    place = "private"
    silent_after = PINGS

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rows: dict[str, Row] = {}
        self._stamps: dict[str, int] = {}

    def apply(self, message: Message) -> list[Row] | None:
        """Take those that are not older than what is known."""
        if message.get("eventType") == "snapshot" and message.get("curPage", 1) == 1:
            self._rows.clear()
            self._stamps.clear()
        news = []
        for name, stamp, row in self._named(message):
            if stamp >= self._stamps.get(name, 0):
                self._rows[name], self._stamps[name] = row, stamp
                news.append(row)
            self.time_ms = max(self.time_ms, stamp)
        return None if message["data"] and not news else news

    def whole(self, message: Message) -> bool:
        """Whether what stands is known after a push: a large account is told in pages."""
        return bool(message.get("lastPage", True))

    def _named(self, message: Message) -> list[tuple[str, int, Row]]:
        """Give the rows of a push with their names and stamps."""
        return [(row["posId"], int(row["uTime"] or 0), row) for row in message["data"]]


class Balances(Holdings):
    """What an account owns, by currency."""

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "account"}

    def _named(self, message: Message) -> list[tuple[str, int, Row]]:
        return [
            (row["ccy"], int(whole["uTime"] or 0), row) for whole in message["data"] for row in whole.get("details", [])
        ]

    def frame(self) -> pd.DataFrame:
        """Give one row a currency, exact Decimals."""
        rows = [self._rows[name] for name in sorted(self._rows)]
        index = pd.Index([row["ccy"] for row in rows], name="currency", dtype="str")
        values = {name: [Decimal(row[key] or "0") for row in rows] for name, key in _BALANCE.items()}
        return pd.DataFrame(values, index=index, dtype="object")


class Positions(Holdings):
    """What an account holds."""

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "positions", "instType": "ANY"}

    def frame(self) -> pd.DataFrame:
        """Give one row a position that is open, exact Decimals."""
        rows = [row for row in self._rows.values() if Decimal(row["pos"] or "0")]
        frame = pd.DataFrame(
            {
                "symbol": pd.Series([row["instId"] for row in rows], dtype="str"),
                "side": pd.Series([row["posSide"] for row in rows], dtype="str"),
                "mode": pd.Series([row["mgnMode"] for row in rows], dtype="str"),
                **{
                    name: pd.Series([_exact(row[key]) for row in rows], dtype="object")
                    for name, key in _POSITION.items()
                },
            }
        )
        frame["time"] = stamps(row["uTime"] for row in rows)
        return frame


def _exact(text: str) -> Decimal | None:
    return Decimal(text) if text else None
