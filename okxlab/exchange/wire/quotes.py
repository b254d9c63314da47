"""Tickers, trades and candles."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import pandas as pd

from okxlab.exchange.wire.topic import Message, Row, Topic, number, stamps

BARS = {
    "1s": ("1s", 1), "1m": ("1m", 60), "3m": ("3m", 180), "5m": ("5m", 300), "15m": ("15m", 900),
    "30m": ("30m", 1800), "1h": ("1H", 3600), "2h": ("2H", 7200), "4h": ("4H", 14400), "6h": ("6Hutc", 21600),
    "12h": ("12Hutc", 43200), "1d": ("1Dutc", 86400), "1w": ("1Wutc", 604800),
}  # fmt: skip
"""By name: OKX's name, which from six hours on must say that it begins in UTC, and seconds."""
_TICKER = {
    "last": "last", "last_size": "lastSz", "bid": "bidPx", "bid_size": "bidSz", "ask": "askPx", "ask_size": "askSz",
    "open_24h": "open24h", "high_24h": "high24h", "low_24h": "low24h", "volume_24h": "vol24h",
    "turnover_24h": "volCcy24h", "open_utc": "sodUtc0",
}  # fmt: skip
_CANDLE = ("open", "high", "low", "close", "volume")
_LONGEST_SILENCE = 300


class Tickers(Topic):
    """The ticker of one symbol."""

    @classmethod
    def stacked(cls, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give one row a symbol."""
        return pd.concat(list(frames.values()))

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "tickers", "instId": self.symbol}

    def apply(self, message: Message) -> list[Row] | None:
        """Take the newest."""
        row = message["data"][-1]
        if self.ready and (int(row["ts"]) < self.time_ms or row == self.latest):  # overtaken, or repeated
            return None
        self.time_ms = int(row["ts"])
        return [row]

    def frame(self) -> pd.DataFrame:
        """Give one row."""
        rows = [self.latest] if self.latest else []
        values = {name: [number(row.get(key, "")) for row in rows] for name, key in _TICKER.items()}
        index = pd.Index([row["instId"] for row in rows], name="symbol", dtype="str")
        frame = pd.DataFrame(values, index=index, dtype="float64")
        frame["time"] = stamps(row["ts"] for row in rows)
        return frame


class Trades(Topic):
    """The newest trades of one symbol; one told twice counts once."""

    silent_after = 30.0
    greeted = False

    @classmethod
    def stacked(cls, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give the trades of all symbols, oldest first."""
        return pd.concat(list(frames.values())).sort_values("time", kind="stable", ignore_index=True)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rows: deque[Row] = deque(maxlen=self.keep)
        self._seen: dict[str, None] = {}

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "trades", "instId": self.symbol}

    def apply(self, message: Message) -> list[Row] | None:
        """Take those that are new."""
        news = [row for row in message["data"] if row["tradeId"] not in self._seen]
        for row in news:
            self._rows.append(row)
            self._seen[row["tradeId"]] = None
            self.time_ms = max(self.time_ms, int(row["ts"]))
        while len(self._seen) > self.keep + 1000:
            del self._seen[next(iter(self._seen))]
        return news or None

    def frame(self) -> pd.DataFrame:
        """Give them, oldest first."""
        rows = sorted(self._rows, key=lambda row: int(row["ts"]))
        frame = pd.DataFrame(
            {
                "symbol": pd.Series([row["instId"] for row in rows], dtype="str"),
                "side": pd.Series([row["side"] for row in rows], dtype="str"),
                "price": pd.Series([float(row["px"]) for row in rows], dtype="float64"),
                "size": pd.Series([float(row["sz"]) for row in rows], dtype="float64"),
                "trade_id": pd.Series([row["tradeId"] for row in rows], dtype="str"),
            }
        )
        frame["time"] = stamps(row["ts"] for row in rows)
        return frame


class Candles(Topic):
    """The newest candles of one symbol, the running one among them.

    Parameters
    ----------
    bar
        One of `BARS`.
    """

    place = "business"

    def __init__(self, *args: Any, bar: str = "1m", **more: Any) -> None:
        super().__init__(*args, **more)
        self._bar, seconds = BARS[bar]
        if more.get("patience") is None:
            self.patience = min(seconds, _LONGEST_SILENCE) + self.silent_after
        self._rows: dict[int, Row] = {}

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": f"candle{self._bar}", "instId": self.symbol}

    def apply(self, message: Message) -> list[Row] | None:
        """Take those that are new or have grown."""
        news = [row for row in message["data"] if self._grew(row)]
        for row in news:
            self._rows[int(row[0])] = row
            self.time_ms = max(self.time_ms, int(row[0]))
        while len(self._rows) > self.keep:
            del self._rows[min(self._rows)]
        return news or None

    def _grew(self, row: Row) -> bool:
        known = self._rows.get(int(row[0]))
        if known is None or not self.ready:
            return True
        return bool(row != known and known[8] == "0" and float(row[5]) >= float(known[5]))

    def frame(self) -> pd.DataFrame:
        """Give them, oldest first."""
        rows = [self._rows[key] for key in sorted(self._rows)]
        values = {name: [float(row[place]) for row in rows] for place, name in enumerate(_CANDLE, 1)}
        frame = pd.DataFrame(values, index=stamps(row[0] for row in rows).rename("time"), dtype="float64")
        frame["finished"] = [row[8] == "1" for row in rows]
        return frame.astype({"finished": "bool"})
