"""OKX's spot grid bot, run by the exchange itself: what it is given, trades, earns and gives back."""

import json
from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.faults.market import delist, suspend
from okxlab.paper.rest.table import routes
from tests.paper.bots import SPOT, Reckoning, ask, refusal, send, start
from tests.paper.test_paper_grid_cases import cut

RANGE = {**SPOT, "minPx": "100", "maxPx": "120", "gridNum": "4", "quoteSz": "1000"}
STEPS = {"tick": "0.1", "lot": "0.0001", "minimum": "0.0001"}
_FIGURES = (
    "size", "round_trips", "grid_profit", "floating_profit", "fees", "quote_end", "base_end", "equity_end",
)  # fmt: skip
RATES = Decimal("0.0008"), Decimal("0.001")


@pytest.fixture
def road(tape):
    """Give a desk over prices, one a candle, on a coarse grid's steps."""

    def make(*prices, **options):
        return tape(*[(price,) * 4 for price in prices], **(STEPS | options))

    return make


def rows(desk, path):
    return routes()[f"/api/v5/{path}"]["GET"].act(desk.call())


def case(shared, name):
    found = json.loads((shared / "checks" / "grid_cases.json").read_text())["cases"]
    return [row for row in found if row["fill"] == "touch" and name in row]


@pytest.mark.parametrize("number", range(4))
def test_a_bot_earns_the_figures_of_the_definition_over_made_candles(number, shared, tape):
    """Fills, profits, fees and both balances to the last digit, in the corners of the definition."""
    asked = case(shared, "candles_inline")[number]
    steps = {name: asked[name] for name in ("tick", "lot")} | {"minimum": asked["lot"]}
    desk = tape(*asked["candles_inline"], quote=asked["investment"], **steps)

    check(desk, asked)


@pytest.mark.parametrize(
    "number", [0, 1, 2, 5, 6, 7, 8, 9, *(pytest.param(i, marks=pytest.mark.proof) for i in (3, 4))]
)
def test_a_bot_earns_the_figures_of_the_definition_over_real_candles(number, shared, tmp_path, clock, open_desk):
    """The same over weeks of recorded prices."""
    asked = case(shared, "file")[number]
    steps = {"tick": asked["tick"], "lot": asked["lot"], "minimum": asked["lot"]}
    prices = f"file:{cut(asked, shared, tmp_path)}"

    check(open_desk(PaperOptions(stepped=True, prices=prices, quote=asked["investment"], **steps), clock), asked)


def check(desk, asked):
    """Run a case to its end and compare all its figures."""
    run = {"minPx": asked["low"], "maxPx": asked["high"], "gridNum": str(asked["grids"])}
    kind = "2" if asked["spacing"] == "geometric" else "1"
    bot = start(desk, SPOT, **run, quoteSz=asked["investment"], runType=kind)
    launch = len(desk.fills)
    desk.step(10_000_000)

    row, expect = bot.details(), {name: value for name, value in asked["expect"].items() if name != "levels"}
    sides = [fill.order.ask.side for fill in desk.fills[launch:]]
    told = [
        [fill.order.ask.side, str(fill.price.normalize()), str(fill.size.normalize())]
        for fill in desk.fills[launch : launch + len(asked["first_fills"])]
    ]
    assert sorted(told) == sorted(
        [side, str(Decimal(px).normalize()), str(Decimal(sz).normalize())]
        for _, side, _, px, sz in asked["first_fills"]
    )
    assert (sides.count("buy"), sides.count("sell")) == (expect["buys"], expect["sells"])
    assert {
        "size": Decimal(row["singleAmt"]), "round_trips": int(row["arbitrageNum"]),
        "grid_profit": Decimal(row["gridProfit"]), "floating_profit": Decimal(row["floatProfit"]),
        "fees": -Decimal(row["fee"]), "quote_end": Decimal(row["curQuoteSz"]), "base_end": Decimal(row["curBaseSz"]),
        "equity_end": Decimal(row["investment"]) + Decimal(row["totalPnl"]),
    } == {
        name: int(expect[name]) if name == "round_trips" else Decimal(expect[name])
        for name in _FIGURES
    }  # fmt: skip


