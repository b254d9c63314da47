"""Grid bots that die by kill -9 while they launch, rotate and recover, on an exchange that steps through candles.

``python -m tests.faults.grid_killing HOME KILLS SEED BARS`` prints one line of JSON with what was found. Each life is a
process of its own, forked from this one; the market stands still while a bot is dead, so that at the end of the candles
the account must hold what a backtest of the grid holds, to the last digit.
"""

import gc
import itertools
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import requests

import okxlab as ox
import okxlab.trading.bot as bots
from okxlab.clock import SystemClock
from okxlab.config import find_workspace
from okxlab.exchange import Control, Lease, Session, paper_session, start
from okxlab.exchange.venue_clock import Reading
from okxlab.store import write_candles
from okxlab.trading import GridBot, desk
from okxlab.trading.account import holdings
from okxlab.trading.blotter import Blotter
from okxlab.trading.enquiry import fills_since, finished_since, pending
from okxlab.trading.journal import read_log
from okxlab.trading.naming import is_launch, parse, strategy
from okxlab.trading.record import current
from okxlab.trading.records import decode
from okxlab.trading.venue import SessionVenue
from tests.faults.killing import AHEAD_MS, NEVER, Death, DyingDisk, DyingVenue

BTC = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
SPEC = ox.GridSpec("BTC-USDT", low=57_000, high=63_000, grids=12, investment=1_000)


def crossing(bars: int, seed: int) -> pd.DataFrame:
    """Give candles that cross several levels each, off the tick."""
    chance = random.Random(seed)  # noqa: S311 - prices of a test
    closes = [60_000.0] + [round(60_000 + chance.uniform(-2_700, 2_700), 3) for _ in range(bars)]
    rows = [(a, max(a, b) + 30.007, min(a, b) - 30.003, b) for a, b in itertools.pairwise(closes)]
    index = pd.date_range("2024-01-01", periods=bars, freq="min", tz="UTC", name="time")
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index).round(3)
    frame.attrs["instrument"] = BTC
    return frame


