"""How fast a month of minutes is pulled where OKX's limits are enforced, and whether they hold, beside ccxt's own ways.

``python tests/bench/bench_backfill.py``. The exchange is a paper exchange in a process of its own that refuses what is
faster than OKX allows (20 pages of 300 old bars in any 2 s); each request takes 50 ms to it and each answer 50 ms back.
The exchange writes down when each request arrives; from that list come the rate, over the time from the first page of
old bars to the last, and the busiest two seconds, wherever they begin. Seconds are those of the whole call, with the
search for the newest bar and the writing of the store.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ccxt
import pandas as pd
import requests

import okxlab as ox
from okxlab.exchange import Address, read_address

SYMBOL, DAYS, MINUTE = "BTC-USDT", 30, 60_000
HALF_WAY_MS = 50
WINDOW, ALLOWED = 2.0, 20
OLD, RECENT = "market/history-candles", "market/candles"


class Exchange:
    """The paper exchange of a workspace: far away, and asked what arrived."""

    def __init__(self, address: Address) -> None:
        self.rest = address.rest
        self._headers = {"X-Okxlab-Token": address.control.reveal()}
        for fault in ("delay", "slow"):
            rule = {"fault": fault, "ms": HALF_WAY_MS, "endpoint": "*"}
            requests.post(f"{self.rest}/okxlab/faults", json=rule, headers=self._headers, timeout=30).raise_for_status()

    def arrivals(self, endpoint: str, since: int) -> list[float]:
        """Give when requests of an endpoint arrived after a time (ms), in seconds."""
        log = requests.get(f"{self.rest}/okxlab/faults", headers=self._headers, timeout=30).json()["log"]
        return [
            row["ts"] / 1000
            for row in log
            if row["endpoint"] == endpoint and row["fault"] == "delay" and row["ts"] >= since
        ]


def busiest(arrivals: list[float]) -> int:
    """Give the most arrivals in two seconds, wherever they begin."""
    return max((sum(start <= other < start + WINDOW for other in arrivals) for start in arrivals), default=0)


def told(name: str, exchange: Exchange, pull: Callable[[], int]) -> None:
    """Pull, and print what it took."""
    began, since = time.perf_counter(), time.time_ns() // 1_000_000
    bars = pull()
    seconds = time.perf_counter() - began
    old, recent = (exchange.arrivals(endpoint, since) for endpoint in (OLD, RECENT))
    rate = (len(old) - 1) / (old[-1] - old[0])
    print(
        f"{name:40} {bars:7,} bars {seconds:6.2f} s {bars / seconds:6,.0f} bars/s; {len(old)} old pages {rate:5.2f}/s,"
        f" {rate * WINDOW / ALLOWED:6.1%} of the limit, busiest 2 s: {busiest(old)} of {ALLOWED}; {len(recent)} recent"
    )


def paging(exchange: Exchange, since: int, until: int, page: int) -> int:
    """Pull as most programs do: ccxt's fetch_ohlcv from one page to the next, with its own rate limit."""
    client = plain(exchange)
    seen, cursor = set[int](), since
    while cursor < until:
        rows = client.fetch_ohlcv("BTC/USDT", "1m", since=cursor, limit=page)
        if not rows:
            break
        seen |= {row[0] for row in rows if row[0] < until}
        cursor = rows[-1][0] + MINUTE
    return len(seen)


def paginate(exchange: Exchange, since: int, until: int) -> int:
    """Pull by ccxt's own paging."""
    params = {"paginate": True, "paginationCalls": 1000}  # with "until" each page would be the newest one
    rows = plain(exchange).fetch_ohlcv("BTC/USDT", "1m", since=since, params=params)
    return len({row[0] for row in rows if since <= row[0] < until})


def plain(exchange: Exchange) -> Any:
    """Give ccxt as it comes, pointed at the exchange."""
    urls = {"rest": exchange.rest, "ws": exchange.rest}
    client = ccxt.okx({"urls": {"api": urls, "test": urls}, "options": {"fetchMarkets": {"types": ["spot"]}}})
    client.load_markets()
    return client


@contextmanager
def limited() -> Iterator[tuple[ox.Session, Exchange]]:
    """Run a workspace whose exchange keeps OKX's limits, from far away."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "okxlab.toml").write_text("[paper]\nlimits = true\n")
        with ox.connect(workspace=folder) as session:
            address = read_address(session.workspace.exchange_state.read_bytes())
            assert address is not None
            yield session, Exchange(address)


def main() -> None:
    """Print the table."""
    with limited() as (session, exchange):
        end = ox.candles(session, SYMBOL).index[-1]
        start = end - pd.Timedelta(days=DAYS)
        span = [int(at.timestamp() * 1000) for at in (start, end)]

        def backfill() -> int:
            return int(ox.backfill(session, SYMBOL, "1m", start, end, progress=False)["pulled"].sum())

        told("ox.backfill, into a new store", exchange, backfill)
        told("ox.candles", exchange, lambda: len(ox.candles(session, SYMBOL, start=start, end=end)))
        time.sleep(WINDOW)
        told("ccxt, one page of 300 after the other", exchange, lambda: paging(exchange, *span, 300))
        told("ccxt, pages of 100 as freqtrade asks", exchange, lambda: paging(exchange, *span, 100))
        told("ccxt, params paginate", exchange, lambda: paginate(exchange, *span))


if __name__ == "__main__":
    main()
