"""Worlds of processes that ask at once: no window of any limit ever holds too many, as the exchange counts them."""

import json
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st

from okxlab.exchange.ledger import FileLedger, MemoryLedger
from okxlab.exchange.throttle import Throttle
from tests.exchange.conftest import Agenda

THERE, BACK = 0.03, 0.03  # seconds, when nothing is late
FINE = 200, b'{"code":"0","msg":"","data":[]}'
NAMES = ["BTC-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USD-250328-60000-C", "BTC-USD-250328-70000-P"]
NAMES += [f"C{number}-USDT-SWAP" for number in range(6)]
SINGLE = {"place": "order", "amend": "amend-order", "cancel": "cancel-order"}
READS = {
    "market/tickers?instType=SPOT": ("address", 20, 2),
    "market/trades?instId=BTC-USDT": ("address", 100, 2),
    "trade/order?instId=BTC-USDT": ("user", 60, 2),
    "account/config": ("user", 5, 2),
    "trade/account-rate-limit": ("user", 1, 1),
    "users/not-listed": ("user", 5, 2),
}


@dataclass(frozen=True)
class Burst:
    """So many like requests: what they do, to which instruments; when the next comes, how late they are, how lost."""

    what: str
    names: tuple[str, ...]
    times: int
    late: tuple[float, ...]
    lost: int
    eager: bool

    @property
    def request(self):
        """Write the request."""
        if self.what in READS:
            return "GET", f"/api/v5/{self.what}"
        path = SINGLE[self.what] if len(self.names) == 1 and self.times % 2 else {
            "place": "batch-orders", "amend": "amend-batch-orders", "cancel": "cancel-batch-orders"
        }[self.what]  # fmt: skip
        rows = [{"instId": name} for name in self.names]
        return "POST", f"/api/v5/trade/{path}", json.dumps(rows if "batch" in path else rows[0])


def counted(burst, key):
    """Give what OKX counts a request in by its documents, with four fifths of what it allows for changes."""
    if burst.what in READS:
        by, most, seconds = READS[burst.what]
        return [((burst.what, "" if by == "address" else key), 1, most, seconds)]
    families = [name.rsplit("-", 3)[0] if name.endswith(("-C", "-P")) else name for name in burst.names]
    if len(families) == 1:
        found = [((burst.what, "one", families[0], key), 1, 48, 2)]
    else:
        found = [((burst.what, "many", name, key), families.count(name), 240, 2) for name in set(families)]
    derivatives = sum(name != "BTC-USDT" for name in burst.names)
    if derivatives and burst.what != "cancel":
        found.append((("sub-account", key), derivatives, 800, 2))
    return found


class World:
    """Processes with a throttle each over one ledger, and an exchange that counts what arrives."""

    def __init__(self, ledger, clock):
        self.clock = clock
        self.ledger = ledger
        self.arrived = defaultdict(list)

    def play(self, scripts):
        """Let each process, with its key, go through its bursts; the first request of each is never late."""
        for key, bursts in scripts:
            throttle = Throttle(self.ledger, self.clock, host="okx", key=key)
            first = Burst("account/config", ("",), 1, (0.0,), 0, eager=False)
            self.clock.at(self.clock.now, self._ask, throttle, key, iter(self._unrolled([first, *bursts])))
        self.clock.sleep(100_000)

    @staticmethod
    def _unrolled(bursts):
        for burst in bursts:
            for number in range(burst.times):
                yield burst, burst.late[number % len(burst.late)], bool(burst.lost) and number % burst.lost == 0

    def _ask(self, throttle, key, script):
        burst, late, lost = next(script, (None, 0, False))
        if burst is None:
            return
        began = self.clock.now
        turn = throttle.wait(*burst.request)
        arrives = turn.sent + THERE + late
        for name, weight, most, seconds in counted(burst, key):
            self.arrived[name, most, seconds].append((arrives, weight))
        if not lost:
            self.clock.at(arrives + BACK, throttle.answered, turn, *FINE)
        self.clock.at(began + 1e-4 if burst.eager else arrives + BACK, self._ask, throttle, key, script)

    def fullest(self):
        """Give of each limit how much of it the fullest window held, wherever it began."""
        return {name: _most(rows, seconds) / most for (name, most, seconds), rows in self.arrived.items()}


