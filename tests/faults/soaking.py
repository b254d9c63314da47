"""A day of trading in which everything fails now and then, on virtual time and a real journal, and what it leaves over.

``python -m tests.faults.soaking HOME [HOURS] [SEED]`` prints a table. Executor, guard, throttle, evidence,
reconciliation and the journal's file with its real syncs are okxlab's own; exchange and network are those of the
simulation. Now and then the process is gone in the middle of whatever it does; what a crash would close is closed, and
the journal is opened again.
"""

import gc
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import orjson

from okxlab.errors import ExchangeError, JournalError, OrderDenied
from okxlab.exchange import Permit, Wire
from okxlab.exchange.ledger import MemoryLedger
from okxlab.exchange.throttle import Throttle
from okxlab.model import ACTIVE, OrderRequest
from okxlab.trading.blotter import FINAL, Blotter, Entry
from okxlab.trading.execution import PATIENCE_MS, Executor
from okxlab.trading.guards import WIDE, Guard, NoFlags, NoLeaveNeeded, OrderGuard
from okxlab.trading.journal import FileLog, Journal, SystemDisk
from okxlab.trading.wording import OrderName
from tests.faults.scales import Sample, resident, table, told_by_copy, weigh
from tests.simulation.network import Network
from tests.simulation.schedule import PLACES, Crash, Fate, Fault
from tests.simulation.timeline import MachineClock, StillClock, Timeline
from tests.simulation.venue import Placed, Row, Venue, size
from tests.simulation.world import HEADER, StillMarket

HOUR_MS, TURN_MS, RECONCILED_MS = 3_600_000, 10_000, 30_000
_KEPT_MS = 3 * HOUR_MS  # the exchange's truth; it lists cancelled orders for two hours
_MOST_OPEN = 40
_RATES = {"step": 1 / 20_000, "disk": 1 / 4_000, "send": 1 / 8, "read": 1 / 25}


class Weather(Fate):
    """Faults without end, each with its rate; of those that struck it keeps the number alone."""

    def __init__(self, chance: Random) -> None:
        super().__init__((), 8_000)
        self.counts: Counter[str] = Counter()
        self._chance = chance
        self._left = self._next()

    def step(self, where: str) -> None:
        if self.dead:
            raise Crash
        self.steps += 1
        self._left -= 1
        if self._left <= 0 and not self.over:
            self._left = self._next()
            fault = self._drawn("step")
            self._strike(fault if fault.kind not in {"power", "rot"} else fault._replace(kind="kill"), where)
            self.struck.clear()

    def at(self, place: str, where: str) -> Fault | None:
        return None if self.over or self._chance.random() >= _RATES[place] else self._drawn(place)

    def _drawn(self, place: str) -> Fault:
        fault = Fault(place, 0, self._chance.choice(PLACES[place][1]), self._chance.random())
        self.counts[f"{place} faults"] += 1
        return fault

    def _next(self) -> float:
        return self._chance.expovariate(_RATES["step"])


class FailingDisk(SystemDisk):
    """A real file on a disk that is full at times, and in whose every write the process may be gone."""

    def __init__(self, path: Path, weather: Weather) -> None:
        self._weather = weather
        super().__init__(path)

    def append(self, data: bytes) -> None:
        try:
            self._weather.step("disk.append")
        except Crash:
            super().append(data[: self._weather.steps % (len(data) + 1)])
            raise
        fault = self._weather.at("disk", "disk.append")
        if fault is not None:
            super().append(data[: int(fault.amount * len(data))])
            raise JournalError(f"{self.name} cannot be written (simulated).")
        super().append(data)

    def sync(self) -> None:
        self._weather.step("disk.sync")
        if self._weather.at("disk", "disk.sync") is not None:
            raise JournalError(f"{self.name} cannot be synced (simulated).")
        super().sync()
        self._weather.step("disk.sync, done")


