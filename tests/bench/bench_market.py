"""What okxlab's pulls cost beside ccxt's unified calls, both to a frame and from the same ready answers.

``python tests/bench/bench_market.py``; calls of both sides take turns, and what counts is the ratio.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import ccxt
import pandas as pd

import okxlab as ox
from okxlab.config import find_workspace
from okxlab.exchange import Lease, Session, paper_session, read, read_address
from okxlab.market import candle_frame

sys.path.insert(0, str(Path(__file__).parent / "load"))
from server import CLIENT_CORE, canned

ROUNDS, BEST = 60, 10
SYMBOL = "C000-USDT"
PAGE = {"instId": SYMBOL, "bar": "1m", "limit": "300"}
PRICES = ["open", "high", "low", "close", "volume"]

Call = Callable[[], pd.DataFrame]


def milliseconds(*calls: Call) -> list[float]:
    """Give the milliseconds of each call, the median of its ten best; they take turns, so that noise falls on all."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, took, strict=True):
            began = time.perf_counter()
            call()
            times.append(1e3 * (time.perf_counter() - began))
    return [median(sorted(times)[:BEST]) for times in took]


@contextmanager
def both() -> Iterator[tuple[Session, "ccxt.okx"]]:
    """Give a session, and a plain ccxt.okx with ccxt's own transport and its markets loaded, on the same server."""
    with canned() as told, tempfile.TemporaryDirectory() as folder:
        address = read_address(json.dumps(told).encode())
        urls = {"rest": told["rest"], "ws": told["ws"]}
        okx = ccxt.okx(
            {"urls": {"api": urls}, "enableRateLimit": False, "options": {"fetchMarkets": {"types": ["spot"]}}}
        )
        okx.load_markets()
        lease = Lease(address.rest, address.control)
        with paper_session(address, lease, find_workspace(folder)) as session:
            yield session, okx
        okx.session.close()


def ccxt_tickers(okx: "ccxt.okx") -> pd.DataFrame:
    """Give every ticker of ccxt in a frame."""
    return pd.DataFrame(list(okx.fetch_tickers().values())).set_index("symbol")


def ccxt_candles(okx: "ccxt.okx") -> pd.DataFrame:
    """Give a page of candles of ccxt in a frame, indexed by time."""
    frame = pd.DataFrame(okx.fetch_ohlcv("C000/USDT", "1m", limit=300), columns=["time", *PRICES])
    return frame.set_index(pd.to_datetime(frame.pop("time"), unit="ms", utc=True))


def main() -> None:
    """Print the table."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    with both() as (session, okx):
        assert ccxt_candles(okx).equals(ox.candles(session, SYMBOL)[PRICES])
        theirs, ours = milliseconds(lambda: ccxt_tickers(okx), lambda: ox.tickers(session))
        say(f"{len(ox.tickers(session))} tickers", theirs, ours)
        theirs, page, whole = milliseconds(
            lambda: ccxt_candles(okx),
            lambda: candle_frame(read(session, "publicGetMarketCandles", PAGE)),
            lambda: ox.candles(session, SYMBOL),
        )
        say("a page of 300 candles", theirs, page)
        say("ox.candles, every row checked", theirs, whole)


def say(what: str, theirs: float, ours: float) -> None:
    """Print one line."""
    print(f"{what} to a frame: ccxt {theirs:.2f} ms, okxlab {ours:.2f} ms, {theirs / ours:.1f} times faster")


if __name__ == "__main__":
    main()
