"""A market that follows prices handed in: opened from a snapshot, moved by pushes, fed by a child."""

import json
import os
import signal
import sys
from decimal import Decimal

import pytest

from okxlab.errors import PaperError, SymbolError, Unreachable
from okxlab.market import relay, write_snapshot
from okxlab.paper import PaperOptions
from okxlab.paper.prices.live import Live, take
from okxlab.paper.relaying import start_relaying
from tests.paper.desk import open_desk

START = 1_750_000_020_000
STEPS = {"tickSz": "0.1", "lotSz": "0.00000001", "minSz": "0.00001"}
ROWS = [[str(START + i * 60_000), "100", "101", "99", "100.5", "2"] for i in range(3)]


def written(tmp_path, candles):
    file = tmp_path / "snapshot.json"
    listed = [{"instId": name, **STEPS} for name in candles]
    file.write_text(json.dumps({"instruments": listed, "candles": candles}))
    return file


@pytest.fixture
def live(tmp_path, clock):
    file = written(tmp_path, {"BTC-USDT": ROWS, "ETH-USDT": ROWS})
    return open_desk(PaperOptions(prices=f"live:{file}"), clock)


def pushed(desk, ts, **prices):
    """Let instruments take a candle that ends at a price."""
    candles = {}
    for name, price in ((name.replace("_", "-"), price) for name, price in prices.items()):
        opening = str(desk.feed.price(name))
        low, high = sorted((opening, price), key=float)
        candles[name] = [ts, opening, high, low, price, "1"]
    take(desk.feed.sources, candles)
    return desk.step(desk.feed.left)


def test_market_stands_at_the_end_of_its_snapshot(live):
    """The last price is the last close; what came before are candles."""
    assert (live.feed.price("BTC-USDT"), live.feed.done, live.feed.index) == (Decimal("100.5"), True, 2)


def test_push_moves_the_market_and_fills_what_it_touches(live, order):
    """A second's candle is passed over on its path, and a resting buy fills at its own price."""
    live.place(order(px="99.7", sz="1"))

    moved = pushed(live, str(START + 180_000), BTC_USDT="99.5")

    assert (moved.points, moved.fills, live.fills[0].price) == (4, 1, Decimal("99.7"))
    assert live.feed.price("BTC-USDT") == Decimal("99.5")
    assert live.feed.price("ETH-USDT") == Decimal("100.5")


def test_candle_of_a_minute_is_made_of_its_seconds(live):
    """Open of the first, extremes of all, close of the last, volumes added."""
    for second, price in enumerate(("101.5", "98.5", "99.5")):
        pushed(live, str(START + 180_000 + second * 1000), BTC_USDT=price)

    (bar,) = live.candles("1m", 1)
    assert [bar.open, bar.high, bar.low, bar.close, bar.volume] == [
        Decimal("100.5"), Decimal("101.5"), Decimal("98.5"), Decimal("99.5"), 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("candles", "says"),
    [
        ({"XRP-USDT": ["1750000200000", "1", "1", "1", "1", "1"]}, "'XRP-USDT' is not followed"),
        ({"BTC-USDT": ["1750000080000", "1", "1", "1", "1", "1"]}, "is not later than"),
        ({"BTC-USDT": ["1750000200000", "1", "1", "1", "1"]}, "is not six texts"),
        ({"BTC-USDT": [1_750_000_200_000, "1", "1", "1", "1", "1"]}, "is not six texts"),
        ({"BTC-USDT": ["1750000200000", "1", "1", "2", "1", "1"]}, "outside its low and high"),
        ({"BTC-USDT": ["1750000200000", "1", "x", "1", "1", "1"]}, "no number"),
    ],
)
def test_push_that_cannot_be_meant_is_refused_and_changes_nothing(live, candles, says):
    """The market stands where it stood, for every instrument."""
    with pytest.raises(PaperError, match=says):
        take(live.feed.sources, candles)

    assert live.feed.left == 0
    assert {len(source) for source in live.feed.sources.values()} == {3}


def test_candles_of_two_moments_are_refused(live):
    """One push is one moment."""
    rows = {name: [str(START + 200_000 + i), "1", "1", "1", "1", "1"] for i, name in enumerate(live.feed.sources)}

    with pytest.raises(PaperError, match="not of one moment"):
        take(live.feed.sources, rows)


