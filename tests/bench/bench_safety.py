"""How soon the order path is safe again: after a crash, after the kill switch, and when a channel falls silent.

``python tests/bench/bench_safety.py``: a strategy finds its 500 open orders on an exchange that keeps OKX's limits,
beside the same reads alone; two storms of orders, one in this process and one in another, are stopped by the kill
switch again and again; and an execution is found that no stream told of.
"""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import OkxlabError
from okxlab.exchange import Session, read_address
from okxlab.model import OrderRequest
from okxlab.trading.desk import open_executor
from okxlab.trading.enquiry import pending
from okxlab.trading.venue import SessionVenue
from okxlab.trading.watch import AUDIT_SECONDS, Watch

SYMBOL, OPEN, RESTING, PRESSES, SILENCES = "BTC-USDT", 500, 100, 50, 3
_MOST_SECONDS = 60.0


class Counting(SessionVenue):
    """Remembers what was read."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.reads: list[tuple[str, Mapping[str, str]]] = []

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        self.reads.append((method, params))
        return super().read(method, params)


def request(name: str, price: Decimal) -> OrderRequest:
    """Give a small buy."""
    return OrderRequest(SYMBOL, "buy", Decimal("0.0001"), price, name)


def below(session: Session) -> Decimal:
    """Give a price at which nothing fills soon."""
    return ox.instrument(session, SYMBOL).floor_price(ox.tickers(session).loc[SYMBOL, "last"] * 0.97)


def recovery(home: Path) -> None:
    """Print how long it takes to know 500 open orders again with OKX's limits, beside the same reads alone."""
    (home / "okxlab.toml").write_text("[paper]\nlimits = true\n", "utf-8")
    with ox.connect(workspace=home) as session:
        price, first = below(session), open_executor(session, "crashed")
        first.place([request(f"rec{place}", price - place) for place in range(OPEN)])
        first.journal.close()
        time.sleep(3)  # what was used of the limits is free again
        began = time.perf_counter()
        again = open_executor(session, "crashed")
        venue = again._venue = Counting(session)
        found = again.reconcile()
        took = time.perf_counter() - began
        time.sleep(3)
        began = time.perf_counter()
        for method, params in venue.reads:
            SessionVenue(session).read(method, params)
        alone = time.perf_counter() - began
        live = sum(1 for _ in again.blotter.active())
        again.journal.close()
    print(
        f"recovery with limits: {live} open orders known after {took:.2f} s, {len(found.unknown)} unknown; "
        f"its {len(venue.reads)} reads alone {alone:.2f} s: {took - alone:.2f} s beyond"
    )


def storm(session: Session, ended: Callable[[], bool], name: str) -> None:
    """Place one order after the other, however often that is refused."""
    executor, price, number = open_executor(session, name), below(session), 0
    while not ended():
        number += 1
        with suppress(OkxlabError):
            executor.place([request(f"{name}{number}", price)])
    executor.journal.close()


def newest_ms(session: Session) -> int:
    """Give when the exchange took the newest order of all."""
    rows = [
        row
        for name in ("privateGetTradeOrdersPending", "privateGetTradeOrdersHistory")
        for row in SessionVenue(session).read(name, {"instType": "SPOT", "limit": "100"})
    ]
    return max(int(row["cTime"]) for row in rows)


def both_trade(session: Session) -> bool:
    """Whether an order of either storm rests."""
    there = {order.client_id.rstrip("0123456789") for order in pending(SessionVenue(session))}
    return {"here", "there"} <= there


def killed(home: Path) -> None:
    """Print how long after the press the last order came in, and how long cancelling a hundred takes."""
    with ox.connect(workspace=home) as session:
        ending = threading.Event()
        here = threading.Thread(target=storm, args=(session, ending.is_set, "here"), daemon=True)
        here.start()
        command = [sys.executable, __file__, "storm", str(home)]
        there = subprocess.Popen(command, stdin=subprocess.PIPE)
        while not both_trade(session):
            time.sleep(0.1)
        late = []
        for _ in range(PRESSES):
            time.sleep(0.3)
            pressed = time.time() * 1000
            report = ox.kill(session, "a test of the switch")
            assert report.clear, report
            time.sleep(0.1)
            late.append(newest_ms(session) - pressed)
            ox.lift_kill(session)
        ending.set()
        here.join()
        there.communicate()
        ox.kill(session)
        ox.lift_kill(session)
        price, executor = below(session), open_executor(session, "resting")
        swept = []
        for turn in range(5):
            executor.place([request(f"res{turn}n{place}", price - place) for place in range(RESTING)])
            report = ox.kill(session)
            assert report.clear, report
            assert len(report.cancelled) == RESTING, report
            ox.lift_kill(session)
            swept.append(report.seconds)
        executor.journal.close()
    late.sort()
    print(
        f"kill switch, {PRESSES} presses under two storms: last order {statistics.median(late):.0f} ms after the press "
        f"(p50), {late[-1]:.0f} ms at the latest; {RESTING} resting orders seen gone after "
        f"{statistics.median(swept):.2f} s (p50), {max(swept):.2f} s at the latest"
    )


def silence(home: Path) -> None:
    """Print how long an execution stays unknown when the account's channels tell nothing, connection and all well."""
    with ox.connect(workspace=home) as session:
        address = read_address((session.workspace.state / "paper.json").read_bytes())
        headers = {"X-Okxlab-Token": address.control.reveal()}

        def tell(path: str, body: dict[str, Any]) -> None:
            answer = requests.post(f"{address.rest}/okxlab/{path}", json=body, headers=headers, timeout=10)
            assert answer.status_code == 200, answer.text

        executor, took = open_executor(session, "silent"), []
        watch = Watch(session, executor, SystemClock())
        while not watch.live:
            time.sleep(0.05)
        for channel in ("orders", "fills"):
            tell("faults", {"fault": "drop_frame", "endpoint": channel})
        for number in range(SILENCES):
            executor.place([request(f"sil{number}", below(session))])
            (order,) = pending(SessionVenue(session), SYMBOL)
            body = {"instId": SYMBOL, "side": "sell", "px": str(order.price), "sz": str(order.size)}
            began = time.perf_counter()
            tell("print", body)
            while executor.blotter.orders[f"sil{number}"].state != "filled":
                assert time.perf_counter() - began < _MOST_SECONDS
                time.sleep(0.02)
            took.append(time.perf_counter() - began)
        watch.close()
        executor.journal.close()
    print(
        f"silent channels: {SILENCES} executions found after {', '.join(f'{each:.1f}' for each in took)} s; "
        f"it looks every {AUDIT_SECONDS:g} s"
    )


def other_storm(home: str) -> None:
    """Storm in this process until its input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with ox.connect(workspace=home) as session:
        storm(session, ended.is_set, "there")


def main() -> None:
    """Print all figures."""
    for measure in (recovery, killed, silence):
        with tempfile.TemporaryDirectory() as home:
            measure(Path(home))


if __name__ == "__main__":
    other_storm(sys.argv[2]) if sys.argv[1:2] == ["storm"] else main()
