"""A market that stands still, and a clock that moves when told."""

from dataclasses import replace
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.model import OrderRequest, Rules
from okxlab.trading.guards.guard import Guard, NoFlags, NoLeaveNeeded
from okxlab.trading.guards.limits import TIGHT
from tests.trading.guards.keys import live_key

NOW_MS = 1_700_000_000_000


class StillMarket:
    """A market that stands: BTC-USDT at 60,000, ETH-BTC at 0.05; what it says can be changed and made old."""

    def __init__(self):
        btc = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
        eth = ox.Instrument("ETH-BTC", tick="0.00001", lot="0.0001", minimum="0.001")
        swap = ox.Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
        self.listed = {one.symbol: Rules(one) for one in (btc, eth, swap)}
        self.prices = {"BTC-USDT": Decimal(60_000), "ETH-BTC": Decimal("0.05"), "BTC-USDT-SWAP": Decimal(60_000)}
        self.rules_age = self.price_age = 0.0
        self.now = NOW_MS

    def rules(self, symbol):
        return self.listed[symbol], self.rules_age

    def price(self, symbol):
        return self.prices[symbol], self.price_age

    def taker(self, symbol):
        return Decimal("0.001")

    def now_ms(self):
        return self.now

    def state(self, symbol, state):
        self.listed[symbol] = replace(self.listed[symbol], state=state)

    def change(self, symbol, *changes):
        self.listed[symbol] = replace(self.listed[symbol], changes=changes)


class HandClock:
    """A clock that stands until it is moved; wall time may be moved alone."""

    def __init__(self):
        self.wall_ms, self.seconds = NOW_MS, 1_000.0

    def now_ms(self):
        return self.wall_ms

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.move(seconds)

    def move(self, seconds):
        self.wall_ms += round(seconds * 1000)
        self.seconds += seconds


@pytest.fixture
def market():
    return StillMarket()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def make_guard(market, clock):
    """Give a function that makes a guard under the tight limits, with some of them changed."""

    def make(*, flags=None, leave=None, **changed):
        limits = replace(TIGHT, **changed)
        return Guard(lambda: limits, market, flags or NoFlags(), leave or NoLeaveNeeded(), clock)

    return make


@pytest.fixture
def buy():
    """Give a function that asks for a purchase of 0.005 BTC at 60,000, or for something else."""

    def ask(size="0.005", price="60000", symbol="BTC-USDT", side="buy", client_id="a1", **more):
        limit = None if price is None else Decimal(price)
        return OrderRequest(symbol, side, Decimal(size), limit, client_id, **more)

    return ask


@pytest.fixture
def live(fresh, tmp_path, monkeypatch, control_token):
    """Give a function that opens a live session on the test's own paper exchange, with a key of these rights."""
    sessions = []

    def connect(**rights):
        (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{fresh.profile.rest}"\n')
        for name, value in live_key(fresh, control_token(), **rights).items():
            monkeypatch.setenv(name, value)
        sessions.append(ox.connect("live", workspace=tmp_path))
        return sessions[-1]

    yield connect
    for session in sessions:
        session.close()