def test_live_candles_grow_without_end():
    """More candles than were ever set aside are all there."""
    source = Live([[str(START + i * 1000), "1", "2", "1", "2", "1"] for i in range(3000)])

    assert (len(source), source.time(2999), source.at(START + 1500)) == (3000, START + 2_999_000, 1)
    assert source.columns(0, 9999).volume.sum() == 3000


@pytest.mark.parametrize(
    "told",
    [
        "no json",
        json.dumps({"instruments": [], "candles": {}}),
        json.dumps({"instruments": [{"instId": "BTC-USDT", **STEPS}], "candles": {"BTC-USDT": []}}),
        json.dumps({"instruments": [{"instId": "BTC-USDT"}], "candles": {"BTC-USDT": ROWS}}),
        json.dumps(
            {
                "instruments": [{"instId": name, **STEPS} for name in ("BTC-USDT", "ETH-USDT")],
                "candles": {"BTC-USDT": ROWS, "ETH-USDT": ROWS[1:]},
            }
        ),
    ],
)
def test_snapshot_that_is_none_is_refused(tmp_path, clock, told):
    """One sentence names the file and what it needs."""
    file = tmp_path / "snapshot.json"
    file.write_text(told)

    with pytest.raises(PaperError, match=r"snapshot\.json"):
        open_desk(PaperOptions(prices=f"live:{file}"), clock)


def test_prices_of_one_exchange_are_relayed_to_another(paper, launch, tmp_path):
    """A snapshot and three seconds of tickers: the follower shows the same last prices, over the wire."""
    from okxlab.clock import SystemClock
    from okxlab.exchange import Control, read_address

    names, file, clock = ["BTC-USDT", "SOL-USDT"], tmp_path / "snapshot.json", SystemClock()
    write_snapshot(paper, names, file)
    follower = launch("--prices", f"live:{file}")
    control = Control(read_address(json.dumps(follower.told).encode()))
    sent = []

    def push(candles):
        control.push(candles)
        sent.append({name: row[4] for name, row in candles.items()})

    relay(paper, names, push, clock, lambda: len(sent) < 3)
    control.close()

    shown = {row["instId"]: row["last"] for row in follower.rows("market/tickers?instType=SPOT")}
    assert (shown, len(follower.rows("market/candles?instId=BTC-USDT&limit=300")) > 290) == (sent[-1], True)


def test_snapshot_of_an_unknown_symbol_names_it(paper, tmp_path):
    """Nothing is written."""
    with pytest.raises(SymbolError, match="'NONE-USDT'"):
        write_snapshot(paper, ["NONE-USDT"], tmp_path / "snapshot.json")

    assert not (tmp_path / "snapshot.json").exists()


async def _started(*command):
    return await start_relaying("BTC-USDT", command)


@pytest.mark.parametrize(
    ("words", "says"), [("openapi.okx.com does not answer.", "does not answer"), ("", "ended at once")]
)
def test_exchange_says_clearly_when_there_are_no_live_prices(words, says):
    """What the child says is the reason, and the next step is named."""
    import asyncio

    with pytest.raises(PaperError, match=says) as caught:
        asyncio.run(_started(sys.executable, "-c", f"print({words!r})"))

    assert caught.value.fix.startswith("Give --prices walk")


def test_relay_ends_when_nobody_has_answered_for_half_a_minute(tmp_path):
    """A second without an answer is left out; half a minute of them ends it."""
    import okxlab as ox

    class Hurried:
        def __init__(self):
            self.now = 0.0

        def now_ms(self):
            return round(self.now * 1000)

        def monotonic(self):
            return self.now

        def sleep(self, seconds):
            self.now += seconds

    clock = Hurried()
    with ox.connect(workspace=tmp_path) as session:
        os.kill(json.loads((tmp_path / ".okxlab" / "paper.json").read_text())["pid"], signal.SIGKILL)
        with pytest.raises(Unreachable):
            relay(session, ["BTC-USDT"], lambda candles: None, clock, lambda: True)

    assert 30 < clock.now < 35
