"""Grid bots that die by kill -9 while they launch, rotate and recover, on an exchange that steps through candles.

``python -m tests.faults.grid_killing HOME KILLS SEED BARS`` prints one line of JSON with what was found. Each life is a
process of its own, forked from this one, in which the bot's own loop runs; now and then the exchange does not answer it
for a while. The market stands still while a bot is dead or has not followed the last fills, so that at the end of the
candles the account must hold what a backtest of the grid holds, to the last digit.
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
from collections.abc import Callable, Mapping, Sequence
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
from okxlab.errors import ExchangeError, OrderError, Unreachable
from okxlab.exchange import Control, Lease, Permit, Session, paper_session, start
from okxlab.exchange.venue_clock import Reading
from okxlab.store import write_candles
from okxlab.trading import GridBot, desk
from okxlab.trading.account import holdings
from okxlab.trading.blotter import Blotter
from okxlab.trading.enquiry import fills_since, finished_since, pending
from okxlab.trading.journal import read_log
from okxlab.trading.naming import is_launch, parse, strategy
from okxlab.trading.patience import Patience, passes
from okxlab.trading.record import current
from okxlab.trading.records import decode
from okxlab.trading.venue import SessionVenue
from tests.faults.killing import AHEAD_MS, NEVER, Death, DyingDisk, DyingVenue

BTC = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
OUTAGES = 0.04  # of all requests are the first of so many that are not answered
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


class TroubledVenue(DyingVenue):
    """A real exchange that now and then does not answer for a while."""

    def __init__(self, session: Session, death: Death, chance: random.Random, outages: Any) -> None:
        self._chance, self._outages, self._left = chance, outages, 0
        super().__init__(session, death)

    def prepare(self, path: str, rows: Sequence[Mapping[str, str]]) -> Permit:
        self._answers()
        return super().prepare(path, rows)

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        self._answers()
        return super().read(method, params)

    def _answers(self) -> None:
        if not self._left and self._chance.random() < OUTAGES:
            self._left = self._chance.randint(1, 6)
            self._outages.value += 1
        if self._left:
            self._left -= 1
            raise Unreachable("Nobody answers.")


class Turns:
    """What the loop of a bot waits for instead of time: the market moves once everything that filled is followed."""

    def __init__(self, bot: GridBot, move: Callable[[], bool]) -> None:
        self._bot, self._move = bot, move
        self._seen, self._over = -1, False

    def wait(self, _pause: float) -> bool:
        fills = len(self._bot._executor.blotter.fills)
        if self._bot.error or fills != self._seen:
            self._seen = fills
            return False
        if self._over:
            return True
        self._over = self._move()
        return False


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
        self.outages = multiprocessing.RawValue("q", 0)
        self.before = holdings(self.session)
        self.begin_ms = SystemClock().now_ms() - 1_000

    def life(self, death: Death, chance: random.Random) -> None:
        """Run the grid to the end of the candles, from wherever its journal stands."""
        session = self._unused
        self._tell(session)
        # this process is a copy that dies: its doors to disk and exchange are ones to die in
        desk.SystemDisk = partial(DyingDisk, death=death)
        venue = partial(TroubledVenue, death=death, chance=chance, outages=self.outages)
        desk.SessionVenue = bots.SessionVenue = venue
        bot = started(session)
        loop = bot._background
        loop._stopping = Turns(bot, self._move)  # type: ignore[assignment]
        loop.run(Patience(0.0))
        if bot.state == "failed":
            raise SystemExit(bot.error)

    def _move(self) -> bool:
        with self._moving:
            return self._control.until_fill().done

    def lived(self, at: int, chance: random.Random, *, within: float = 0.0) -> bool:
        """Let a forked process live, killed at a point or after so many seconds, and tell whether it was killed."""
        child = os.fork()
        if child == 0:
            try:
                self.life(Death(at), chance)
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


def started(session: Session) -> GridBot:
    """Start the grid, again and again while the exchange does not answer."""
    while True:
        try:
            return GridBot(session, SPEC)
        except (ExchangeError, OrderError) as error:
            if not passes(error):
                raise


def sweep(home: Path, kills: int, seed: int, bars: int) -> dict[str, Any]:
    """Kill so many bots, at each point in turn and at random times, and let the last of each market run to its end."""
    rng = random.Random(seed)  # noqa: S311 - chance of a test
    candles = crossing(bars, seed)
    result = ox.backtest(SPEC, candles)
    mark = Decimal(repr(float(candles["close"].iloc[-1])))
    found, died, markets, fills, at, lives, outages = Counter[str](), 0, 0, 0, 0, 0, 0
    gc.freeze()  # what is there already need not be copied into each process
    began = time.perf_counter()
    while died < kills:
        market = Market(home / str(markets), candles)
        markets += 1
        killed = True
        while killed and died < kills:
            by_time = rng.random() < 0.2
            lives += 1
            chance = random.Random(f"{seed} {lives}")  # noqa: S311 - chance of a test
            within = rng.uniform(0.01, 0.3) if by_time else 0.0
            killed = market.lived(NEVER if by_time else at, chance, within=within)
            died += killed
            at = at if by_time else (at + 1) % 90
        if killed and market.lived(NEVER, random.Random(seed)):  # noqa: S311 - chance of a test
            raise SystemExit("a life that nobody killed was killed")
        found += market.verdict(result.summary["equity_end"], mark)
        fills += len(result.fills)
        outages += market.outages.value
        market.close()
    took = round(time.perf_counter() - began, 1)
    told = {
        "kills": died,
        "markets": markets,
        "fills": fills,
        "outages": outages,
        "seconds": took,
        "per minute": round(died / took * 60),
    }
    return told | {"found": dict(found)}


if __name__ == "__main__":
    print(json.dumps(sweep(Path(sys.argv[1]), *map(int, sys.argv[2:]))))
