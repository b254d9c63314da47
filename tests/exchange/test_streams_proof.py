"""Half an hour of market under every failure: books equal to the exchange's, nothing stale shown as fresh, memory flat.

The half hour is simulated: an exchange with living books is stepped through thirty one-minute candles, four points
each; between two points orders change the books. Frames are lost, doubled, swapped, late and torn by seeded chance all
along, channels fall silent for seconds, connections are closed, and the exchange is killed and started again. Streams
have one second of patience.
"""

import gc
import random
import time
from dataclasses import dataclass, field

import psutil
import pytest

import okxlab as ox
from tests.exchange.venue import Venue, eventually

PAIRS = ["BTC-USDT", "ETH-USDT"]
PATIENCE, MARGIN = 1.0, 0.3  # seconds; the margin is for a busy machine
CHANCES = (
    ("repeat_frame", {"endpoint": "*", "probability": 0.05}),
    ("swap_frame", {"endpoint": "books", "probability": 0.02}),
    ("late_frame", {"endpoint": "tickers", "probability": 0.05, "ms": 200}),
    ("cut_frame", {"endpoint": "tickers", "probability": 0.01, "bytes": 30}),
    ("close", {"endpoint": "books", "probability": 0.005}),
    ("close", {"endpoint": "account", "probability": 0.005}),
)


@dataclass
class Seen:
    """What was looked at, and what was wrong."""

    equal: int = 0
    not_live: int = 0
    wrong: list = field(default_factory=list)


@dataclass
class Trial:
    """An exchange that fails, and the streams that must not be deceived."""

    place: Venue
    seed: int
    lost: float  # of the frames of books
    seen: Seen = field(default_factory=Seen)
    resting: list = field(default_factory=list)

    def __post_init__(self):
        self.chance = random.Random(self.seed)  # noqa: S311 - chance of a test
        self.session = self.place.session()
        more = {"patience": PATIENCE, "keep": 200}
        self.books = {name: ox.stream(self.session, "books", name, **more) for name in PAIRS}
        self.tickers = ox.stream(self.session, "tickers", PAIRS, **more)
        self.trades = ox.stream(self.session, "trades", PAIRS, **more)
        self.orders = ox.stream(self.session, "orders", keep=50)
        self.balances = ox.stream(self.session, "balances")
        self.all = [*self.books.values(), self.tickers, self.trades, self.orders, self.balances]
        assert eventually(lambda: all(live.state == "live" for live in self.all))
        self.break_by_chance()

    def break_by_chance(self):
        """Set the rules; a new process has none."""
        for number, (fault, conditions) in enumerate(
            (*CHANCES, ("drop_frame", {"endpoint": "books", "probability": self.lost}))
        ):
            self.place.fault(fault, seed=self.chance.randrange(1 << 30) + number, **conditions)

    def truth(self, name):
        """Give an exchange's book: its seqId, and its levels as the frame has them."""
        (row,) = self.place.get("market/books", instId=name, sz=400)
        bids, asks = ([tuple(map(float, (px, sz, n))) for px, sz, _, n in row[side]] for side in ("bids", "asks"))
        return row["seqId"], bids, asks

    def act(self):
        """Change a book by an order that rests near the best price or takes it; give what the exchange shows then."""
        name = self.chance.choice(PAIRS)
        _, bids, _ = self.truth(name)
        price = None if self.chance.random() < 0.2 else str(bids[self.chance.randrange(3, 30)][0])
        self.resting.append(ox.place(self.session, "buy", name, amount="0.001", price=price))
        if len(self.resting) > 8:
            ox.cancel_all(self.session)
            self.resting.clear()
        return name, self.truth(name)

    def look(self, name, truth, seconds):
        """Look at a book until it is the exchange's: never different at one seqId, never live and too old."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            frame = self.books[name].frame
            if frame.attrs["state"] != "live":
                self.seen.not_live += 1
                self.note(frame.columns.name is None, "a frame that is not live has no mark")
            elif frame.attrs["seq"] == truth[0]:
                self.note(levels_of(frame) != truth[1:], f"{name} differs at seqId {truth[0]}")
                self.seen.equal += 1
                return
            else:
                self.note(passed > PATIENCE + MARGIN, f"{name} is live {passed:.2f} s behind")
            time.sleep(0.02)

    def rest(self):
        """Let everything stand still for longer than anybody's patience: what is live then must be true."""
        time.sleep(PATIENCE + MARGIN)
        asked = ox.tickers(self.session).loc[PAIRS, ["last", "bid", "ask"]]
        frame = self.tickers.frame
        self.note(frame.attrs["state"] == "live" and not frame[asked.columns].equals(asked), "tickers differ")
        open_now = ox.open_orders(self.session).drop(columns="time")
        frame = self.orders.frame
        if frame.attrs["state"] == "live":
            told = frame[~frame["state"].isin({"filled", "canceled"})].drop(columns="time")
            self.note(told.to_dict() != open_now.to_dict(), "orders differ")  # empty columns may differ in type
        frame = self.balances.frame
        if frame.attrs["state"] == "live":
            self.note(not frame["held"].equals(ox.balances(self.session)["held"]), "balances differ")
        self.note(self.trades.frame.duplicated(["symbol", "trade_id"]).any(), "a trade is told twice")

    def silence(self):
        """Let a channel say nothing for three seconds while the others speak."""
        self.place.fault("drop_frame", endpoint=self.chance.choice(["books", "tickers", "trades"]), seconds=3)

    def restart(self):
        """Kill the exchange and start it again: nothing is live while it is away."""
        self.place.kill()
        self.note(not eventually(lambda: {live.state for live in self.all} == {"reconnecting"}, 3), "live without one")
        time.sleep(self.chance.uniform(0.1, 1))
        self.place.start()
        self.break_by_chance()
        self.place.step(1)

    def note(self, wrong, what):
        if wrong:
            self.seen.wrong.append(what)

    def counts(self):
        """Add up what the streams counted."""
        each = [live.counts for live in self.all]
        return {name: sum(one[name] for one in each) for name in ("messages", "repeated", "gaps")} | {
            "reconnects": max(one["reconnects"] for one in each)
        }


