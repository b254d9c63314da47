"""OKX's grid bots that get another range or more money while they run."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okxlab.paper.archive.consistency import contradictions
from okxlab.paper.codes import Refusal
from tests.paper.bots import SPOT, SWAP, start
from tests.paper.contracts import contract_desk

RANGE = {**SPOT, "minPx": "100", "maxPx": "120", "gridNum": "4", "quoteSz": "1000"}
CONTRACT = {**SWAP, "minPx": "10000", "maxPx": "12000", "gridNum": "4", "sz": "1000", "basePos": True}
STEPS = {"tick": "0.1", "lot": "0.0001", "minimum": "0.0001"}


@pytest.fixture
def road(tape):
    """Give a desk over prices, one a candle, on a coarse grid's steps."""
    return lambda *prices: tape(*[(price,) * 4 for price in prices], **STEPS)


@pytest.fixture
def contract_road(tmp_path, clock):
    """Give a desk whose contracts follow prices, one a candle."""
    return lambda *prices: contract_desk(tmp_path, clock, prices)


def resting(bot):
    return sorted((row["side"], row["px"]) for row in bot.orders())


def test_another_range_is_made_of_what_the_bot_has(road):
    """The ladder is new, what was earned stays counted, and the totals change by the fee of the trade alone."""
    desk = road(104, 100, 105, 105)
    bot = start(desk, RANGE)
    desk.step(8)
    before = bot.details()

    (told,) = bot.send("amend-algo-basic-param", minPx="95", maxPx="115", gridNum="5", topupAmount="100")

    row = bot.details()
    (trade, *_) = bot.orders("filled")
    assert resting(bot) == [("buy", "103"), ("buy", "95"), ("buy", "99"), ("sell", "111"), ("sell", "115")]
    assert (told["requiredTopupAmount"], told["maxTopupAmount"]) == ("0", "98900")
    assert (row["minPx"], row["maxPx"], row["gridNum"], row["investment"]) == ("95", "115", "5", "1100")
    assert [row[name] for name in ("arbitrageNum", "gridProfit", "runPx")] == [
        before[name] for name in ("arbitrageNum", "gridProfit", "runPx")
    ]
    fee = Decimal(trade["fee"]) * (1 if trade["feeCcy"] == "USDT" else 105)
    assert Decimal(row["totalPnl"]) - Decimal(before["totalPnl"]) == fee
    assert desk.total("USDT") == desk.total("BTC") == 0
    assert contradictions(desk.venue, desk.exchange.archive) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"minPx": "130"}, "51346"),
        ({"gridNum": "1"}, "51000"),
        ({"maxPx": "140"}, "51349"),
        ({"topupAmount": "100000"}, "51008"),
        ({"gridNum": ""}, "51000"),
    ],
)
def test_another_range_that_is_wrong_changes_nothing(road, wrong, code):
    """The bot goes on as it was."""
    desk = road(104, 104)
    bot = start(desk, RANGE, tpTriggerPx="130")
    before = bot.details(), bot.orders()
    with pytest.raises(Refusal) as told:
        bot.send("amend-algo-basic-param", **{"minPx": "95", "maxPx": "115", "gridNum": "5"} | wrong)

    assert told.value.code == code
    assert (bot.details(), bot.orders()) == before


def test_a_range_that_the_money_does_not_do_for_changes_nothing(road):
    """It says what it would need, and keeps its orders."""
    desk = road(104, 104)
    bot = start(desk, RANGE, quoteSz="0.1", gridNum="2")
    before = bot.orders()
    with pytest.raises(Refusal) as told:
        bot.send("amend-algo-basic-param", minPx="100", maxPx="120", gridNum="40")

    assert (told.value.code, bot.orders(), bot.details()["gridNum"]) == ("51340", before, "2")


def test_more_money_makes_a_contract_bots_orders_grow(contract_road):
    """Twice the money, twice the size; the position grows at the market."""
    desk = contract_road(10_400, 10_400)
    bot = start(desk, CONTRACT)
    before, held = bot.figure("singleAmt"), Decimal(bot.position()[0]["pos"])

    bot.send("adjust-investment", amt="1000")

    assert bot.figure("investment") == 2000
    assert float(bot.figure("singleAmt")) == pytest.approx(2 * float(before), rel=0.01)
    assert Decimal(bot.position()[0]["pos"]) == 3 * bot.figure("singleAmt") > held
    assert len(bot.orders()) == 4
    assert desk.total("USDT") == 0


def test_a_short_bot_that_is_given_a_range_below_closes_what_it_does_not_need(contract_road):
    """What was sold beyond the new ladder is bought back."""
    desk = contract_road(11_600, 11_600)
    bot = start(desk, CONTRACT, direction="short")
    bot.send("amend-algo-basic-param", minPx="11000", maxPx="12000", gridNum="4")

    assert Decimal(bot.position()[0]["pos"]) == -2 * bot.figure("singleAmt")
    assert resting(bot) == [("buy", "11000"), ("buy", "11250"), ("sell", "11750"), ("sell", "12000")]


moves = st.lists(
    st.tuples(st.integers(850, 1350), st.none() | st.tuples(st.integers(80, 110), st.integers(2, 8))), max_size=12
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.sampled_from(["", "long", "short", "neutral"]))
def test_whatever_becomes_of_it_no_money_is_made_or_lost(tmp_path, clock, path, direction):
    """New ranges at any moment of any walk: the books agree, and what the bot made is what its owner gets."""
    desk = contract_desk(tmp_path, clock, [10_400, *(tenths * 10 for tenths, _ in path)])
    asked = CONTRACT | {"direction": direction, "lever": "3"}
    spot = {**RANGE, "minPx": "10000", "maxPx": "12000"}
    bot = start(desk, asked if direction else spot)
    for _, shape in path:
        desk.step(4)
        if shape and bot.details()["state"] == "running":
            low = shape[0] * 100
            with contextlib.suppress(Refusal):  # it may have lost too much for a ladder
                bot.send("amend-algo-basic-param", minPx=str(low), maxPx=str(low + 2000), gridNum=str(shape[1]))
        assert desk.total("USDT") == desk.total("BTC") == 0
        assert contradictions(desk.venue, desk.exchange.archive) == []
    if bot.details()["state"] == "running":
        bot.stop()

    price, owned = desk.feed.price("BTC-USDT"), desk.balance("BTC") - 1
    assert desk.balance("USDT") + owned * price == 100_000 + Decimal(bot.past()["totalPnl"])