def test_a_bot_begins_with_a_purchase_and_an_order_in_every_interval(road):
    """At 104: three units bought, a buy below, three sells above, and nothing at the first level above."""
    bot = start(road(104, 104), RANGE, algoClOrdId="first", tag="mine")

    resting = sorted((row["side"], row["px"], row["state"]) for row in bot.orders())
    (bought,) = bot.orders("filled")
    row = bot.details()
    assert resting == [
        ("buy", "100", "live"),
        ("sell", "110", "live"),
        ("sell", "115", "live"),
        ("sell", "120", "live"),
    ]
    assert (bought["side"], bought["ordType"], bought["avgPx"]) == ("buy", "market", "104")
    assert Decimal(bought["accFillSz"]) == 3 * Decimal(row["singleAmt"])
    assert (row["algoClOrdId"], row["tag"], row["state"], row["runType"]) == ("first", "mine", "running", "1")
    assert (row["tradeNum"], row["activeOrdNum"], row["runPx"]) == ("3", "4", "104")


def test_a_buy_is_followed_by_its_sell_and_both_share_a_group(road):
    """Down to 100 and back to 105: one pair, whose profit the closing order tells."""
    desk = road(104, 100, 105)
    bot = start(desk, RANGE)
    desk.step(8)

    closing, opening = bot.orders("filled")[:2]
    assert [(row["side"], row["px"]) for row in (opening, closing)] == [("buy", "100"), ("sell", "105")]
    assert closing["groupId"] == opening["groupId"] not in {"", "0"}
    assert bot.orders("filled", groupId=opening["groupId"]) == [closing, opening]
    unit, sold = Decimal(opening["sz"]), Decimal(closing["sz"])
    assert Decimal(closing["pnl"]) == sold * 105 * (1 - RATES[0]) - unit * 100 == bot.figure("gridProfit")
    assert (bot.figure("arbitrageNum"), bot.figure("tradeNum")) == (1, 5)


def test_a_bots_money_is_not_its_owners_while_it_runs(road):
    """The balance falls by the investment, equity does not, and the owner's orders and fills show nothing of it."""
    desk = road(104, 104, quote="1500")
    start(desk, RANGE)

    assert (desk.balance("USDT"), desk.available("USDT"), dict(desk.open)) == (500, 500, {})
    (row,) = rows(desk, "account/balance")
    details = {detail["ccy"]: detail for detail in row["details"]}
    fee = Decimal("0.001") * Decimal(details["BTC"]["stgyEq"]) / (1 - Decimal("0.001")) * 104
    assert details["USDT"]["cashBal"] == "500"
    assert Decimal(details["USDT"]["eq"]) == 500 + Decimal(details["USDT"]["stgyEq"])
    assert Decimal(row["totalEq"]) == 1500 - fee
    assert rows(desk, "trade/fills") == rows(desk, "trade/orders-pending") == []


@pytest.mark.parametrize("how", ["1", "2"])
def test_a_stopped_bot_sells_or_keeps_and_gives_all_back(road, how):
    """Nothing rests, nothing stays in the purse, and what was made is the profit that is told."""
    desk = road(104, 104)
    bot = start(desk, RANGE)
    held = bot.owns("BTC")

    assert bot.stop(how)["sCode"] == "0"

    row = bot.past()
    assert desk.balance("BTC") == (held % Decimal("0.0001") if how == "1" else held)
    assert (bot.owns("BTC"), bot.owns("USDT"), len(desk.venue.open)) == (0, 0, 0)
    assert desk.venue.ledger.held(f"grid{bot.id}", "USDT") == 0
    assert desk.balance("USDT") + desk.balance("BTC") * 104 == 100_000 + Decimal(row["totalPnl"])
    assert (row["state"], row["cancelType"], row["stopType"]) == ("stopped", "1", how)
    assert row["stopResult"] == ("1" if how == "1" else "0")
    assert ask(desk, "orders-algo-pending", algoOrdType="grid") == []
    assert bot.stop()["sCode"] == "51400"


@pytest.mark.parametrize(("limit", "price", "why"), [("tpTriggerPx", 130, "2"), ("slTriggerPx", 90, "3")])
def test_a_price_takes_the_profit_or_stops_the_loss(road, limit, price, why):
    """The bot sells at the first price at or beyond it."""
    desk = road(104, 104, price)
    bot = start(desk, RANGE, **{limit: str(price)})
    desk.step(7)
    assert bot.details()["state"] == "running"

    desk.step(1)

    assert (bot.past()["state"], bot.past()["cancelType"], desk.balance("BTC") < Decimal("0.0001")) == (
        "stopped",
        why,
        True,
    )


def test_limits_may_be_changed_and_taken_away(road):
    """A new stop-loss counts at once, -1 takes the take-profit away."""
    desk = road(104, 104, 131, 95)
    bot = start(desk, RANGE, tpTriggerPx="130")
    bot.send("amend-order-algo", tpTriggerPx="-1", slTriggerPx="96")
    row = bot.details()
    desk.step(12)

    assert (row["tpTriggerPx"], row["slTriggerPx"]) == ("", "96")
    assert bot.past()["cancelType"] == "3"


