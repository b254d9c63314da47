"""OKX's request limits, kept together by every process that uses the same key.

One SQLite file holds, per limit, the next free moment on the machine's monotonic clock. A request reserves its moment
and waits for it. Requests are spread evenly: OKX punishes bursts inside its two-second windows.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from okxlab.clock import Clock
from okxlab.errors import Blocked

# path under /api/v5 -> (requests, seconds, parameter that has a limit of its own)
LIMITS: dict[str, tuple[int, float, str]] = {
    "public/time": (10, 2, ""),
    "public/instruments": (20, 2, "instType"),
    "market/tickers": (20, 2, ""),
    "market/ticker": (20, 2, ""),
    "market/books": (40, 2, ""),
    "market/candles": (40, 2, ""),
    "market/history-candles": (20, 2, ""),
    "market/trades": (100, 2, ""),
    "account/balance": (10, 2, ""),
    "account/config": (5, 2, ""),
    "account/trade-fee": (5, 2, ""),
    "asset/currencies": (6, 1, ""),
    "trade/order": (60, 2, "instId"),
    "trade/batch-orders": (60, 2, "instId"),
    "trade/cancel-order": (60, 2, "instId"),
    "trade/cancel-batch-orders": (60, 2, "instId"),
    "trade/orders-pending": (60, 2, ""),
    "trade/orders-history": (40, 2, ""),
    "trade/fills": (60, 2, ""),
    "trade/fills-history": (10, 2, ""),
}
UNLISTED = (5, 2.0, "")
_STALE = 60.0


class Throttle:
    """Makes callers wait so that a limit is never passed.

    Parameters
    ----------
    file
        The ledger shared by all processes; None lets every request through at once (the paper exchange has no limits).
    clock
        Whose monotonic time counts, and who sleeps.
    """

    def __init__(self, file: Path | None, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def wait(self, method: str, target: str, body: bytes | str | None = None) -> float:
        """Reserve the next free moment for this request, wait for it, and give the seconds waited.

        Raises
        ------
        Blocked
            When the ledger cannot be read or written: without it limits are not kept.
        """
        if self._file is None:
            return 0.0
        name, pace = _limit(method, target, body)
        now = self._clock.monotonic()
        try:
            moment = self._reserve(self._file, name, now, pace)
        except sqlite3.Error as error:
            raise Blocked(
                f"The ledger of request limits {self._file} cannot be used ({error}).",
                "Remove that file; it is made anew.",
            ) from None
        self._clock.sleep(max(0.0, moment - now))
        return moment - now

    @staticmethod
    def _reserve(file: Path, name: str, now: float, pace: float) -> float:
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as ledger:
            ledger.execute("create table if not exists slot (name text primary key, free real) without rowid")
            ledger.execute("begin immediate")
            row = ledger.execute("select free from slot where name = ?", (name,)).fetchone()
            # a moment far ahead is left from before a restart of the machine
            free = row[0] if row and row[0] - now < _STALE else now
            moment = max(now, free)
            ledger.execute("insert or replace into slot values (?, ?)", (name, moment + pace))
            ledger.execute("commit")
        return moment


def _limit(method: str, target: str, body: bytes | str | None) -> tuple[str, float]:
    parts = urlsplit(target)
    path = parts.path.removeprefix("/api/v5/")
    requests, seconds, key = LIMITS.get(path, UNLISTED)
    value = ""
    if key:
        value = _body_value(body, key) if body else next(iter(parse_qs(parts.query).get(key, [])), "")
    return f"{method} {path} {value}", seconds / requests


def _body_value(body: bytes | str, key: str) -> str:
    rows = json.loads(body)
    first = rows[0] if isinstance(rows, list) and rows else rows
    return str(first.get(key, "")) if isinstance(first, dict) else ""
