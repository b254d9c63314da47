"""A session against a paper exchange that counts as OKX does: it is never refused for asking too often."""

import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import okxlab as ox
from okxlab.exchange import prepare, read, send

PAIRS = [f"{coin}-USDT{kind}" for coin in ("BTC", "ETH", "SOL", "XRP") for kind in ("", "-SWAP")]
PATHS = ["trade/order", "trade/batch-orders", "trade/amend-order", "trade/amend-batch-orders"]
PATHS += ["trade/cancel-order", "trade/cancel-batch-orders"]


@pytest.fixture
def session(tmp_path):
    """Give a session of a paper exchange that keeps limits."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nlimits = true\n")
    with ox.connect(workspace=tmp_path) as opened:
        yield opened


def rows(chance, path, number):
    """Write so many orders, amendments or cancellations, of which most name nothing that exists."""
    many = chance.choice([1, 2, 20]) if "batch" in path else 1
    row = {"instId": chance.choice(PAIRS)}
    if path.startswith("trade/amend"):
        row |= {"clOrdId": f"a{number}", "newPx": "1000"}
    elif path.startswith("trade/cancel"):
        row |= {"clOrdId": f"a{number}"}
    else:
        row |= {"tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1", "px": "0.1"}
    return [row if "px" not in row else row | {"clOrdId": f"c{number}n{k}"} for k in range(many)]


def codes(session, chance, number):
    """Send one request and give every code that was answered."""
    path = chance.choice(PATHS)
    permit = prepare(session, path, rows(chance, path, number))
    wire = send(session, permit, expires_ms=session.transport.now_ms() + 3000 if permit.expiring else None)
    return re.findall(r'"s?[cC]ode":"(\d+)"', wire.text if isinstance(wire.text, str) else wire.text.decode())


@pytest.mark.parametrize("seed", [1])
def test_nothing_is_refused_for_coming_too_often(session, seed):
    """Six threads place, amend and cancel on eight instruments, one by one and in batches, and read between."""

    def work(thread):
        chance, heard = random.Random(10 * seed + thread), Counter()  # noqa: S311 - chance of a test
        for number in range(60):
            heard.update(codes(session, chance, thread * 1000 + number))
            if number % 10 == 0:
                read(session, "privateGetTradeOrdersPending")
        return heard

    with ThreadPoolExecutor(6) as pool:
        heard = sum(pool.map(work, range(6)), Counter())
    used = {budget.operation: budget.used for budget in session.throttle.budgets()}
    print(json.dumps({"codes": heard, "used": used}))

    assert heard["50011"] == heard["50061"] == 0
    assert sum(heard.values()) >= 360
    assert {f"POST {path}" for path in PATHS} <= set(used)