class Market:
    """One paper exchange on candles, and the bots that live and die on it."""

    def __init__(self, home: Path, candles: pd.DataFrame) -> None:
        home.mkdir(parents=True, exist_ok=True)
        file = write_candles(candles, home / "candles.parquet")
        options = ["--prices", f"file:{file}", "--symbol", SPEC.symbol, "--stepped"]
        self.address, lease = start(options, log=home / "paper.log")
        self.workspace = find_workspace(home)
        self.session = paper_session(self.address, lease, self.workspace)
        # nothing is sent over these here: each forked process opens connections of its own
        self._unused = paper_session(self.address, Lease(self.address.rest, self.address.control), self.workspace)
        self._control = Control(self.address)
        self._moving = multiprocessing.Lock()  # nobody dies in the middle of a step: it is the market's
        self._http = requests.Session()
        self._skew_ms = 0
        self.before = holdings(self.session)
        self.begin_ms = SystemClock().now_ms() - 1_000

    def life(self, death: Death) -> None:
        """Run the grid to the end of the candles, from wherever its journal stands."""
        session = self._unused
        self._tell(session)
        # this process is a copy that dies: its doors to disk and exchange are ones to die in
        desk.SystemDisk = partial(DyingDisk, death=death)
        desk.SessionVenue = bots.SessionVenue = partial(DyingVenue, death=death)
        bot = GridBot(session, SPEC)
        done = False
        while not done:
            while bot.sync():
                continue
            with self._moving:
                done = self._control.until_fill().done
        while bot.sync():
            continue

    def lived(self, at: int, *, within: float = 0.0) -> bool:
        """Let a forked process live, killed at a point or after so many seconds, and tell whether it was killed."""
        child = os.fork()
        if child == 0:
            try:
                self.life(Death(at))
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - a forked process has nobody above it
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(3)
        if within:
            time.sleep(within)
            with self._moving:
                os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise SystemExit(f"a life ended with {os.WEXITSTATUS(status)}")
        self._ahead()
        return os.WIFSIGNALED(status)

    def verdict(self, expected: Decimal, mark: Decimal) -> Counter[str]:
        """Compare what the exchange holds of the grid with its journal, its rule, and a backtest."""
        self._tell(self.session)
        venue, wrong, blotter = SessionVenue(self.session), Counter[str](), Blotter()
        journal = desk.header(self.session, strategy(SPEC)).place(self.workspace.state)
        for payload in read_log(journal):
            if not payload.startswith(b'{"kind":"opened"'):
                blotter.apply(decode(payload))
        run = current(blotter).run
        resting = pending(venue, SPEC.symbol)
        orders = {o.order_id: o for o in [*resting, *finished_since(venue, SPEC.symbol, self.begin_ms)]}.values()
        fills = {fill.trade_id for fill in fills_since(venue, SPEC.symbol, begin_ms=self.begin_ms)}
        places = Counter(parse(run, o.client_id) for o in orders if o.active or o.filled)
        whole = [name for o in orders if o.state == "filled" and (name := parse(run, o.client_id))]
        followers = {(name.interval, name.cycle) for name in places if name}
        wrong["duplicates"] = sum(count - 1 for name, count in places.items() if name)
        wrong["launches"] = sum(is_launch(run, o.client_id) for o in orders) - 1
        wrong["strangers"] = sum(blotter.named(o.order_id) is None for o in orders)
        wrong["unknown"] = len(blotter.unknown()) + len(blotter.changes)
        wrong["lost fills"] = len(fills ^ {trade for _, trade in blotter.fills})
        wrong["not rotated"] = sum((name.interval, name.cycle + 1) not in followers for name in whole)
        wrong["off the ladder"] = sorted(parse(run, o.client_id).interval for o in resting) != list(range(SPEC.grids))
        wrong["equity"] = self._equity(mark) != expected
        return +wrong

    def close(self) -> None:
        """Let the exchange end."""
        for door in (self._http, self._control, self._unused, self.session):
            door.close()

    def _equity(self, mark: Decimal) -> Decimal:
        after = holdings(self.session)
        quote, base = (after.get(c, Decimal(0)) - self.before.get(c, Decimal(0)) for c in ("USDT", "BTC"))
        return Decimal(1_000) + quote + base * mark

    def _tell(self, session: Session) -> None:
        clock = SystemClock()
        now = clock.now_ms()
        session.transport.time.set(Reading(now + self._skew_ms, now, clock.monotonic(), 0))

    def _ahead(self) -> None:
        """Put the exchange's clock ahead, so that what may be on the way has expired, and tell the lives to come."""
        self._skew_ms += AHEAD_MS
        headers = {"X-Okxlab-Token": self.address.control.reveal()}
        body = {"skew_ms": self._skew_ms}
        self._http.post(f"{self.address.rest}/okxlab/clock", json=body, headers=headers, timeout=10).raise_for_status()


def sweep(home: Path, kills: int, seed: int, bars: int) -> dict[str, Any]:
    """Kill so many bots, at each point in turn and at random times, and let the last of each market run to its end."""
    rng = random.Random(seed)  # noqa: S311 - chance of a test
    candles = crossing(bars, seed)
    result = ox.backtest(SPEC, candles)
    mark = Decimal(repr(float(candles["close"].iloc[-1])))
    found, died, markets, fills, at = Counter[str](), 0, 0, 0, 0
    gc.freeze()  # what is there already need not be copied into each process
    began = time.perf_counter()
    while died < kills:
        market = Market(home / str(markets), candles)
        markets += 1
        killed = True
        while killed and died < kills:
            by_time = rng.random() < 0.2
            killed = market.lived(NEVER if by_time else at, within=rng.uniform(0.01, 0.3) if by_time else 0.0)
            died += killed
            at = at if by_time else (at + 1) % 90
        if killed and market.lived(NEVER):
            raise SystemExit("a life that nobody killed was killed")
        found += market.verdict(result.summary["equity_end"], mark)
        fills += len(result.fills)
        market.close()
    took = round(time.perf_counter() - began, 1)
    told = {"kills": died, "markets": markets, "fills": fills, "seconds": took, "per minute": round(died / took * 60)}
    return told | {"found": dict(found)}


if __name__ == "__main__":
    print(json.dumps(sweep(Path(sys.argv[1]), *map(int, sys.argv[2:]))))
