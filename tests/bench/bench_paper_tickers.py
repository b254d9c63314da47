"""What 500 pairs cost: `fetch_tickers` of ccxt on the paper exchange, and whose time it is.

``python tests/bench/bench_paper_tickers.py``; it prints figures and passes no judgement on seconds.
"""

import sys
import time
from pathlib import Path
from statistics import median

import ccxt
import requests

sys.path.insert(0, str(Path(__file__).parent / "load"))
from server import busy, paper

TIMES = 30


def seconds(call, pid: int) -> tuple[float, float]:
    """Give the medians of a call's time and of the server's time on its core in it."""
    wall, server = [], []
    for _ in range(TIMES):
        began, before = time.perf_counter(), busy(pid)
        call()
        wall.append(time.perf_counter() - began)
        server.append(busy(pid) - before)
    return median(wall), median(server)


def main() -> None:
    """Print the table."""
    with paper() as exchange:
        urls = {"rest": exchange["rest"], "ws": exchange["ws"]}
        okx = ccxt.okx({"urls": {"api": dict(urls), "test": dict(urls)}, "enableRateLimit": False})
        okx.load_markets()
        pairs = len(okx.fetch_tickers())
        path = f"{exchange['rest']}/api/v5/market/tickers?instType=SPOT"
        began = time.perf_counter()
        size = len(requests.get(path, timeout=30).content)
        first = time.perf_counter() - began
        wall, server = seconds(okx.fetch_tickers, exchange["pid"])
        with requests.Session() as session:
            plain, _ = seconds(lambda: session.get(path, timeout=30).content, exchange["pid"])
        print(
            f"fetch_tickers of {pairs} pairs, {size:,} bytes: {wall * 1e3:.1f} ms, of which the server"
            f" {server * 1e3:.2f} ms ({server / wall:.0%}); fetched without ccxt {plain * 1e3:.1f} ms, so ccxt itself"
            f" {1 - plain / wall:.0%} (one look before: {first * 1e3:.1f} ms)"
        )
        okx.session.close()


if __name__ == "__main__":
    main()
