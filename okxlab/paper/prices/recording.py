"""A recorded WebSocket stream of OKX's: its frames, and what they say of trades and books."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from okxlab.errors import PaperError
from okxlab.paper.prices.replay import BookFrame, RecordedBook
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.timeline import gathered, laid_on

SECOND = 1000
_BOOKS = ("books", "books-l2-tbt", "books50-l2-tbt")
_TRADES = ("trades", "trades-all")
_CHANNELS = frozenset((*_TRADES, "tickers", *_BOOKS))
_PREFIX = re.compile(r"(\d+(?:\.\d+)?): (?=\{)")  # a time in seconds before the frame, as some recorders write
_FIX = "Give --prices tape:PATH, a JSON line for each message of OKX's public channels (.jsonl or .jsonl.gz)."

Message = tuple[int, dict[str, Any]]  # when it came (ms, 0 if that is not told), and the message


@dataclass
class Trade:
    """A recorded trade."""

    ts: int
    price: float
    size: float


@dataclass
class Recording:
    """What was recorded, by instrument id; times are the exchange's (ms UTC), but none before ``start``."""

    start: int
    end: int
    trades: dict[str, list[Trade]] = field(default_factory=dict)
    opened: dict[str, float] = field(default_factory=dict)
    books: dict[str, RecordedBook] = field(default_factory=dict)

    def candles(self) -> dict[str, Columns]:
        """Give candles of a second for each instrument whose price is known."""
        first = self.start // SECOND * SECOND
        line = np.arange(first, self.end // SECOND * SECOND + SECOND, SECOND, dtype=np.int64)
        found = {}
        for name in dict.fromkeys((*self.trades, *self.opened)):
            rows = self.trades.get(name) or [Trade(first, self.opened[name], 0.0)]
            ts = np.array([max(row.ts, first) for row in rows], dtype=np.int64)
            price, size = np.array([row.price for row in rows]), np.array([row.size for row in rows])
            order = np.argsort(ts, kind="stable")
            found[name] = laid_on(line, gathered(ts[order], price[order], size[order], SECOND))
        return found


def read_recording(path: Path) -> Recording:
    """Read a recorded stream: lines with OKX's messages, bare or under ``msg`` beside ``local_ts`` in seconds.

    Raises
    ------
    PaperError
        The file cannot be read or holds no trade, ticker or book.
    """
    messages = list(_messages(path))
    if not messages:
        raise PaperError(f"{path} holds no trades, tickers or books.", _FIX)
    try:
        return _recording(messages)
    except (LookupError, TypeError, ValueError) as error:
        raise PaperError(f"{path} has a message that is none of OKX's: {error!r}.", _FIX) from None


def _recording(messages: list[Message]) -> Recording:
    received = [at for at, _ in messages if at]
    stamps = [int(row["ts"]) for _, message in messages for row in message["data"]]
    start = min(received) if received else _usual_start(messages, stamps)
    found = Recording(start, max(*stamps, start))
    seen: set[tuple[str, str]] = set()
    for _, message in messages:
        _take(found, message, seen)
    return found


def _take(found: Recording, message: dict[str, Any], seen: set[tuple[str, str]]) -> None:
    channel, name = message["arg"]["channel"], message["arg"]["instId"]
    for row in message["data"]:
        ts = max(int(row["ts"]), found.start)
        if channel in _TRADES and (name, row["tradeId"]) not in seen:
            seen.add((name, row["tradeId"]))
            before = int(row["ts"]) < found.start  # the trade before the recording: it says the price, not the volume
            found.trades.setdefault(name, []).append(Trade(ts, float(row["px"]), 0.0 if before else float(row["sz"])))
        elif channel == "tickers" and row["last"]:
            found.opened.setdefault(name, float(row["last"]))
        elif channel in _BOOKS:
            frame = BookFrame(
                ts, message["action"] == "snapshot", row["bids"], row["asks"], int(row.get("checksum", 0))
            )
            found.books.setdefault(name, RecordedBook()).add(frame)


def _usual_start(messages: list[Message], stamps: list[int]) -> int:
    """Give when a stream without times of its own began: at its first update, as first messages may be of old times."""
    updates = [
        int(row["ts"]) for _, message in messages if message.get("action") == "update" for row in message["data"]
    ]
    return min(updates or stamps)


def _messages(path: Path) -> Iterator[Message]:
    """Give the messages with data."""
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            for number, line in enumerate(lines, 1):
                found = _message(line, path, number)
                if found is not None:
                    yield found
    except (OSError, EOFError, UnicodeDecodeError) as error:
        if _cut_off(error):  # whoever wrote it was ended in the middle of a write; what came before it stands
            return
        raise PaperError(f"The recording {path} cannot be read: {error}.", _FIX) from None


def _cut_off(error: Exception) -> bool:
    """Whether a compressed file ends too soon: within a member, or after the first byte of one."""
    return isinstance(error, EOFError) or str(error) == "Not a gzipped file (b'\\x1f')"


def _message(line: str, path: Path, number: int) -> Message | None:
    """Give the message of a line; None for what a client sent and for messages without data."""
    prefix = _PREFIX.match(line)
    text = line[prefix.end() :] if prefix else line
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        raise PaperError(f"Line {number} of {path} is no JSON.", _FIX) from None
    at = prefix[1] if prefix else value.get("local_ts", 0)
    message = value.get("msg", value)
    if not isinstance(message, dict) or "data" not in message or message.get("arg", {}).get("channel") not in _CHANNELS:
        return None
    return int(float(at) * 1000), message