class Exchange(Venue):
    """The simulation's exchange, whose own memory does not grow: what ended long ago is judged and let go."""

    def __init__(self, chance: Random, timeline: Timeline) -> None:
        super().__init__(chance, timeline)
        self.fill_rate = 0.02
        self.position: dict[str, int] = defaultdict(int)

    def _fill(self, order: Placed, count: int) -> None:
        super()._fill(order, count)
        if order.row.get("tag"):
            self.position[order.row["instId"]] += count if order.row["side"] == "buy" else -count

    def over(self, before_ms: int) -> list[Placed]:
        """Let go of what ended before a moment, and give it."""
        gone = [order for order in self.orders.values() if not order.active and order.versions[-1][0] < before_ms]
        for order in gone:
            del self.orders[order.order_id]
        self.fills = [fill for fill in self.fills if fill[1].order_id in self.orders]
        self.amended.clear()
        return gone


class ThrottledNetwork(Network):
    """The simulation's network, whose reads are counted by the throttle, too: after a ban one of them has to try."""

    _wire = Wire()

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        path = re.sub(r"(?<!^)(?=[A-Z])", "-", method.removeprefix("privateGetTrade")).lower()
        turn = self._throttle.wait("GET", f"/api/v5/trade/{path}?instId={params.get('instId', '')}")
        self._wire = Wire()
        try:
            return super().read(method, params)
        finally:
            if self._wire.status is None:
                self._throttle.unanswered(turn)
            else:
                self._throttle.answered(turn, self._wire.status, bytes(self._wire.text))

    def _shown(self, method: str, params: Row) -> Wire:
        self._wire = super()._shown(method, params)
        return self._wire

    def _spoilt(self, fault: Fault) -> Wire:
        self._wire = super()._spoilt(fault)
        return self._wire


