"""OKX's contract grid bot: long, short and neutral, on margin of its own."""

from decimal import Decimal

import pytest

from okxlab.paper.codes import Refusal
from tests.paper.bots import SWAP, ask, refusal, start
from tests.paper.contracts import FUTURE, HOUR, INVERSE, contract_desk

RANGE = {**SWAP, "minPx": "10000", "maxPx": "12000", "gridNum": "4", "sz": "1000", "basePos": True}
VALUE = Decimal("0.01")  # BTC a contract
MAKER = Decimal("0.0002")


@pytest.fixture
def road(tmp_path, clock):
    """Give a desk whose contracts follow prices, one a candle."""

    def make(*prices, **options):
        return contract_desk(tmp_path, clock, prices, **options)

    return make


def resting(bot):
    return sorted((row["side"], row["px"]) for row in bot.orders())


@pytest.mark.parametrize(
    ("direction", "based", "orders", "units"),
    [
        ("long", True, [("buy", "10000"), ("sell", "11000"), ("sell", "11500"), ("sell", "12000")], 3),
        ("long", False, [("buy", "10000")], 0),
        ("short", True, [("sell", "10500"), ("sell", "11000"), ("sell", "11500"), ("sell", "12000")], 0),
        ("neutral", None, [("buy", "10000"), ("sell", "11000"), ("sell", "11500"), ("sell", "12000")], 0),
    ],
)
def test_a_bot_rests_on_its_side_of_the_price(road, direction, based, orders, units):
    """At 10,400: what is beyond the price is held from the first, waits for it, or is sold against."""
    bot = start(road(10_400, 10_400), RANGE, direction=direction, basePos=based)

    assert resting(bot) == orders
    size = Decimal(bot.details()["singleAmt"])
    assert [Decimal(row["pos"]) for row in bot.position()] == ([units * size] if units else [])
    assert bot.details()["direction"] == direction


def test_a_short_bot_holds_what_is_below_the_price(road):
    """At 11,600 three intervals are below: sold at the market, their buys rest."""
    bot = start(road(11_600, 11_600), RANGE, direction="short")

    assert resting(bot) == [("buy", "10000"), ("buy", "10500"), ("buy", "11000"), ("sell", "12000")]
    assert Decimal(bot.position()[0]["pos"]) == -3 * Decimal(bot.details()["singleAmt"])


@pytest.mark.parametrize(
    ("direction", "prices", "pair"),
    [
        ("long", (10_400, 10_000, 10_500), ("10000", "10500", False)),
        ("short", (11_600, 12_000, 11_500), ("11500", "12000", True)),
        ("neutral", (10_400, 11_000, 10_500), ("10500", "11000", True)),
    ],
)
def test_a_pair_earns_its_step_without_both_fees(road, direction, prices, pair):
    """Opened at one level and closed at its neighbour, as a maker twice; funding and the rest are told apart."""
    desk = road(*prices)
    bot = start(desk, RANGE, direction=direction)
    desk.step(8)

    size = Decimal(bot.details()["singleAmt"]) * VALUE
    low, high = Decimal(pair[0]), Decimal(pair[1])
    sides = [row["side"] for row in bot.orders("filled")[:2]]
    assert sides == (["buy", "sell"] if pair[2] else ["sell", "buy"])
    assert bot.figure("gridProfit") == size * (high - low) - size * (high + low) * MAKER
    assert bot.figure("arbitrageNum") == 1
    assert bot.figure("totalPnl") == bot.figure("eq") - 1000 == bot.figure("gridProfit") + bot.figure("floatProfit")


def test_a_long_bot_waits_for_the_price_when_it_holds_nothing_at_first(road):
    """An interval above rests its buy as soon as the price has passed its level."""
    desk = road(10_400, 10_600, 10_500, 11_000)
    bot = start(desk, RANGE, basePos=False)
    desk.step(4)
    passed = resting(bot)
    desk.step(8)

    assert passed == [("buy", "10000"), ("buy", "10500")]
    assert bot.details()["arbitrageNum"] == "1"


def test_a_position_of_the_bots_is_not_its_owners(road):
    """Orders, position and leverage of the owner's own stand beside it untouched."""
    desk = road(10_400, 10_400)
    own = {"instId": SWAP["instId"], "tdMode": "cross", "side": "sell", "ordType": "market", "sz": "1"}
    desk.place(own)
    bot = start(desk, RANGE)

    (mine,) = desk.account.positions.values()
    (row,) = bot.position()
    assert (mine.size, mine.leverage, row["lever"], row["mgnMode"]) == (-1, 3, "5", "cross")
    assert bot.stop()["sCode"] == "0"
    assert [position.size for position in desk.account.positions.values()] == [-1]


def test_a_kept_position_is_closed_by_an_order_or_at_the_market(road):
    """Stopped with its position it waits; a closing order may be taken back, and the market ends it."""
    desk = road(10_400, 10_400, 10_450)
    bot = start(desk, RANGE)
    assert bot.stop("2")["sCode"] == "0"
    kept, size = bot.details(), bot.position()[0]["pos"]

    (told,) = bot.send("close-position", mktClose=False, sz=size, px="10450")
    with pytest.raises(Refusal) as twice:
        bot.send("close-position", mktClose=True)
    bot.send("cancel-close-order", ordId=told["ordId"])
    bot.send("close-position", mktClose=True)

    assert (kept["state"], kept["activeOrdNum"], twice.value.code) == ("no_close_position", "0", "51342")
    assert bot.past()["state"] == "stopped"
    assert desk.balance("USDT") == 100_000 + Decimal(bot.past()["totalPnl"])


