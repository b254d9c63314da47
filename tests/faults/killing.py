"""Real processes that die by kill -9 while they place orders, and others that take up what they left.

``python -m tests.faults.killing HOME KILLS SEED`` prints one line of JSON with what was found. Every life is a process
of its own, forked from this one and with a session of its own; the exchange is the paper exchange in another process.
Between a death and the next life the exchange's clock is put ahead, so that what may still be on the way has expired.
"""

import gc
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.config import find_workspace
from okxlab.exchange import Lease, Outcome, Permit, Session, Wire, paper_session, read_address
from okxlab.exchange.venue_clock import Reading
from okxlab.model import OrderRequest
from okxlab.trading.blotter import Blotter
from okxlab.trading.desk import header, tag
from okxlab.trading.enquiry import fills_since, finished_since, pending
from okxlab.trading.execution import Executor
from okxlab.trading.journal import FileLog, Journal, SystemDisk, read_log
from okxlab.trading.records import decode
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName

SYMBOL, SIZE, AHEAD_MS = "BTC-USDT", Decimal("0.00001"), 9_000
NEVER = 1_000_000


@dataclass
class Death:
    """Kills this process at its n-th point."""

    at: int
    passed: int = 0

    def point(self) -> None:
        """Pass one more point, or die there."""
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