class Door:
    """Counts what leaves: new risk must be in the journal's file by then."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.number = 0
        self.broken: list[str] = []

    def __call__(self, permit: Permit) -> None:
        self.number += 1
        rows = orjson.loads(permit.body)
        if permit.expiring and self.number % 50 == 0:
            with self._file.open("rb") as file:
                file.seek(max(0, self._file.stat().st_size - 200_000))
                end = file.read()
            self.broken += [f"I3 {row} left before its intent" for row in rows if orjson.dumps(row) not in end]


class Soak:
    """One strategy that trades all day.

    Parameters
    ----------
    home
        Where its journal lies.
    placed
        How many orders it places in a turn of ten seconds, at most.
    """

    def __init__(self, home: Path, seed: int, *, placed: int = 2) -> None:
        self.chance = Random(seed)  # noqa: S311 - a seed is one day, for everybody
        self.file = home / "journal" / "soak.journal"
        self.timeline = Timeline()
        self.venue = Exchange(Random(seed + 1), self.timeline)  # noqa: S311 - same
        self.weather = Weather(Random(seed + 2))  # noqa: S311 - same
        self.door = Door(self.file)
        self.ledger = MemoryLedger(StillClock(self.timeline))
        self.market = StillMarket(lambda: self.timeline.now)
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []
        self._placed = placed
        self._begin = self.timeline.now
        self._reconciled = self._epoch = 0
        self._disk: FailingDisk | None = None
        self._executor: Executor | None = None

    @property
    def hours(self) -> float:
        """How much time has passed here."""
        return (self.timeline.now - self._begin) / HOUR_MS

    def until(self, hours: float) -> Sample:
        """Trade until so much time has passed, die, come back, and look at what is there."""
        end = self._begin + int(hours * HOUR_MS)
        while self.timeline.now < end:
            self.timeline.advance(TURN_MS)
            self._survive(self._turn)
        self.die()
        while self._executor is None or self._executor.journal.broken:
            self._survive(lambda executor: executor.settle(0))
        self._judge(self.venue.over(self.timeline.now - _KEPT_MS))
        return self._sampled(self._executor.blotter)

    def calm(self) -> list[str]:
        """Let faults stop and everything come to its end; give what does not hold."""
        self.weather.over, self.venue.fill_rate = True, 0.0
        self.timeline.advance(20_000)
        for _ in range(8):
            self.timeline.advance(5_000)
            self._survive(lambda executor: (executor.settle(PATIENCE_MS), executor.reconcile()))
        blotter = self._known.blotter
        self._judge(self.venue.over(1 << 60))
        self._judge_open(list(self.venue.open.values()))
        self.broken += [f"L1 {entry.intent.name} is unknown" for entry in blotter.unknown()]
        self.broken += [f"L1 {name} has no end" for name in blotter.changes]
        for symbol, count in self.venue.position.items():
            if blotter.position[symbol] != Decimal(count) / 1000:
                self.broken.append(f"I6 {blotter.position[symbol]} {symbol} in the journal, {size(count)} there")
        self.counts.update(self.weather.counts)
        return self.broken + self.door.broken

    def die(self) -> None:
        """Leave as a killed process does: the system closes its files, and nobody writes anything."""
        if self._disk is not None:
            self._disk.close()
        self._disk = self._executor = None
        self.weather.dead = False

    @property
    def _known(self) -> Executor:
        assert self._executor is not None
        return self._executor

    def _survive(self, act: Callable[[Executor], object]) -> None:
        """Do something, in a new life when there is none or when this one ends by it."""
        try:
            if self._executor is None:
                self._open()
            act(self._known)
            if self._known.journal.broken:
                self.counts["broken journals"] += 1
                self.die()
        except (Crash, KeyboardInterrupt):
            if self.weather.dead or self._executor is None:
                self.counts["crashes"] += 1
                self.die()
                self.timeline.advance(self.chance.choice((1, 3_000, 20_000)))
        except JournalError as error:
            if "simulated" not in str(error):
                raise
            self.counts["broken journals"] += 1
            self.die()
        except ExchangeError:
            self.counts["failed reads"] += 1

    def _open(self) -> None:
        clock = MachineClock(self.timeline, self.weather, 20_000)
        throttle = Throttle(self.ledger, clock, host="okx", key="k")
        network = ThrottledNetwork(self.venue, self.timeline, self.weather, self.chance, throttle, self.door)
        self._disk = FailingDisk(self.file, self.weather)
        log = FileLog.open(self._disk, HEADER, at=clock.now_ms())
        if log.epoch <= self._epoch:
            self.broken.append(f"I21 epoch {log.epoch} after {self._epoch}")
        self._epoch = log.epoch
        guard = Guard(lambda: replace(WIDE), self.market, NoFlags(), NoLeaveNeeded(), clock)
        executor = Executor(network, Journal(log, clock), OrderGuard(guard, self.market), clock, tag="okxlabSOAK")
        self.counts["lives"] += 1
        self._executor, self._reconciled = executor, 0

    def _turn(self, executor: Executor) -> None:
        now, blotter = self.timeline.now, executor.blotter
        if blotter.halted:  # a person has looked
            self.counts["halts"] += 1
            executor.halt("")
        if now - self._reconciled >= RECONCILED_MS:
            executor.reconcile()
            self._reconciled = now
            self.counts["reconciliations"] += 1
        self._place(executor)
        resting = [entry for entry in blotter.active() if entry.state in ACTIVE]
        free = [entry for entry in resting if not blotter.changing(entry.intent.client_id)]
        if free and self.chance.random() < 0.4:
            self._amend(executor, self.chance.choice(free))
        if len(free) > _MOST_OPEN or (free and self.chance.random() < 0.2):
            names = [OrderName(e.intent.symbol, e.order_id, e.intent.client_id) for e in free[:_MOST_OPEN]]
            executor.cancel(names[: max(1, len(free) - _MOST_OPEN // 2)])
            self.counts["cancellations"] += 1
        if self.chance.random() < 0.02:
            self._others(executor)
        executor.settle(self.chance.choice((0, 0, 0, PATIENCE_MS)))

    def _place(self, executor: Executor) -> None:
        number = executor.journal.length
        requests = [self._request(f"w{number}n{place}") for place in range(self.chance.randint(0, self._placed))]
        if requests and self.chance.random() < 0.2:
            requests = [executor.named(requests[0], f"wish {number}")]
        try:
            for outcome in executor.place(requests):
                self.counts[outcome.kind] += 1
        except OrderDenied:
            self.counts["denied"] += 1

    def _request(self, name: str) -> OrderRequest:
        symbol = self.chance.choice(("BTC-USDT", "BTC-USDT", "ETH-USDT"))
        price = None if self.chance.random() < 0.1 else Decimal(self.chance.randint(90, 110))
        post_only = price is not None and self.chance.random() < 0.3
        side = self.chance.choice(("buy", "sell"))
        return OrderRequest(symbol, side, Decimal(self.chance.randint(1, 6)), price, name, post_only=post_only)

    def _amend(self, executor: Executor, entry: Entry) -> None:
        name = OrderName(entry.intent.symbol, entry.order_id, entry.intent.client_id)
        with suppress(OrderDenied):
            executor.amend(name, size=entry.size + 1, price=Decimal(self.chance.randint(90, 110)))
            self.counts["amendments"] += 1

    def _others(self, executor: Executor) -> None:
        """Somebody else places an order; what rests of others, and what the network doubled, is cancelled by hand."""
        row = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "sz": "2", "px": "95"}
        self.venue.post("trade/batch-orders", [row], 0, (0, 0))
        blotter = executor.blotter
        strange = [o for o in self.venue.open.values() if blotter.named(str(o.order_id)) is None]
        for order in strange[:-1]:
            executor.cancel([OrderName(order.row["instId"], str(order.order_id))])

    def _judge(self, orders: list[Placed]) -> None:
        """Compare orders that ended with what the journal says of them."""
        blotter = self._known.blotter
        noticed = {difference.client_id for difference in blotter.differences}
        for order in orders:
            entry = blotter.orders.get(order.client_id)
            if not order.row.get("tag"):
                continue
            self.counts["orders judged"] += 1
            if entry is None:
                self.broken.append(f"I2 order {order.client_id} has no intent")
            elif entry.order_id != str(order.order_id):
                self.counts["doubled by the network"] += 1
                if order.filled and order.client_id not in noticed:
                    self.broken.append(f"I1 {order.client_id} was doubled, and nobody noticed")
            elif (entry.state, entry.filled) != (order.state, Decimal(size(order.filled))):
                told = f"{entry.state}, {entry.filled} filled"
                self.broken.append(f"I5 {order.client_id}: {told}; there {order.state}, {size(order.filled)}")

    def _judge_open(self, orders: list[Placed]) -> None:
        blotter = self._known.blotter
        for order in orders:
            entry = blotter.orders.get(order.client_id)
            if order.row.get("tag") and (entry is None or entry.state in FINAL) and not blotter.differences:
                self.broken.append(f"I5 {order.client_id} rests and is {entry and entry.state} in the journal")

    def _sampled(self, blotter: Blotter) -> Sample:
        # the walk over all of the state is a copy's of this process, so that it leaves nothing behind here
        state, within = told_by_copy(lambda: weigh(blotter))
        gc.collect()
        return Sample(
            hours=self.hours, rss=resident(), descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - counted
            objects=len(gc.get_objects()), journal=self.file.stat().st_size, orders=len(blotter.orders), state=state,
            state_objects=within,
        )  # fmt: skip


def soak(home: Path, hours: int, seed: int) -> tuple[list[Sample], list[str], Counter[str], float]:
    """Trade so many hours; give a sample for each, what did not hold, what happened, and the seconds it took."""
    began = perf_counter()
    day = Soak(home, seed)
    samples = [day.until(hour) for hour in range(1, hours + 1)]
    broken = day.calm()
    day.die()
    return samples, broken, day.counts, perf_counter() - began


if __name__ == "__main__":
    hours, seed = (int(text) for text in (*sys.argv[2:4], "24", "1")[:2])
    samples, broken, counts, took = soak(Path(sys.argv[1]), hours, seed)
    print(table(samples))
    print(f"{took:.0f} s", dict(counts), f"{len(broken)} violations", broken[:5])
