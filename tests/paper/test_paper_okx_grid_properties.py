"""Over any walk, a grid bot makes and loses no money but what its trades did, and every interval takes turns."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okxlab.paper import PaperOptions
from okxlab.paper.archive.consistency import contradictions
from tests.paper.bots import SPOT, SWAP, Reckoning, start
from tests.paper.contracts import contract_desk

RATES = Decimal("0.0008"), Decimal("0.001")
LOT = Decimal("0.0001")
walks = st.lists(st.integers(850, 1350), min_size=2, max_size=25).map(lambda tenths: [Decimal(t) / 10 for t in tenths])
KINDS = {
    "direction": st.sampled_from(["long", "short", "neutral"]), "basePos": st.booleans(),
    "lever": st.sampled_from(["1", "5", "40"]),
}  # fmt: skip
WALKED = {**SPOT, "minPx": "88000", "maxPx": "92000", "gridNum": "20", "quoteSz": "10000"}
WALKED_NEUTRAL = {**SWAP, "minPx": "88000", "maxPx": "92000", "gridNum": "20", "sz": "10000", "direction": "neutral"}
WALKED_SHORT = WALKED_NEUTRAL | {"direction": "short", "basePos": True}
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def alternate(fills, levels):
    """Check that the fills of each interval are a buy and a sell in turn, and give them by interval."""
    found = {}
    for fill in fills:
        at = levels.index(fill.order.price)
        found.setdefault(at if fill.order.buys else at - 1, []).append(fill.order.ask.side)
    assert all(one != other for sides in found.values() for one, other in pairwise(sides))
    return found


@quick
@given(walks, st.integers(2, 9), st.booleans())
def test_a_spot_bot_has_what_a_plain_reckoning_has(tape, path, grids, geometric):
    """Balances, profits and the turns of each interval, to the last digit; stopped, all is its owner's."""
    steps = {"tick": "0.1", "lot": "0.0001", "minimum": "0.0001"}
    desk = tape(*[(price,) * 4 for price in path], **steps)
    asked = {"minPx": "90", "maxPx": "130", "gridNum": str(grids), "quoteSz": "1000"}
    bot = start(desk, SPOT, **asked, runType="2" if geometric else "1")
    levels = desk.venue.grids.live[int(bot.id)].levels
    plain, launch = Reckoning(levels, Decimal(1000), path[0], LOT, RATES), len(desk.fills)
    for price in path[1:]:
        desk.step(4)
        plain.go(price)
        assert desk.total("USDT") == desk.total("BTC") == 0
        assert (bot.owns("USDT"), bot.owns("BTC")) == (plain.quote, plain.base)
        assert (bot.figure("gridProfit"), bot.figure("floatProfit")) == (plain.profit, plain.floating)
        assert bot.details()["activeOrdNum"] == str(grids)

    turns = {i: [side for at, side in plain.sides if at == i] for i, _ in plain.sides}
    assert alternate(desk.fills[launch:], levels) == turns
    assert contradictions(desk.venue, desk.exchange.archive) == []
    bot.stop("2")
    assert (desk.balance("USDT"), desk.balance("BTC")) == (99_000 + plain.quote, plain.base)
    assert contradictions(desk.venue, desk.exchange.archive) == []


@quick
@given(walks, st.fixed_dictionaries(KINDS))
def test_a_contract_bot_makes_and_loses_no_money(tmp_path, clock, path, kind):
    """Whatever happens, liquidation too, all currencies stay whole, and what the bot made is what its owner gets."""
    desk = contract_desk(tmp_path, clock, [price * 100 for price in path])
    asked = {"minPx": "9000", "maxPx": "13000", "gridNum": "6", "sz": "1000"}
    bot = start(desk, SWAP | kind, **asked)
    levels, launch = desk.venue.grids.live[int(bot.id)].levels, len(desk.fills)
    for _ in path[1:]:
        desk.step(4)
        assert desk.total("USDT") == 0
        assert contradictions(desk.venue, desk.exchange.archive) == []
        row = bot.details()
        if row["state"] == "running":
            assert Decimal(row["eq"]) == 1000 + Decimal(row["totalPnl"])
    liquidated = bot.details()["state"] == "stopped"
    alternate([fill for fill in desk.fills[launch:] if fill.order.ask.kind == "limit"], levels)
    if not liquidated:
        assert bot.stop()["sCode"] == "0"

    assert desk.balance("USDT") == 100_000 + Decimal(bot.past()["totalPnl"])
    assert (desk.venue.open, desk.venue.grids.live, desk.account.positions) == ({}, {}, {})
    assert bot.past()["cancelType"] == ("4" if liquidated else "1")


@pytest.mark.parametrize("seed", [3, 4])
def test_a_bot_in_the_book_model_takes_turns_too(open_desk, clock, seed):
    """Queues, partial fills and a purchase that eats its way through the book change nothing of that."""
    desk = open_desk(PaperOptions(stepped=True, fills="book", seed=seed), clock)
    asked = {"minPx": "88000", "maxPx": "92000", "gridNum": "16", "quoteSz": "60000"}
    bot = start(desk, SPOT, **asked)
    levels = desk.venue.grids.live[int(bot.id)].levels
    desk.step(3000)

    done = [fill for fill in desk.fills if fill.order.ask.kind == "limit" and not fill.order.rest]
    finished = {fill.order.id: fill for fill in done if fill.order.last is fill}
    assert len(finished) > 8
    alternate(finished.values(), levels)
    assert bot.details()["activeOrdNum"] == "16"
    assert desk.total("USDT") == desk.total("BTC") == 0
    assert contradictions(desk.venue, desk.exchange.archive) == []
    assert bot.stop()["sCode"] == "0"
    assert desk.balance("USDT") + desk.balance("BTC") * desk.feed.price("BTC-USDT") == 100_000 + Decimal(
        bot.past()["totalPnl"]
    )


@pytest.mark.parametrize(
    ("asked", "fills"),
    [(WALKED, "touch"), (WALKED_NEUTRAL, "touch"), (WALKED_SHORT, "book")],
    ids=["spot", "neutral", "short"],
)
def test_a_bot_that_is_interrupted_trades_as_one_that_is_not(open_desk, clock, tmp_path, asked, fills):
    """Closed and opened again after every few steps, it ends with the same orders and the same figures."""
    once = open_desk(PaperOptions(stepped=True, fills=fills), clock)
    through = start(once, asked)
    file, bot = tmp_path / "paper.db", None
    for _ in range(6):
        again = open_desk(PaperOptions(stepped=True, fills=fills, data=file), clock)
        bot = bot or start(again, asked)
        bot.desk = again
        again.step(140)
        once.step(140)
        assert contradictions(again.venue, again.exchange.archive) == []
        assert told(bot) == told(through)
        again.exchange.close()


def told(bot):
    """Give what a bot tells, without what numbers its orders have."""
    orders = [
        {name: row[name] for name in ("side", "px", "sz", "state", "pnl", "fee")}
        for kind in ("live", "filled")
        for row in bot.orders(kind)
    ]
    return bot.details(), orders
