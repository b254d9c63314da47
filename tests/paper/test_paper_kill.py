"""Kill -9 at any moment: what was acknowledged is there, and nothing is there twice."""

import random
import time
from dataclasses import dataclass, field

import pytest

from okxlab.clock import SystemClock
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.archive.consistency import contradictions

SEED = 20_260


@dataclass
class Memory:
    """What a client was told, over all lives of the exchange."""

    placed: dict[str, str] = field(default_factory=dict)  # client id by order id
    canceled: set[str] = field(default_factory=set)
    asked: int = 0


class Trader:
    """Places, cancels and steps at random, and remembers what was acknowledged."""

    def __init__(self, exchange, memory, chance, order):
        self.exchange, self.memory, self.chance, self.order = exchange, memory, chance, order
        self.resting = [(row["ordId"], row["instId"]) for row in exchange.rows("trade/orders-pending")]

    def request(self):
        """Give the next request: path and body."""
        draw = self.chance.random()
        if draw < 0.2 and self.resting:
            name, instrument = self.resting.pop(self.chance.randrange(len(self.resting)))
            return "trade/cancel-order", {"instId": instrument, "ordId": name}
        if draw < 0.35:
            return "trade/batch-orders", [self._order() for _ in range(5)]
        return "trade/order", self._order()

    def _order(self):
        self.memory.asked += 1
        side = self.chance.choice(["buy", "sell"])
        price = 90_000 + self.chance.randrange(-300, 300)
        kind = self.chance.choice(["limit", "limit", "limit", "market"])
        named = {"clOrdId": f"k{self.memory.asked}", "side": side, "ordType": kind}
        if self.chance.random() < 0.5:
            named |= {"instId": "BTC-USDT-SWAP", "tdMode": self.chance.choice(["cross", "isolated"]), "sz": "1"}
        elif kind == "market":
            named |= {"tgtCcy": "base_ccy"}
        return self.order(**{"sz": "0.001", "px": str(price) if kind == "limit" else None} | named)

    def act(self):
        """Do one thing and note what is acknowledged; one time in six the market moves first."""
        if self.chance.random() < 0.17:
            self.exchange.step(points=str(self.chance.randrange(1, 9)))
        path, body = self.request()
        rows = self.exchange.post(path, body).body["data"]
        for row, asked in zip(rows, body if isinstance(body, list) else [body], strict=True):
            if row["sCode"] != "0":
                continue
            if path == "trade/cancel-order":
                self.memory.canceled.add(row["ordId"])
            else:
                assert row["ordId"] not in self.memory.placed, "an id was given twice"
                self.memory.placed[row["ordId"]] = row["clOrdId"]
                self.resting.append((row["ordId"], asked["instId"]))

    def cut_off(self):
        """Send one more request, or a step, and kill the exchange while it is at it."""
        link = self.exchange.link
        if self.chance.random() < 0.4:
            headers = {"X-Okxlab-Token": self.exchange.told["control"]}
            link.request("POST", "/okxlab/step", body=b'{"points":"500"}', headers=headers)
        else:
            path, body = self.request()
            self.exchange.begin(path, body)
        time.sleep(self.chance.random() * 0.003)
        self.exchange.process.kill()
        self.exchange.process.wait(10)
        link.close()


def survive(launch, file, order, lives, seed):
    """Live and die so often; after each death look at the database with the program's own eyes."""
    chance, memory = random.Random(seed), Memory()  # noqa: S311 - a plan, not a secret
    for life in range(lives):
        exchange = launch("--stepped", "--data", file)
        trader = Trader(exchange, memory, chance, order)
        if not life:
            asked = {"instId": "BTC-USDT-SWAP", "lever": "7", "mgnMode": "cross"}
            assert exchange.post("account/set-leverage", asked).body["code"] == "0"
        for _ in range(chance.randrange(4, 40)):
            trader.act()
        trader.cut_off()
        look(file, memory)
    return memory


def look(file, memory):
    """Check everything that was acknowledged, and that the books agree."""
    exchange = open_exchange(PaperOptions(stepped=True, data=file), SystemClock())
    try:
        assert contradictions(exchange.venue, exchange.archive) == []
        query = "SELECT CAST(id AS TEXT), client, state FROM orders"
        known = {number: (client, state) for number, client, state in exchange.archive.base.execute(query)}
        assert {number: known[number][0] for number in memory.placed} == memory.placed
        assert {known[number][1] for number in memory.canceled} <= {"canceled"}
        assert len({client for client, _ in known.values()}) == len(known), "an order is there twice"
        assert list(exchange.venue.accounts.main.leverage.values()) == [7]
        assert exchange.venue.next_order > max(map(int, known), default=0)
        (fills, trades) = exchange.archive.base.execute(
            "SELECT count(*), count(DISTINCT json_extract(record, '$[0]')) FROM fills"
        ).fetchone()
        assert fills == trades, "a trade id was given twice"
    finally:
        exchange.close()


def test_twelve_kills_lose_nothing(launch, tmp_path, order):
    """At seeded moments, mostly in the middle of a request or of a step."""
    memory = survive(launch, tmp_path / "paper.db", order, lives=12, seed=SEED)

    assert len(memory.placed) > 100
    assert memory.canceled


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_nothing(launch, tmp_path, order):
    """The same for as long as it takes to believe it."""
    memory = survive(launch, tmp_path / "paper.db", order, lives=100, seed=SEED + 1)

    assert len(memory.placed) > 1000
    print(f"100 kills, {len(memory.placed)} acknowledged orders, none lost.")
