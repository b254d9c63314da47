"""What the plan of a contract grid says before it is started."""

from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError, SpecError
from okxlab.grid import GridSpec, contract_profit_rate, plan_contract
from okxlab.grid.contract import backtest_contract
from okxlab.model import Instrument

SWAP = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.001")
FEES = {"maker": Decimal("0.0002"), "taker": Decimal("0.0005")}


def spec(**changes):
    given = {"low": "26931.9", "high": "36437.3", "grids": 10, "investment": 100, "kind": "long", "leverage": 5}
    return GridSpec("BTC-USDT-SWAP", **given | changes)


def plan(price="27306.9", tiers=None, **changes):
    return plan_contract(spec(**changes), SWAP, price, **FEES, tiers=tiers)


def test_plan_of_okx_own_sample_launches_nine_units_and_rests_ten_orders():
    """Launched at 27306.9: nine bought, one buy at p_0, nine sells from p_2 up, and p_1 stays empty."""
    made = plan()
    buys = made.orders.loc[made.orders["side"] == "buy"]

    assert made.ladder.launch_contracts == 9
    assert buys["price"].tolist() == [Decimal("26931.9")]
    assert made.orders.loc[made.orders["side"] == "sell", "price"].tolist() == list(made.levels[2:])
    assert set(made.levels) - set(made.orders["price"]) == {Decimal("27882.4")}
    assert made.orders["opens"].tolist() == [True] + [False] * 9
    assert made.orders_margin == Decimal("5.38638")


def test_plan_splits_the_investment_into_margins_fee_and_what_is_free():
    """Nothing of the investment is unaccounted for."""
    made = plan()
    position = Decimal("0.009") * Decimal("27306.9")

    assert made.position_margin == position / 5
    assert made.ladder.launch_fee == position * FEES["taker"]
    assert made.free + made.position_margin + made.orders_margin + made.ladder.launch_fee == 100
    assert made.free >= 0


def test_plan_says_where_the_position_ends_alone_and_with_its_buy_filled():
    """The price OKX shows forgets the resting buy; the true one is higher, both on the tick above."""
    made = plan()
    rate = 1 - Decimal("0.004") - FEES["taker"]
    held, bought = Decimal("0.009"), Decimal("0.001")
    debt = held * Decimal("27306.9") - (100 - made.ladder.launch_fee)
    alone = debt / (held * rate)
    paid = bought * Decimal("26931.9")
    filled = (debt + paid * (1 + FEES["maker"])) / ((held + bought) * rate)

    assert 0 <= made.liquidation - alone < Decimal("0.1")
    assert 0 <= made.liquidation_low - filled < Decimal("0.1")
    assert made.liquidation_low > made.liquidation
    assert made.liquidation_high is None


def test_further_orders_of_each_kind_go_the_way_it_loses():
    """A long grid meets its buys falling, a short one its sells rising, a neutral one both from nothing."""
    middle = {"price": 31_000, "investment": 400}
    long, short, neutral = (plan(**middle, kind=kind).further for kind in ("long", "short", "neutral"))

    assert long["side"].tolist() == ["launch"] + ["buy"] * 5
    assert short["side"].tolist() == ["launch"] + ["sell"] * 6
    assert neutral["side"].tolist() == ["launch"] + ["buy"] * 5 + ["sell"] * 5
    assert [side["position"].iloc[0] > 0 for side in (long, short)] == [True, False]
    assert neutral["position"].iloc[0] == 0
    assert neutral["position"].iloc[5] > 0 > neutral["position"].iloc[-1]
    assert long["price"].is_monotonic_decreasing
    assert short["price"].is_monotonic_increasing


def test_further_orders_after_a_liquidation_are_not_reached():
    """At high leverage the price does not come to the lowest buys."""
    made = plan(price=31_000, investment=100, leverage=20, high="32000", low="25000", grids=14)
    reached = made.further["reached"].tolist()

    assert reached == sorted(reached, reverse=True)
    assert not all(reached)
    last = made.further.loc[made.further["reached"]].iloc[-1]
    assert made.liquidation_low == last["liquidation"] <= last["price"]
    assert f"A straight fall liquidates the position at {made.liquidation_low} USDT, within the range." in made.warnings


