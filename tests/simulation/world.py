"""One world: a strategy on the real order path, an exchange, a network and a disk that fail, all drawn from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from okxlab.errors import JournalError
from okxlab.exchange.ledger import MemoryLedger
from okxlab.exchange.throttle import Throttle
from okxlab.model import Instrument, Rules
from okxlab.trading.deadman import Pulse
from okxlab.trading.execution import PATIENCE_MS, Executor
from okxlab.trading.guards import WIDE, Guard, NoFlags, NoLeaveNeeded, OrderGuard
from okxlab.trading.journal import FileLog, Header, Journal
from tests.simulation.invariants import Door, judge
from tests.simulation.network import LATEST_MS, LONGEST_LAG_MS, Network
from tests.simulation.schedule import Crash, Fate, Fault, draw
from tests.simulation.storage import File, SimulatedDisk
from tests.simulation.strategy import Strategy, draw_plan
from tests.simulation.stream import Stream
from tests.simulation.timeline import MachineClock, StillClock, Timeline
from tests.simulation.venue import FIRING_MS, Venue

HEADER = Header("demo", "127.0.0.1", "1", "simulation")
RULES = {name: Rules(Instrument(name, tick="1", lot="0.001", minimum="0.001")) for name in ("BTC-USDT", "ETH-USDT")}
TURNS = 6
WATCHED = 1_000_000  # worlds from here on have streams, most a dead-man switch, and their processes may sleep long
_CALM = 8


@dataclass
class Ended:
    """How a world ended: what did not hold, what struck it, and how much happened."""

    seed: int
    broken: list[str]
    struck: list[tuple[Fault, str]]
    counts: dict[str, int] = field(default_factory=dict)


class StillMarket:
    """A market that stands at 100, for the guard."""

    def __init__(self, now_ms):
        self.now_ms = now_ms

    def rules(self, symbol: str) -> tuple[Rules, float]:
        return RULES[symbol], 1.0

    def price(self, symbol: str) -> tuple[Decimal, float]:
        return Decimal(100), 1.0

    def taker(self, symbol: str) -> Decimal:
        return Decimal("0.001")


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, faults: Sequence[Fault] | None) -> None:
        self.chance = Random(seed)  # noqa: S311 - a seed is one world, for everybody
        rush = seed % 150 == 75
        drawn = [] if rush else draw(self.chance)
        self.drawn = drawn
        self.fate = Fate(drawn if faults is None else faults, 60_000 if seed >= WATCHED else 8_000)
        self.plan = draw_plan(self.chance, rush=rush)
        self.file = File()
        self.timeline = Timeline()
        self.venue = Venue(Random(seed + 1), self.timeline)  # noqa: S311 - same
        self.door = Door(self.file, self.timeline, self.venue)
        self.ledger = MemoryLedger(StillClock(self.timeline))
        self.market = StillMarket(lambda: self.timeline.now)
        self.offset = self.chance.randint(-60_000, 60_000)
        self.more = Random(seed + 2)  # noqa: S311 - same
        self.stream = Stream(self.venue, self.timeline, self.more) if seed >= WATCHED else None
        self.dead_man = self.more.choice((0, 10, 20, 30)) if seed >= WATCHED else 0
        self.strategy: Strategy | None = None
        self.broken: list[str] = []
        self.crashes = self.unknown = 0

    def run(self) -> list[str]:
        """Let the world run, let its faults stop, let everything come to its end, and judge."""
        for turn in range(TURNS):
            self._turn(turn)
            if self.file.rotten:  # a journal with a hole is refused, and nothing is traded on it any more
                self._turn(turn)
                return [*self.broken, "I24 a journal with a hole was opened"] if self.strategy else self.broken
            self.timeline.advance(self.chance.choice((10, 300, 1_000, 4_000)))
        self.fate.over = True
        self.venue.fill_rate = 0.0
        self.timeline.advance(LATEST_MS)
        for turn in range(TURNS, TURNS + _CALM):
            fired = self.venue.fired
            self.timeline.advance(LONGEST_LAG_MS + 100 + (FIRING_MS if self.venue.fires else 0))
            if self._turn(turn, calm=True) and self.venue.fired == fired:  # what fires takes seconds
                break
        live = self.strategy.executor.blotter if self.strategy else None
        broken, self.unknown = judge(self.venue, self.file, self.door, live, self.chance)
        return self.broken + broken

    def _turn(self, turn: int, *, calm: bool = False) -> bool:
        """Take one turn; tell whether all is settled and calm."""
        try:
            strategy = self.strategy or self._open()
            if calm:
                strategy.beat()
                strategy.executor.settle(PATIENCE_MS)
                strategy.look()
            else:
                self._hand()
                strategy.act(turn, self.chance)
            if strategy.executor.journal.broken:
                self._close()
            elif calm:
                return strategy.at_rest
        except (Crash, KeyboardInterrupt):  # an interruption that waited takes the place of what ends the process
            if self.fate.dead:
                self._crashed()
        except JournalError as error:
            if "simulated" not in str(error) and "interrupted" not in str(error) and not self.file.rotten:
                self.broken.append(f"I24 the journal was refused: {error}")
            self._close()
        return False

    def _open(self) -> Strategy:
        """Start the process: open the journal, and stand where it left off."""
        clock = MachineClock(self.timeline, self.fate, self.offset)
        throttle = Throttle(self.ledger, clock, host="okx", key="k")
        network = Network(self.venue, self.timeline, self.fate, self.chance, throttle, self.door)
        log = FileLog.open(SimulatedDisk(self.file, self.fate), HEADER, at=clock.now_ms())
        guard = Guard(lambda: WIDE, self.market, NoFlags(), NoLeaveNeeded(), clock)
        executor = Executor(network, Journal(log, clock), OrderGuard(guard, self.market), clock, tag="okxlabSIM")
        if self.more.random() < 0.1:  # it is started again without one
            self.dead_man = 0
        pulse = Pulse(executor, self.dead_man, clock)
        self.door.guarded = executor.tag if self.dead_man else ""
        self.strategy = Strategy(self.plan, executor, pulse, self.stream, broken=self.broken)
        return self.strategy

    def _crashed(self) -> None:
        self.crashes += 1
        self.fate.dead = False
        if self.fate.power is not None:
            self.file.lose_power(self.fate.power)
            if self.fate.power.kind == "rot":
                self.file.rot(self.fate.power)
            self.fate.power = None
        self.strategy = None
        self.timeline.advance(self.chance.choice((1, 100, 3_000, 20_000)))

    def _close(self) -> None:
        if self.strategy is not None:
            self.strategy.executor.journal.close()
            self.strategy = None

    def _hand(self) -> None:
        """Somebody else trades on the account, or cancels an order of ours; an instrument may be delisted."""
        roll = self.chance.random()
        if roll < 0.1:
            row = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "sz": "2", "px": "95"}
            self.venue.post("trade/batch-orders", [row], 0, (0, 0))
        elif roll < 0.12:
            self.venue.delist("ETH-USDT")
        elif roll < 0.17 and self.venue.open:
            self.venue.end(self.chance.choice(list(self.venue.open.values())), "canceled")


def seeds(first: int, end: int) -> list[int]:
    """Give so many worlds: every second one with streams and a dead-man switch."""
    return [seed + WATCHED * (seed % 2) for seed in range(first, end)]


def run(seed: int, faults: Sequence[Fault] | None = None) -> Ended:
    """Run the world of a seed, under its own faults or under those given."""
    world = World(seed, faults)
    broken = world.run()
    counts = {
        "sends": world.door.number,
        "crashes": world.crashes,
        "faults": len(world.fate.struck),
        "steps": world.fate.steps,
        "unknown": world.unknown,
        "fired": world.venue.fired,
    }
    return Ended(seed, broken, world.fate.struck, counts)
