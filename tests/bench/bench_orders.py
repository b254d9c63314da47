"""What the order path costs, beside bare ccxt on the same paper exchange, in turns.

``python tests/bench/bench_orders.py``: one order through ccxt and through okxlab, a ladder of 100 orders at 20 ms of
latency, and a strategy that finds 500 open orders after a crash. Ratios of medians are what to compare.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import requests

import okxlab as ox
from okxlab.exchange import Address, Permit, Session, Wire, read_address
from okxlab.model import OrderRequest
from okxlab.trading.desk import open_executor
from okxlab.trading.execution import Executor
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName

SYMBOL, ORDERS, LADDER, OPEN, LATENCY_MS = "BTC-USDT", 300, 100, 500, 20


def timed(act: Callable[[], object]) -> float:
    """Give how many milliseconds something takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


def bare(address: Address) -> Any:
    """Give ccxt as it comes, with its throttle off."""
    keys = address.credentials
    urls = {"rest": address.rest, "ws": address.ws}
    told = {"apiKey": keys.key.reveal(), "secret": keys.secret.reveal(), "password": keys.passphrase.reveal()}
    more = {"urls": {"api": dict(urls), "test": dict(urls)}, "enableRateLimit": False}
    api = ccxt.okx(told | more | {"options": {"fetchMarkets": {"types": ["spot"]}}})
    api.load_markets()
    return api


def request(name: str, price: Decimal) -> OrderRequest:
    """Give a small buy far below the market."""
    return OrderRequest(SYMBOL, "buy", Decimal("0.0001"), price, name)


class Timed(SessionVenue):
    """Knows how long the last request was on the wire."""

    wire_ms = 0.0

    def send(self, permit: Permit, expires_ms: int) -> Wire:
        began = time.perf_counter()
        wire = super().send(permit, expires_ms)
        self.wire_ms = (time.perf_counter() - began) * 1e3
        return wire


def one_by_one(session: Session, executor: Executor, api: Any, price: Decimal, folder: Path) -> None:
    """Print what one order takes through ccxt, through okxlab, and what one durable write takes."""
    descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    taken: list[Any] = []
    venue = executor._venue = Timed(session)

    def durable() -> None:
        os.write(descriptor, b"x" * 500)
        os.fdatasync(descriptor)

    rows = []
    for place in range(ORDERS):
        through_ccxt = timed(lambda: taken.append(api.create_order("BTC/USDT", "limit", "buy", 0.0001, float(price))))
        through_okxlab = timed(lambda p=place: taken.append(executor.place([request(f"one{p}", price)])))
        rows.append((through_ccxt, through_okxlab, through_okxlab - venue.wire_ms, timed(durable)))
        theirs, (mine,) = taken
        taken.clear()
        executor.cancel([OrderName(SYMBOL, theirs["id"]), OrderName(SYMBOL, mine.order_id)])
        if place % 50 == 0:
            executor.settle()
    ccxt50, mine50, own50, sync50 = (statistics.median(column) for column in zip(*rows, strict=True))
    print(
        f"one order: ccxt p50 {ccxt50:.2f} ms, okxlab p50 {mine50:.2f} ms, "
        f"of which guard, journal and classifying {own50:.2f} ms; one durable write {sync50:.2f} ms; "
        f"okxlab / (ccxt + durable write) = {mine50 / (ccxt50 + sync50):.2f}"
    )


def ladder(session: Session, executor: Executor, api: Any, price: Decimal, control: Callable[..., None]) -> None:
    """Print how long a ladder takes until all of it is acknowledged, in batches and one by one."""
    control("POST", {"fault": "delay", "endpoint": "trade/*", "method": "POST", "ms": LATENCY_MS})
    requests_ = [request(f"lad{place}", price - place) for place in range(LADDER)]
    mine = timed(lambda: executor.place(requests_))
    serial = timed(
        lambda: [api.create_order("BTC/USDT", "limit", "buy", 0.0001, float(price - p)) for p in range(LADDER)]
    )
    control("DELETE", {})
    times = f"okxlab {mine:.0f} ms, ccxt one by one {serial:.0f} ms, {serial / mine:.1f} times"
    print(f"{LADDER} orders at {LATENCY_MS} ms: {times}")
    ox.cancel_all(session, SYMBOL)


def recovery(session: Session, price: Decimal) -> None:
    """Print how long a strategy takes to know its 500 open orders again, and how many are unknown then."""
    first = open_executor(session, "crashed")
    first.place([request(f"rec{place}", price - place) for place in range(OPEN)])
    first.journal.close()
    began = time.perf_counter()
    again = open_executor(session, "crashed")
    found = again.reconcile()
    took = time.perf_counter() - began
    live = sum(1 for _ in again.blotter.active())
    print(f"recovery: {live} open orders known after {took:.2f} s, {len(found.unknown)} unknown")
    again.journal.close()


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as home, ox.connect(workspace=home) as session:
        address = read_address((session.workspace.state / "paper.json").read_bytes())

        def control(method: str, body: dict[str, Any]) -> None:
            headers = {"X-Okxlab-Token": address.control.reveal()}
            requests.request(method, f"{address.rest}/okxlab/faults", json=body, headers=headers, timeout=10)

        price = ox.instrument(session, SYMBOL).floor_price(ox.tickers(session).loc[SYMBOL, "last"] * 0.97)
        executor, api = open_executor(session, "bench"), bare(address)
        one_by_one(session, executor, api, price, Path(home))
        ladder(session, executor, api, price, control)
        executor.journal.close()
        recovery(session, price)


if __name__ == "__main__":
    main()