def _most(rows, seconds):
    rows = sorted(rows)
    moments, sums = [moment for moment, _ in rows], [0]
    for _, weight in rows:
        sums.append(sums[-1] + weight)
    ends = (bisect_left(moments, moment + seconds - 1e-9) for moment in moments)
    return max(sums[end] - sums[start] for start, end in enumerate(ends))


BURSTS = st.builds(
    Burst,
    what=st.sampled_from([*SINGLE, *SINGLE, *READS]),
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=20).map(tuple)
    | st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 1, 2, 20])).map(lambda drawn: drawn[:1] * drawn[1]),
    times=st.integers(1, 60),
    late=st.lists(st.sampled_from([0.0, 0.0, 0.01, 0.3, 0.9]), min_size=1, max_size=5).map(tuple),
    lost=st.sampled_from([0, 0, 3, 7]),
    eager=st.booleans(),
)
SCRIPTS = st.lists(
    st.tuples(st.sampled_from(["k", "k", "other"]), st.lists(BURSTS, max_size=6)), min_size=1, max_size=4
)


def flood(what, *names, eager=False, late=0.0):
    """Write a process that asks for one thing on and on."""
    return "k", [Burst(what, names, 61, (late,), 0, eager)]


FAMILY = [flood("place", name, eager=True) for name in NAMES[3:5]]
SUB_ACCOUNT = [flood(["place", "amend"][n % 2], *[f"C{n}-USDT-SWAP", f"D{n}-USDT-SWAP"] * 10) for n in range(6)]
LATE_BETWEEN = [flood("place", *["BTC-USDT"] * many, late=late) for many, late in ((20, 0.0), (2, 0.9), (2, 0.0))]


@example(LATE_BETWEEN)
@example(FAMILY)
@example(SUB_ACCOUNT)
@seed(6)
@settings(max_examples=150, deadline=None, database=None)
@given(SCRIPTS)
def test_no_window_ever_holds_too_many(scripts):
    """Whatever is asked by however many processes, late or lost, the exchange never counts more than it allows."""
    clock = Agenda()
    world = World(MemoryLedger(clock), clock)
    world.play(scripts)

    assert {name: full for name, full in world.fullest().items() if full > 1} == {}


@seed(6)
@settings(max_examples=8, deadline=None, database=None)
@given(SCRIPTS)
def test_a_file_and_memory_give_the_same_moments(tmp_path_factory, scripts):
    """A simulation on the ledger in memory sees what processes that share a file see."""
    worlds = []
    for make in (MemoryLedger, lambda clock: FileLedger(tmp_path_factory.mktemp("ledger") / "limits.db", clock)):
        clock = Agenda()
        worlds.append(World(make(clock), clock))
        worlds[-1].play(scripts)
        worlds[-1].ledger.close()

    assert worlds[0].arrived == worlds[1].arrived


@pytest.mark.parametrize("what", ["place", "cancel", "market/tickers?instType=SPOT"])
def test_what_is_allowed_is_used(what):
    """Three processes that ask on and on get at least 95 % of it together."""
    clock = Agenda()
    world = World(MemoryLedger(clock), clock)
    burst = Burst(what, ("BTC-USDT",), 201, (0.0, 0.01), 0, eager=False)
    world.play([("k", [burst])] * 3)
    name, weight, most, seconds = counted(burst, "k")[0]
    moments = [moment for moment, _ in world.arrived[name, most, seconds]]

    assert len(moments) == 3 * 201
    assert (len(moments) - 1) * weight / (max(moments) - min(moments)) > 0.95 * most / seconds