class DyingDisk(SystemDisk):
    """A real file in whose every write a process may die."""

    def __init__(self, path: Path, death: Death) -> None:
        self._death = death
        super().__init__(path)

    def append(self, data: bytes) -> None:
        self._death.point()
        super().append(data[: len(data) // 2])
        self._death.point()
        super().append(data[len(data) // 2 :])
        self._death.point()

    def sync(self) -> None:
        super().sync()
        self._death.point()


class DyingVenue(SessionVenue):
    """A real exchange before and after whose every answer a process may die."""

    def __init__(self, session: Session, death: Death) -> None:
        self._death = death
        super().__init__(session)

    def prepare(self, path: str, rows: Sequence[Mapping[str, str]]) -> Permit:
        self._death.point()
        return super().prepare(path, rows)

    def send(self, permit: Permit, expires_ms: int) -> Wire:
        self._death.point()
        wire = super().send(permit, expires_ms)
        self._death.point()
        return wire

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        rows = super().read(method, params)
        self._death.point()
        return rows


class Anything:
    """A guard that lets everything leave."""

    def check(self, requests: Sequence[OrderRequest], _blotter: Blotter) -> list[tuple[str, ...]]:
        return [() for _ in requests]

    def turn(self, _requests: Sequence[OrderRequest], _blotter: Blotter) -> AbstractContextManager[None]:
        return nullcontext()

    def recheck(self) -> None:
        """Nothing to look at."""

    def saw(self, _outcomes: Collection[Outcome]) -> str:
        return ""

    def settled(self, _blotter: Blotter) -> None:
        """Nothing to learn."""


class Grave:
    """One paper exchange, and the lives that end on it."""

    def __init__(self, home: Path) -> None:
        self.session = ox.connect(workspace=home)
        self.workspace = find_workspace(home)
        self.address = read_address((self.workspace.state / "paper.json").read_bytes())
        instrument = ox.instrument(self.session, SYMBOL)
        self.price = instrument.floor_price(ox.tickers(self.session).loc[SYMBOL, "last"] * 0.8)
        self.skew_ms = 0
        # nothing is sent over it here: each forked process opens connections of its own
        self._unused = paper_session(self.address, Lease(self.address.rest, self.address.control), self.workspace)
        self._http = requests.Session()

    def life(self, strategy: str, death: Death) -> None:
        """Do everything a strategy means to do, from wherever its journal stands: it ends with nothing left open."""
        session, clock = self._unused, SystemClock()
        now = clock.now_ms()
        session.transport.time.set(Reading(now + self.skew_ms, now, clock.monotonic(), 0))
        whose = header(self.session, strategy)
        log = FileLog.open(DyingDisk(whose.place(self.workspace.state), death), whose, at=now)
        label = tag(whose.account, strategy)
        venue = DyingVenue(session, death)
        executor = Executor(venue, Journal(log, clock), Anything(), clock, tag=label)
        executor.reconcile()
        executor.place([self._order(f"{strategy}a", self.price)])
        executor.place([self._order(f"{strategy}b", self.price - 1), self._order(f"{strategy}m", None)])
        executor.settle()
        open_now = [entry for entry in executor.blotter.active() if entry.order_id]
        executor.cancel([OrderName(SYMBOL, e.order_id, e.intent.client_id) for e in open_now])
        executor.settle()
        executor.reconcile()

    def buried(self, strategy: str, at: int, *, within: float = 0.0) -> bool:
        """Let a forked process live, killed at a point or after so many seconds, and tell whether it was killed."""
        child = os.fork()
        if child == 0:
            try:
                self.life(strategy, Death(at))
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - a forked process has nobody above it
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(3)
        if within:
            time.sleep(within)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise SystemExit(f"a life ended with {os.WEXITSTATUS(status)}")
        return os.WIFSIGNALED(status)

    def close(self) -> None:
        """Let the exchange end."""
        self._http.close()
        self._unused.close()
        self.session.close()

    def ahead(self, ms: int) -> None:
        """Put the exchange's clock so far ahead of the machine's, and tell the lives to come."""
        self.skew_ms = ms
        headers = {"X-Okxlab-Token": self.address.control.reveal()}
        self._http.post(f"{self.address.rest}/okxlab/clock", json={"skew_ms": ms}, headers=headers, timeout=10)

    def verdict(self, strategy: str, begin_ms: int) -> Counter[str]:
        """Compare what the exchange holds of a strategy with what its journal says."""
        venue, wrong = SessionVenue(self.session), Counter[str]()
        mine = lambda told: told.client_id.startswith(strategy)  # noqa: E731
        orders = {o.order_id: o for o in [*pending(venue, SYMBOL), *finished_since(venue, SYMBOL, begin_ms)] if mine(o)}
        fills = {f.trade_id for f in fills_since(venue, SYMBOL, begin_ms=begin_ms) if mine(f)}
        blotter = Blotter()
        for payload in read_log(header(self.session, strategy).place(self.workspace.state)):
            if not payload.startswith(b'{"kind":"opened"'):
                blotter.apply(decode(payload))
        made = Counter(order.client_id for order in orders.values())
        wrong["duplicates"] = sum(count > 1 for count in made.values())
        wrong["unknown"] = len(blotter.unknown()) + len(blotter.changes)
        wrong["ghosts"] = sum(blotter.named(number) is None for number in orders)
        wrong["lost fills"] = len(fills ^ {trade for _, trade in blotter.fills})
        wrong["never placed"] = sum(f"{strategy}{name}" not in blotter.orders for name in "abm")
        wrong["left open"] = sum(order.active for order in orders.values())
        return wrong

    def _order(self, name: str, price: Decimal | None) -> OrderRequest:
        return OrderRequest(SYMBOL, "buy", SIZE, price, name)


def sweep(home: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many lives: at every point in turn and at random times, most of them again while they recover."""
    grave, rng = Grave(home), random.Random(seed)  # noqa: S311 - chance of a test
    found, died, points, run, at = Counter[str](), 0, 0, 0, 0
    gc.freeze()  # what is there already need not be copied into each process
    began = time.perf_counter()
    while died < kills:
        run += 1
        strategy, begin_ms = f"k{seed}x{run}x", SystemClock().now_ms() - 1_000
        by_time = run % 5 == 0
        killed = grave.buried(strategy, NEVER if by_time else at, within=rng.uniform(0.004, 0.09) if by_time else 0.0)
        died += killed
        if not by_time:
            points, at = max(points, at), at + 1 if killed else 0
        grave.ahead(AHEAD_MS)
        for again in range(2, 2 + run % 5):
            died += grave.buried(strategy, rng.randrange(24))
            grave.ahead(again * AHEAD_MS)
        if grave.buried(strategy, NEVER):
            raise SystemExit("a life that nobody killed was killed")
        grave.ahead(0)
        found += grave.verdict(strategy, begin_ms)
    took = time.perf_counter() - began
    grave.close()
    return {"kills": died, "runs": run, "points": points, "seconds": round(took, 1), "found": dict(found)}


if __name__ == "__main__":
    print(json.dumps(sweep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