def test_stop_loss_beyond_the_liquidation_is_warned_about():
    """A stop that comes too late is said to; one that comes in time is not."""
    late, early = plan(stop_loss=15_000), plan(stop_loss=26_000)

    assert late.warnings == (
        f"The stop loss at 15000 USDT comes after the liquidation at {late.liquidation_low} USDT.",
    )
    assert early.warnings == ()


def test_short_plan_ends_above():
    """A short grid is liquidated on a rise, and its orders margin is that of its sells."""
    made = plan(price=31_000, kind="short", investment=200)

    assert made.liquidation_low is None
    assert made.liquidation_high > made.levels[-1]
    assert made.liquidation > made.liquidation_high
    assert made.orders.loc[made.orders["opens"], "side"].unique().tolist() == ["sell"]


def test_tiers_raise_what_must_be_kept_as_the_position_grows():
    """In a higher tier the same position is liquidated sooner; beyond the last one there is no grid."""
    loose, strict = plan(tiers=[(100, "0.004")]), plan(tiers=[(9, "0.004"), (100, "0.1")])

    assert loose.liquidation == strict.liquidation
    assert strict.liquidation_low > loose.liquidation_low
    with pytest.raises(SpecError, match="tier"):
        plan(tiers=[(9, "0.004")])


def test_leverage_that_the_tiers_do_not_allow_is_refused():
    """The highest tier's leverage bounds the grid's."""
    tiers = pd.DataFrame({"up_to": [Decimal(100)], "maintenance_margin": [Decimal("0.01")], "leverage": [4.0]})
    with pytest.raises(SpecError, match="leverage"):
        plan(tiers=tiers)


def test_profit_of_the_ends_are_the_extremes():
    """Arithmetic steps earn most at the bottom, of margin and fee as OKX counts it."""
    made = plan()
    rates = [contract_profit_rate(low, high, FEES["maker"], Decimal(5)) for low, high in pairwise(made.levels)]

    assert made.profit_per_grid == (rates[-1], rates[0])


def test_most_grids_of_a_contract_range_pay_and_one_more_does_not():
    """The number is the last that earns its fees."""
    terms = {"low": 30_000, "high": 31_000, "investment": 10_000, "price": 30_500}
    most = plan(**terms).most_grids

    assert plan(**terms, grids=most).pays
    assert not plan(**terms, grids=most + 1).pays


def test_funding_is_paid_by_the_long_and_received_by_the_short():
    """Position times price times rate, three times a day; a neutral grid starts without a position."""
    long, short, neutral = (plan(price=31_000, investment=400, kind=kind) for kind in ("long", "short", "neutral"))
    value = long.ladder.launch_contracts * Decimal("0.001") * 31_000

    assert long.funding("0.0001") == -value * 3 * Decimal("0.0001")
    assert short.funding("0.0001", settlements=1) > 0
    assert neutral.funding("0.0001") == 0


def test_turnover_counts_contracts_at_both_levels():
    """One round trip an interval a day: contract value, both fees, and what is left of the steps."""
    made = plan()
    low, high = sum(made.levels[:-1]), sum(made.levels[1:])
    year = made.turnover(10)

    assert year.traded == 365 * (low + high) * Decimal("0.001")
    assert year.fees == year.traded * FEES["maker"]
    assert year.profit == 365 * (high - low) * Decimal("0.001") - year.fees
    assert year.cost == year.fees / 100


@pytest.mark.parametrize("sizes", ["equal_base", "equal_quote", "mountain"])
def test_minimum_investment_is_the_smallest_that_makes_the_grid(sizes):
    """At the minimum the grid is made with the smallest orders; a ten-millionth less and it is refused."""
    least = plan(investment=10_000, sizes=sizes).minimum_investment

    assert plan(investment=least, sizes=sizes).size == 1
    with pytest.raises(SpecError, match="Invest at least"):
        plan(investment=least - Decimal("0.0000001"), sizes=sizes)