def test_a_bot_waits_for_its_price_with_its_money(road):
    """It launches where the price meets the trigger, and ends at its stop trigger."""
    desk = road(104, 106, 102, 98)
    triggers = [
        {"triggerAction": "start", "triggerStrategy": "price", "triggerPx": "102"},
        {"triggerAction": "stop", "triggerStrategy": "price", "triggerPx": "98", "stopType": "2"},
    ]
    bot = start(desk, RANGE, triggerParams=triggers)
    waiting = bot.details()
    desk.step(11)
    running = bot.details()
    desk.step(4)

    assert (waiting["state"], waiting["activeOrdNum"], waiting["runPx"]) == ("pending_signal", "0", "")
    assert desk.venue.ledger.total("USDT") == 0
    assert (running["state"], running["runPx"]) == ("running", "102")
    assert (bot.past()["cancelType"], bot.past()["stopType"], bot.past()["gridProfit"]) == ("6", "2", "0")
    assert desk.balance("BTC") > 0


def test_a_bot_that_waits_may_be_started_or_stopped_by_hand(road):
    """Once it runs it cannot be started; one that was stopped before gives its money back whole."""
    wait = [{"triggerAction": "start", "triggerStrategy": "price", "triggerPx": "90"}]
    desk = road(104, 104)
    first, second = (start(desk, RANGE, triggerParams=wait) for _ in range(2))
    first.send("order-instant-trigger")
    with pytest.raises(Refusal) as again:
        first.send("order-instant-trigger")

    assert first.details()["state"] == "running"
    assert again.value.code == "51388"
    assert second.stop()["sCode"] == "0"
    assert desk.balance("USDT") == 99_000


def test_income_is_taken_out_and_the_ladder_goes_on(road):
    """What a pair has earned goes to the owner once; the totals tell the same as before."""
    desk = road(104, 100, 105, 100, 105)
    bot = start(desk, RANGE)
    desk.step(8)
    before, profit = bot.figure("totalPnl"), bot.figure("profit")

    told = bot.send("withdraw-income")

    assert told[0]["profit"] == str(profit.normalize())
    assert 0 < profit <= bot.figure("gridProfit")
    assert desk.balance("USDT") == 99_000 + profit
    assert (bot.figure("totalPnl"), bot.figure("profit")) == (before, 0)
    with pytest.raises(Refusal) as none:
        bot.send("withdraw-income")
    assert none.value.code == "51347"
    desk.step(8)
    assert (bot.figure("arbitrageNum"), bot.figure("activeOrdNum")) == (2, 4)


def test_base_currency_may_be_put_in_instead(road):
    """A bot of base currency alone sells what it does not need, and holds the rest."""
    desk = road(104, 104)
    desk.place(
        {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "10", "tgtCcy": "base_ccy"}
    )
    only = {name: value for name, value in RANGE.items() if name != "quoteSz"}
    bot = start(desk, only, baseSz="9")
    row = bot.details()

    assert (row["investment"], row["baseSz"], row["quoteSz"], row["activeOrdNum"]) == ("936", "9", "0", "4")
    assert sum(Decimal(order["sz"]) for order in bot.orders() if order["side"] == "sell") <= bot.owns("BTC")
    assert bot.figure("totalPnl") == -Decimal(bot.orders("filled")[0]["sz"]) * 104 * RATES[1]


