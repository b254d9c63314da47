"""Tickers, trades and candles."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from okxlab.clock import utc
from okxlab.exchange.call import read
from okxlab.exchange.session import Session
from okxlab.exchange.wire.topic import Merged, Message, Newest, Row, Topic, noted, number, stamps

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
_PAGE = 300


class Tickers(Newest):
    """The ticker of one symbol."""

    @classmethod
    def stacked(cls, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give one row a symbol."""
        return pd.concat(list(frames.values()))

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": "tickers", "instId": self.symbol}

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
        joined = pd.concat(list(frames.values())).sort_values("time", kind="stable", ignore_index=True)
        return noted(joined, frames)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._rows: deque[Row] = deque(maxlen=self.keep)
        self._seen: dict[str, None] = {}
        self._since_ms = 0

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
        if news and not self._since_ms:
            self._since_ms = min(int(row["ts"]) for row in news)
        while len(self._seen) > self.keep + 1000:
            del self._seen[next(iter(self._seen))]
        return news or None

    def parted(self) -> None:
        """From here on some may be missing."""
        super().parted()
        self._since_ms = 0

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
        frame.attrs["since"] = utc(self._since_ms) if self._since_ms else None
        return frame


class Candles(Merged):
    """The newest candles of one symbol, the running one among them; REST tells those that ended during a break.

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
        self._reached = 0  # the newest before the break

    @property
    def arg(self) -> dict[str, str]:
        """OKX's arg."""
        return {"channel": f"candle{self._bar}", "instId": self.symbol}

    def apply(self, message: Message) -> list[Row] | None:
        """Take those that are new or have grown."""
        return self._take(row for row in message["data"] if not self.ready or self._grew(row)) or None

    def parted(self) -> None:
        """Remember how far they are whole."""
        if self.ready:
            self._reached = self.time_ms
        super().parted()

    def fetch(self, session: Session) -> Iterable[Row]:
        """Ask for those since the newest before the break, as many as are kept; at first for the running one."""
        asked = {"instId": self.symbol, "bar": self._bar, "limit": str(_PAGE if self._reached else 1)}
        rows = page = read(session, "publicGetMarketCandles", asked)
        while self._reached and page and int(page[-1][0]) > self._reached and len(rows) < self.keep:
            page = read(session, "publicGetMarketCandles", asked | {"after": page[-1][0]})
            rows = rows + page
        return rows

    def merge(self, rows: Iterable[Row]) -> None:
        """Take them in; what was known before a hole that REST cannot fill goes."""
        told = list(rows)
        if told and min(int(row[0]) for row in told) > self._reached:
            self._rows = {opening: row for opening, row in self._rows.items() if opening > self._reached}
        self._take(row for row in told if int(row[0]) >= self._reached and self._grew(row))

    def _take(self, rows: Iterable[Row]) -> list[Row]:
        news = list(rows)
        for row in news:
            self._rows[int(row[0])] = row
            self.time_ms = max(self.time_ms, int(row[0]))
        while len(self._rows) > self.keep:
            del self._rows[min(self._rows)]
        return news

    def _grew(self, row: Row) -> bool:
        known = self._rows.get(int(row[0]))
        return known is None or bool(row != known and known[8] == "0" and float(row[5]) >= float(known[5]))

    def frame(self) -> pd.DataFrame:
        """Give them, oldest first."""
        rows = [self._rows[key] for key in sorted(self._rows)]
        values = {name: [float(row[place]) for row in rows] for place, name in enumerate(_CANDLE, 1)}
        frame = pd.DataFrame(values, index=stamps(row[0] for row in rows).rename("time"), dtype="float64")
        frame["finished"] = [row[8] == "1" for row in rows]
        return frame.astype({"finished": "bool"})
