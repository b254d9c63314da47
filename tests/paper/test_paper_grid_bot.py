"""What OKX's grid bots tell everybody: suggestions, the smallest investment, the most grids, RSI's triggers."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.ladder import least_investment, levels, most_grids, profit_rates
from okxlab.paper.rest import grid_bot
from okxlab.paper.rest.table import routes
from tests.paper.conftest import StandingClock
from tests.paper.desk import open_desk

SPOT = {"instId": "BTC-USDT", "algoOrdType": "grid"}
SWAP = {"instId": "BTC-USDT-SWAP", "algoOrdType": "contract_grid"}
RANGE = {"runType": "1", "minPx": "80000", "maxPx": "100000"}
RSI = {"instId": "BTC-USDT", "timeframe": "1H", "thold": "30", "timePeriod": "14"}
BTC = Instrument("BTC-USDT", Decimal("0.1"), Decimal("0.00000001"), Decimal("0.00001"))


@pytest.fixture(scope="module")
def desk():
    return open_desk(PaperOptions(stepped=True), StandingClock())


def test_suggested_profits_and_smallest_investment_are_those_of_okx_for_its_sample():
    """Five grids from 15,544.2 to 21,373.3, as OKX's own example has them."""
    ladder = levels(BTC, Decimal("15544.2"), Decimal("21373.3"), 5, geometric=False)
    best, worst = profit_rates(ladder)

    assert (float(best), float(worst)) == pytest.approx((0.0733865364573281, 0.0561101403446263), abs=2e-16)
    assert round(least_investment(BTC, ladder, Decimal(1)), 8) == Decimal("0.89557758")


@pytest.mark.parametrize("geometric", [False, True])
def test_most_grids_is_the_last_number_that_earns(geometric):
    """One more and a round trip would not pay its fees."""
    low, high = Decimal(80_000), Decimal(100_000)
    most = most_grids(BTC, low, high, geometric=geometric, most=1000)

    assert profit_rates(levels(BTC, low, high, most, geometric=geometric))[1] > 0
    assert profit_rates(levels(BTC, low, high, most + 1, geometric=geometric))[1] <= 0


@pytest.mark.parametrize("duration", ["7D", "30D", "180D"])
@pytest.mark.parametrize("asked", [SPOT, SWAP])
def test_suggestion_is_the_range_of_late_and_earns(desk, asked, duration):
    """The market was inside of it all the time, and every grid pays."""
    (row,) = grid_bot.suggestion(desk.call(**asked, duration=duration))
    price = desk.feed.price(asked["instId"])

    assert Decimal(row["minPx"]) <= price <= Decimal(row["maxPx"])
    assert int(row["gridNum"]) >= 2
    assert 0 < Decimal(row["perMinProfitRate"]) < Decimal(row["perMaxProfitRate"])
    assert Decimal(row["annualizedRate"]) > 0
    assert (row["duration"], row["ccy"]) == (duration, "USDT")


def test_smallest_investment_grows_with_the_grids_and_shrinks_with_leverage(desk):
    """A pair may be paid in either currency, a contract in what it settles in."""
    few, many = (grid_bot.smallest_investment(desk.call(**SPOT, **RANGE, gridNum=n))[0] for n in ("10", "20"))
    one, ten = (grid_bot.smallest_investment(desk.call(**SWAP, **RANGE, gridNum="10", lever=n))[0] for n in ("1", "10"))
    amounts = [Decimal(row["minInvestmentData"][0]["amt"]) for row in (few, many, one, ten)]

    assert [entry["ccy"] for entry in few["minInvestmentData"]] == ["USDT", "BTC"]
    assert [entry["ccy"] for entry in one["minInvestmentData"]] == ["USDT"]
    assert 1.9 < amounts[1] / amounts[0] < 2.1
    assert amounts[2] == pytest.approx(10 * amounts[3])
    assert few["singleAmt"] == "0.00001"