def test_yearly_rates_are_simple_ones_over_whole_hours(road, clock):
    """Nothing in the first hour; after 20 hours and a bit the profit times 8760 over 20."""
    desk = road(104, 100, 105)
    bot = start(desk, RANGE)
    desk.step(8)
    first = bot.details()["annualizedRate"]
    clock.ms += 20 * 3_600_000 + 1_999_999
    row = bot.details()

    assert first == "0"
    assert float(row["annualizedRate"]) == pytest.approx(float(row["gridProfit"]) / 1000 * 8760 / 20)
    assert float(row["totalAnnualizedRate"]) == pytest.approx(float(row["totalPnl"]) / 1000 * 8760 / 20)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"instId": "BTC-NONE"}, "51001"),
        ({"instId": ""}, "50014"),
        ({"algoOrdType": "moon_grid"}, "51000"),
        ({"gridNum": "1"}, "51000"),
        ({"gridNum": "1000"}, "51000"),
        ({"gridNum": "150"}, "51351"),
        ({"minPx": "121"}, "51346"),
        ({"minPx": "100.05"}, "51150"),
        ({"runType": "3"}, "51000"),
        ({"quoteSz": None}, "50014"),
        ({"quoteSz": "-5"}, "51000"),
        ({"quoteSz": "0.05"}, "51340"),
        ({"quoteSz": "100001"}, "51008"),
        ({"baseSz": "1"}, "51008"),
        ({"tpTriggerPx": "120"}, "51349"),
        ({"slTriggerPx": "100"}, "51348"),
        ({"minPx": "105", "maxPx": "125", "slTriggerPx": "104"}, "51398"),
        ({"algoClOrdId": "no_way"}, "51000"),
        ({"algoClOrdId": "taken"}, "51065"),
        ({"triggerParams": [{"triggerAction": "start", "triggerStrategy": "rsi"}]}, "51000"),
        ({"triggerParams": "start"}, "51000"),
    ],
)
def test_what_is_wrong_is_refused_and_costs_nothing(road, wrong, code):
    """With OKX's code; no money moves and nothing runs."""
    desk = road(104, 104)
    start(desk, RANGE, algoClOrdId="taken", quoteSz="10")

    assert refusal(desk, RANGE, **wrong) == code
    assert (desk.balance("USDT"), len(desk.venue.grids.live)) == (99_990, 1)


def test_the_smallest_investment_is_the_one_that_is_told(venue):
    """What min-investment says is taken, a hundred-millionth less is not."""
    asked = {**SPOT, "minPx": "80000", "maxPx": "100000", "gridNum": "10"}
    (told,) = send(venue, "min-investment", asked | {"runType": "1"})
    least = Decimal(told["minInvestmentData"][0]["amt"]) + Decimal("0.00000001")

    assert refusal(venue, asked, quoteSz=f"{least - Decimal('0.00000002')}") == "51340"
    bot = start(venue, asked, quoteSz=str(least))
    assert min(Decimal(row["sz"]) for row in bot.orders()) >= Decimal("0.00001")


def test_a_bot_that_was_refused_its_next_order_tries_again(road):
    """While the pair is suspended a fill cannot be followed; it is as soon as trade goes on."""
    desk = road(104, 100, 100, 105)
    bot = start(desk, RANGE)
    state(desk, "suspend")
    desk.step(4)
    stuck = bot.details()["activeOrdNum"]
    state(desk, "live")
    desk.step(1)

    assert (stuck, bot.details()["activeOrdNum"]) == ("3", "4")
    desk.step(8)
    assert bot.details()["arbitrageNum"] == "1"


def test_a_bot_does_not_start_while_its_pair_is_suspended(road):
    """By hand it is refused; one that waits for its price waits on."""
    desk = road(104, 102, 102)
    waiting = start(
        desk, RANGE, triggerParams=[{"triggerAction": "start", "triggerStrategy": "price", "triggerPx": "102"}]
    )
    state(desk, "suspend")
    desk.step(4)

    assert refusal(desk, RANGE) == "51022"
    assert waiting.details()["state"] == "pending_signal"
    state(desk, "live")
    desk.step(1)
    assert (waiting.details()["state"], waiting.details()["activeOrdNum"]) == ("running", "4")


def state(desk, state):
    desk._turn(suspend, desk.venue, {"instId": "BTC-USDT", "state": state})


def test_a_bot_whose_pair_is_taken_off_the_list_gives_back_what_it_has(road):
    """It ends as a delivery does, and keeps what cannot be sold any more."""
    desk = road(104, 104)
    bot = start(desk, RANGE)
    held = bot.owns("BTC")
    desk._turn(delist, desk.venue, {"instId": "BTC-USDT"})
    desk.step(1)

    assert (bot.past()["state"], bot.past()["cancelType"]) == ("stopped", "5")
    assert (desk.balance("BTC"), bot.owns("BTC"), bot.owns("USDT")) == (held, 0, 0)


def test_the_plain_reckoning_agrees_with_the_bot(road):
    """The reckoning the random walks are held against gives the figures of a path gone by hand."""
    prices = [104, 100, 105, 99, 121, 110, 100, 108]
    desk = road(*prices)
    bot = start(desk, RANGE)
    plain = Reckoning(
        [Decimal(level) for level in (100, 105, 110, 115, 120)], Decimal(1000), Decimal(104), Decimal("0.0001"), RATES
    )
    for price in prices[1:]:
        desk.step(4)
        plain.go(Decimal(price))

    assert (bot.figure("gridProfit"), bot.figure("floatProfit")) == (plain.profit, plain.floating)
    assert (bot.owns("USDT"), bot.owns("BTC"), bot.figure("arbitrageNum")) == (plain.quote, plain.base, plain.pairs)