@settings(deadline=None, max_examples=25)
@given(
    kind=st.sampled_from(["long", "short", "neutral"]),
    leverage=st.integers(2, 40),
    price=st.integers(250, 380),
    falls=st.booleans(),
    sizes=st.sampled_from(["equal_base", "valley", "slope_down"]),
)
def test_backtest_over_the_straight_way_ends_where_the_plan_says(kind, leverage, price, falls, sizes):
    """Played candle by candle, the grid lives a step before the planned liquidation and is gone a step beyond."""
    swap = Instrument("BTC-USDT-SWAP", tick=1, lot=1, minimum=1, contract="0.1")
    grid = GridSpec(
        "BTC-USDT-SWAP", low=270, high=360, grids=9, investment=2000, kind=kind, leverage=leverage, sizes=sizes
    )
    made = plan_contract(grid, swap, price, **FEES, tiers=[(10**6, "0.01")])
    end = made.liquidation_low if falls else made.liquidation_high
    if end is None or end >= 3000:
        return
    step = 1 if falls else -1

    assert survives(grid, swap, price, end + step)
    assert not survives(grid, swap, price, end - step)


def survives(grid, swap, start, end):
    """Play one straight move and tell whether the grid is still there."""
    index = pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC")
    end, start = float(end), float(start)
    rows = [[start] * 4, [start, max(start, end), min(start, end), end]]
    bars = pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index)
    played = backtest_contract(grid, bars, instrument=swap, **FEES, tiers=[(10**6, "0.01")])
    return "liquidation" not in set(played.events["event"])


@pytest.mark.parametrize(
    ("changes", "price", "words"),
    [
        ({}, 20_000, "below the range: 10 of 10 units are taken at launch and the grid waits for a rise"),
        ({}, 40_000, "above the range: nothing is taken at launch and the grid waits for a fall"),
        ({"kind": "short", "investment": 200}, 40_000, "above the range: 10 of 10 units are taken"),
    ],
)
def test_plan_outside_its_range_says_what_waits(changes, price, words):
    """Outside its range a grid waits, and the plan says for what."""
    assert any(words in note for note in plan(price=price, **changes).warnings)


def test_plan_whose_steps_lose_to_the_fees_warns():
    """Intervals narrower than both fees are counted."""
    made = plan(low=27_000, high="27100", grids=20, price=27_050, investment=1000)

    assert not made.pays
    assert made.warnings[0].startswith("20 of 20 intervals are narrower than the fees' break-even (0.0400%)")


def test_plan_shows_margin_and_both_liquidations():
    """The sheet of a notebook names what only contracts have."""
    html = plan(stop_loss=26_000)._repr_html_()

    for words in (
        "leverage 5",
        "Margin",
        "launch alone (as OKX shows it)",
        "on a straight fall",
        "Stop loss",
        "1 of 0.001 BTC",
    ):
        assert words in html
    assert "on a straight rise" not in html
    assert "no position at 31000 USDT" in plan(price=31_000, investment=400, kind="neutral")._repr_html_()
    assert repr(plan()).endswith("launch_price=27306.9, size=1, warnings=0)")


def test_plan_at_a_trigger_is_made_for_that_price():
    """A grid that waits is planned as it will start."""
    assert plan(trigger=30_000).ladder.launch_price == 30_000


def test_plan_of_a_spot_grid_or_an_instrument_without_contracts_is_refused():
    """Spot grids have a plan of their own, and without a contract's value there is none."""
    with pytest.raises(SpecError, match="spot"):
        plan_contract(GridSpec("BTC-USDT-SWAP", low=1, high=2, grids=2, investment=1), SWAP, 1)
    bare = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1")
    with pytest.raises(InputError, match="contract value"):
        plan_contract(spec(), bare, 27_000)