def test_geometric_levels_have_one_ratio():
    """And both kinds begin and end at the range."""
    ladder = levels(BTC, Decimal(50_000), Decimal(60_000), 8, geometric=True)
    ratios = [float(upper / lower) for lower, upper in pairwise(ladder)]

    assert (ladder[0], ladder[-1]) == (50_000, 60_000)
    assert max(ratios) == pytest.approx(min(ratios), abs=1e-5)


def test_rsi_crosses_down_as_often_as_up_or_once_more(desk):
    """What is above is not below, and a crossing either way is one of the two."""
    counts = {
        name: int(grid_bot.rsi_triggers(desk.call(**RSI, triggerCond=name))[0]["triggerNum"])
        for name in ("cross_up", "cross_down", "cross", "above", "below")
    }

    assert abs(counts["cross_up"] - counts["cross_down"]) <= 1
    assert counts["cross"] == counts["cross_up"] + counts["cross_down"] > 0
    assert 700 < counts["above"] + counts["below"] <= 721


@pytest.mark.parametrize(
    ("act", "params", "code"),
    [
        (grid_bot.suggestion, {**SPOT, "algoOrdType": "contract_grid"}, "51000"),
        (grid_bot.suggestion, {"algoOrdType": "grid"}, "50014"),
        (grid_bot.smallest_investment, {**SPOT, **RANGE}, "50014"),
        (grid_bot.smallest_investment, {**SPOT, **RANGE, "gridNum": "1"}, "51000"),
        (grid_bot.grid_quantity, {**SPOT, **RANGE, "maxPx": "70000"}, "51000"),
        (grid_bot.rsi_triggers, {**RSI, "thold": "101"}, "51000"),
    ],
)
def test_wrong_question_is_refused(desk, act, params, code):
    """With OKX's code."""
    with pytest.raises(Refusal) as refused:
        act(desk.call(**params))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("method", "path", "params"),
    [
        ("GET", "tradingBot/grid/ai-param", SPOT),
        ("POST", "tradingBot/grid/min-investment", {**SPOT, **RANGE, "gridNum": "10"}),
        ("GET", "tradingBot/grid/grid-quantity", {**SPOT, **RANGE}),
        ("GET", "tradingBot/public/rsi-back-testing", RSI),
    ],
)
def test_answer_has_the_fields_of_okx(shared, desk, method, path, params):
    """Each field OKX lists and no other."""
    table = json.loads((shared / "reference" / "okx" / "fields.json").read_text())
    names = [row["name"] for row in table[f"{method} /api/v5/{path}"]["response"] if not row["name"].startswith(">")]
    (row,) = routes()[f"/api/v5/{path}"][method].act(desk.call(**params))

    assert row.keys() == set(names)


@pytest.mark.parametrize(
    ("low", "high", "grids", "geometric", "expected"),
    [
        ("57000", "63000", 6, False, ["57000", "58000", "59000", "60000", "61000", "62000", "63000"]),
        ("100", "103", 3, False, ["100", "101", "102", "103"]),
        ("100", "800", 3, True, ["100", "200", "400", "800"]),
    ],
)
def test_level_that_lies_on_a_tick_stays_there(low, high, grids, geometric, expected):
    """Thirds and roots are not rounded before the level is."""
    assert levels(BTC, Decimal(low), Decimal(high), grids, geometric=geometric) == [
        Decimal(price) for price in expected
    ]


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(2, 24))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_geometric_level_is_the_highest_tick_at_or_below_the_true_one(low, span, grids):
    """In whole numbers of ticks: ``t**n <= low**(n-i) * high**i < (t+1)**n``."""
    high = low + span
    for place, price in enumerate(levels(BTC, Decimal(low) / 10, Decimal(high) / 10, grids, geometric=True)[1:-1], 1):
        tick = int(price * 10)
        assert tick**grids <= low ** (grids - place) * high**place < (tick + 1) ** grids
