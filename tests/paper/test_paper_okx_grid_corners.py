"""Where a grid bot of OKX's might lose money, count wrong or stand still: refusals, partial fills, delisting."""

from decimal import Decimal

import pytest

from okxlab.paper.faults.market import delist
from tests.paper.bots import SPOT, SWAP, ask, refusal, start
from tests.paper.contracts import contract_desk

RANGE = {**SPOT, "minPx": "100", "maxPx": "120", "gridNum": "4", "quoteSz": "1000"}
LONG = {**SWAP, "minPx": "10000", "maxPx": "12000", "gridNum": "4", "sz": "1000", "basePos": True}
STEPS = {"tick": "0.1", "lot": "0.0001", "minimum": "0.0001"}
MAKER = Decimal("0.0008")


@pytest.fixture
def road(tape):
    """Give a desk over prices, one a candle, on a coarse grid's steps."""

    def make(*prices, **options):
        return tape(*[(price,) * 4 for price in prices], **(STEPS | options))

    return make


@pytest.fixture
def lane(tmp_path, clock):
    """Give a desk whose contracts follow prices, one a candle."""

    def make(*prices, **options):
        return contract_desk(tmp_path, clock, prices, **options)

    return make


def test_a_price_beyond_reason_is_refused_and_costs_nothing(road):
    """The least investment is told, however many digits it has."""
    desk = road(104, 104)

    assert refusal(desk, RANGE, minPx="1" + "0" * 22, maxPx="9" * 23, gridNum="400") == "51340"
    assert (desk.balance("USDT"), desk.venue.grids.live) == (100_000, {})


def test_what_a_stopped_bots_orders_had_traded_in_part_is_booked(road):
    """Half of a sell was filled: its fee and its profit count when the bot is stopped."""
    desk = road(104, 104)
    bot = start(desk, RANGE)
    unit, fee = bot.figure("singleAmt"), bot.figure("fee")
    offered = next(Decimal(row["sz"]) for row in bot.orders() if row["px"] == "110")
    half = Decimal(1)
    desk.trade({"instId": "BTC-USDT", "side": "buy", "px": "110", "sz": str(half)})
    bot.stop("2")

    row = bot.past()
    paid = (unit * 104 * half / offered).quantize(Decimal("1e-18"))
    assert Decimal(row["fee"]) == fee - half * 110 * MAKER
    assert Decimal(row["gridProfit"]) == half * 110 * (1 - MAKER) - paid
    assert row["arbitrageNum"] == "0"


def test_a_swap_that_is_taken_off_the_list_pays_its_bots_out(lane):
    """Its position is settled at the mark, and all comes back to the owner."""
    desk = lane(10_400, 10_400)
    bot = start(desk, LONG)
    desk._turn(delist, desk.venue, {"instId": LONG["instId"]})
    desk.step(1)

    assert (bot.past()["state"], bot.past()["cancelType"]) == ("stopped", "5")
    assert desk.balance("USDT") == 100_000 + Decimal(bot.past()["totalPnl"])
    assert (desk.total("USDT"), desk.venue.open, desk.venue.grids.live) == (0, {}, {})


def test_a_closing_order_that_meets_its_price_ends_the_bot_at_once(lane):
    """Nothing waits for the next move of the market."""
    desk = lane(10_400, 10_400)
    bot = start(desk, LONG)
    bot.stop("2")

    bot.send("close-position", mktClose=False, sz=bot.position()[0]["pos"], px="10300")

    assert bot.past()["state"] == "stopped"
    assert desk.balance("USDT") == 100_000 + Decimal(bot.past()["totalPnl"])


def test_history_gives_a_row_where_none_are_asked_for(road):
    """A limit of 0 is 1, as in every list."""
    desk = road(104, 104)
    start(desk, RANGE).stop()

    assert len(ask(desk, "orders-algo-history", algoOrdType="grid", limit="0")) == 1