def levels_of(frame):
    bids, asks = (
        [tuple(row) for row in frame[[side, f"{side}_size", f"{side}_orders"]].dropna().itertuples(index=False)]
        for side in ("bid", "ask")
    )
    return bids, asks


def memory():
    """Measure this process: bytes it takes, objects that live."""
    gc.collect()
    return psutil.Process().memory_info().rss, len(gc.get_objects())


def go_through(trial, points, acts, restarts, *, long=0.1):
    """Move the market by so many points, and give what memory was taken a third of the way in, and at the end.

    A share of the looks, ``long``, waits out everybody's patience.
    """
    taken = []
    killed = set(trial.chance.sample(range(2, points - 1), restarts))
    for point in range(points):
        if point in killed:
            trial.restart()
        if trial.chance.random() < 0.1:
            trial.silence()
        trial.place.step(1)
        for _ in range(acts):
            trial.look(*trial.act(), seconds=PATIENCE + 2 * MARGIN if trial.chance.random() < long else 0.3)
        if point % 4 == 3:
            trial.rest()
        if point in {points // 3, points - 1}:
            taken.append(memory())
    return taken


@pytest.fixture
def trial(venue, tmp_path):
    """Give a function that begins a trial."""

    def begin(seed, lost):
        return Trial(venue("--stepped", "--fills", "book", "--data", tmp_path / "paper.db"), seed, lost)

    return begin


def test_a_minute_and_a_half_of_failures_deceive_nobody(trial):
    """Five points of the market, two dozen orders, one restart."""
    one = trial(seed=3, lost=0.15)
    go_through(one, points=5, acts=5, restarts=1, long=1)
    one.place.heal()
    one.place.step(1)

    assert one.seen.wrong == []
    assert one.seen.equal >= 10
    assert eventually(lambda: one.orders.state == "live" == one.balances.state)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_half_an_hour_of_failures_deceives_nobody(trial):
    """A hundred and twenty points, nearly a thousand orders, five restarts: with its figures."""
    one = trial(seed=7, lost=0.05)
    began = time.monotonic()
    (rss, objects), (rss_end, objects_end) = go_through(one, points=120, acts=8, restarts=5)
    counts, seen = one.counts(), one.seen
    print(
        f"\n30 simulated minutes in {time.monotonic() - began:.0f} s: {seen.equal} books equal to the exchange's at "
        f"the same seqId, {seen.not_live} looks at books that said they were not live, {len(seen.wrong)} wrong; "
        f"{counts}; RSS {rss / 2**20:.1f} -> {rss_end / 2**20:.1f} MiB, "
        f"objects {objects} -> {objects_end} from a third on"
    )

    assert seen.wrong == []
    assert seen.equal >= 600
    assert counts["gaps"] >= 20
    assert counts["reconnects"] >= 5
    assert rss_end - rss < 16 * 2**20
    assert objects_end < 1.1 * objects