def test_a_closing_order_that_fills_ends_the_bot(road):
    """The position is gone at the order's price, and the money is back."""
    desk = road(10_400, 10_400, 10_450)
    bot = start(desk, RANGE)
    bot.stop("2")
    bot.send("close-position", mktClose=False, sz=bot.position()[0]["pos"], px="10450")
    desk.step(8)

    assert bot.past()["state"] == "stopped"
    assert desk.venue.grids.live == {}


def test_a_bot_that_cannot_carry_its_position_is_liquidated_alone(road):
    """Its owner loses what he put in and no more; the bot ends by risk."""
    desk = road(10_400, 10_000, 8_000)
    bot = start(desk, RANGE, lever="20")
    desk.step(8)

    row = bot.past()
    assert (row["state"], row["cancelType"]) == ("stopped", "4")
    assert 99_000 <= desk.balance("USDT") < 99_100
    assert desk.total("USDT") == 0


def test_funding_is_told_apart(road):
    """What the position paid at 08:00 is its own figure, and part of the total."""
    desk = road(10_400, 10_400, 10_400, bar=5 * HOUR)
    bot = start(desk, RANGE)
    desk.step(8)

    size = Decimal(bot.position()[0]["pos"]) * VALUE
    assert bot.figure("fundingFee") == -size * 10_400 * Decimal("0.0001")
    assert bot.figure("totalPnl") == bot.figure("fee") + bot.figure("fundingFee")


def test_a_future_that_expires_ends_its_bot(road):
    """Delivered at 08:00: the bot is over, and its owner has what it was worth then."""
    desk = road(10_400, 10_400, 10_450, bar=5 * HOUR)
    bot = start(desk, RANGE, instId=FUTURE)
    desk.step(8)

    row = bot.past()
    assert (row["state"], row["cancelType"], row["fundingFee"]) == ("stopped", "5", "0")
    assert desk.balance("USDT") == 100_000 + Decimal(row["totalPnl"]) > 99_000
    assert (desk.venue.open, desk.venue.grids.live, desk.total("USDT")) == ({}, {}, 0)


def test_ratios_of_profit_and_loss_end_the_bot(road):
    """At a loss of 5 % of what was put in it stops."""
    desk = road(10_400, 10_390, 10_000)
    bot = start(desk, RANGE, slRatio="0.05", tpRatio="0.5")
    desk.step(4)
    before = bot.details()
    desk.step(4)

    assert (before["state"], before["slRatio"], before["tpRatio"]) == ("running", "0.05", "0.5")
    assert bot.past()["cancelType"] == "3"
    assert Decimal(bot.past()["pnlRatio"]) <= Decimal("-0.05")


def test_margin_is_added_and_taken_away(road):
    """It moves between owner and bot, what was put in follows, the profit stays."""
    desk = road(10_400, 10_400)
    bot = start(desk, RANGE)
    before = bot.figure("totalPnl")
    (room,) = bot.send("compute-margin-balance", type="add", amt="100")
    bot.send("margin-balance", type="add", amt="100")
    added = desk.balance("USDT"), bot.figure("investment"), bot.figure("totalPnl")
    (less,) = bot.send("compute-margin-balance", type="reduce", amt="50")
    bot.send("margin-balance", type="reduce", percent="1")

    assert (room["maxAmt"], added) == ("99000", (98_900, 1100, before))
    assert desk.balance("USDT") == 98_900 + Decimal(less["maxAmt"])
    assert bot.figure("totalPnl") == before
    assert float(room["lever"]) < float(less["lever"])
    with pytest.raises(Refusal) as many:
        bot.send("margin-balance", type="reduce", amt="500")
    assert many.value.code == "59301"


def test_an_inverse_contract_earns_in_coin(road):
    """Levels in USD, money and profit in BTC."""
    desk = road(10_400, 10_000, 10_500)
    bot = start(desk, RANGE, instId=INVERSE, sz="0.2")
    desk.step(8)

    size = Decimal(bot.details()["singleAmt"]) * 100
    opened, closed = size / 10_000, size / 10_500
    assert float(bot.details()["gridProfit"]) == pytest.approx(float(opened - closed - (opened + closed) * MAKER))
    assert bot.details()["feeCcy"] == "BTC"
    assert desk.total("BTC") == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"instId": "BTC-USDT"}, "51000"),
        ({"sz": None}, "50014"),
        ({"lever": "500"}, "51370"),
        ({"lever": "0"}, "51370"),
        ({"direction": "up"}, "51000"),
        ({"sz": "0.1"}, "51340"),
        ({"sz": "100001"}, "51008"),
        ({"direction": "short", "tpTriggerPx": "13000"}, "51343"),
        ({"direction": "short", "slTriggerPx": "11000"}, "51344"),
        ({"gridNum": "2000"}, "51000"),
    ],
)
def test_what_is_wrong_is_refused_and_costs_nothing(road, wrong, code):
    """With OKX's code; no money moves and nothing runs."""
    desk = road(10_400, 10_400)

    assert refusal(desk, RANGE, **wrong) == code
    assert (desk.balance("USDT"), desk.venue.grids.live) == (100_000, {})


def test_an_account_without_contracts_starts_none(road):
    """In spot mode it is refused."""
    assert refusal(road(10_400, 10_400, level="1"), RANGE) == "51010"


def test_lists_are_by_kind_and_instrument(road):
    """A contract grid is on no list of spot grids."""
    desk = road(10_400, 10_400)
    bot = start(desk, RANGE)

    (row,) = ask(desk, "orders-algo-pending", algoOrdType="contract_grid", instType="SWAP")
    assert row["algoId"] == bot.id
    assert ask(desk, "orders-algo-pending", algoOrdType="grid") == []
    assert ask(desk, "orders-algo-pending", algoOrdType="contract_grid", instId="BTC-USD-SWAP") == []
