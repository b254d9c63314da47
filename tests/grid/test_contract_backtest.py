"""Contract grids played over candles: margin, funding, liquidation, benchmarks, and what is refused."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import CandleError, InputError, SpecError
from okxlab.grid import (
    ContractResult,
    Exposure,
    GridSpec,
    backtest,
    backtest_contract,
    further,
    liquidation_price,
    worst_price,
)
from okxlab.model import Instrument

SWAP = Instrument("AAA-USDT-SWAP", tick="1", lot="1", minimum="1", contract="0.1")
FLAT = (105, 105, 105, 105)


def spec(**terms):
    """Give a long grid of four intervals from 100 to 120 with 100 USDT at leverage 5, changed as told."""
    given = {"low": 100, "high": 120, "grids": 4, "investment": 100, "kind": "long", "leverage": 5}
    return GridSpec("AAA-USDT-SWAP", **(given | terms))


@pytest.fixture
def run(frame):
    """Give a function that plays rows of prices, without fees unless told otherwise."""

    def go(rows, *, market=SWAP, terms=None, **more):
        more = {"maker": 0, "taker": 0} | more
        return backtest_contract(spec(**(terms or {})), frame(rows), instrument=market, **more)

    return go


def rates(*pairs):
    """Give funding rates by minutes after the first candle."""
    start = pd.Timestamp("2024-01-01", tz="UTC")
    return pd.Series([rate for _, rate in pairs], index=[start + pd.Timedelta(minutes=m) for m, _ in pairs])


def test_a_long_grid_earns_its_step_and_carries_the_rest(run):
    """Launched at 105 with three units: one is sold at 110, and the two left gain with the price."""
    result = run([(105, 110, 105, 110)])
    size = result.ladder.sizes[0] * SWAP.contract

    assert result.ladder.launch_units == 3
    assert result.summary["grid_profit"] == 5 * size
    assert result.summary["floating_profit"] == 2 * 5 * size
    assert result.summary["equity_end"] == 100 + 15 * size
    assert result.summary["base_end"] == 2 * size


def test_the_kind_of_grid_decides_what_is_played(frame):
    """The one backtest plays a contract grid as such, with the instrument the candles name."""
    bars = frame([FLAT, (105, 110, 105, 110)], instrument=SWAP)

    result = backtest(spec(), bars, maker=0, taker=0, funding=rates((1, 0.001)), tiers=[(10_000, "0.01")])

    assert isinstance(result, ContractResult)
    assert result.summary["equity_end"] == 100 + 15 * result.ladder.sizes[0] * SWAP.contract + result.summary["funding"]
    assert result.plot().data


@pytest.mark.parametrize(
    ("terms", "more", "says"),
    [
        ({}, {"path": "pessimistic"}, "on the nearest way"),
        ({}, {"slippage": "0.001"}, "cost no slippage"),
        ({"kind": "spot", "leverage": 1}, {"tiers": [(1, "0.01")]}, "tiers belong to contracts"),
        ({"kind": "spot", "leverage": 1}, {"mark": 1, "funding": 1}, "mark, funding belong to contracts"),
    ],
)
def test_what_the_other_kind_has_is_refused(frame, terms, more, says):
    """Conditions that contract grids do not know, and what spot grids do not have."""
    with pytest.raises(InputError, match=says):
        backtest(spec(**terms), frame([FLAT]), instrument=SWAP, **more)


def test_inverse_contracts_are_refused():
    """They say so before anything is played."""
    with pytest.raises(SpecError, match="settled in BTC"):
        GridSpec("BTC-USD-SWAP", low=100, high=120, grids=4, investment=100, kind="long")


def test_a_neutral_grid_goes_through_zero(run):
    """It buys on the way down, sells its unit and then more on the way up."""
    result = run([(107, 107, 100, 105), (105, 118, 105, 118)], terms={"kind": "neutral"})

    assert result.fills["side"].tolist() == ["buy", "buy", "sell", "sell", "sell"]
    assert result.inventory.gt(0).tolist() == [True, False]
    assert result.summary["base_end"] == -result.ladder.sizes[0] * SWAP.contract


def test_funding_is_position_times_mark_times_rate(run):
    """A long position pays at the open of the next candle, at that open's price, exactly."""
    result = run([FLAT, (106, 106, 106, 106), FLAT], funding=rates((1, 0.001), (1.5, -0.0005)))
    position = 3 * result.ladder.sizes[0] * SWAP.contract
    first, second = -position * 106 * Decimal("0.001"), position * 105 * Decimal("0.0005")

    assert result.summary["funding"] == result.attribution["funding"] == first + second
    assert result.funding.tolist() == [0, float(first), float(second)]


def test_funding_at_the_launch_or_after_the_last_open_is_not_paid(run):
    """The grid had no position at the one time, and no candle tells the other."""
    result = run([FLAT, FLAT], funding=rates((-1, 0.01), (0, 0.01), (1.1, 0.01)))

    assert result.summary["funding"] == 0


def test_a_payment_alone_may_liquidate(run):
    """What it leaves is held against the position at the last close, before the price moves on, here upwards."""
    rows = [(105, 105, 103, 103), (118, 119, 118, 119)]
    result = run(rows, terms={"leverage": 20}, funding=rates((1, 0.05)))

    assert result.events[["candle", "event", "price"]].values.tolist()[1:] == [[1, "liquidation", 103]]
    assert result.fills.empty
    assert result.summary["funding"] < 0


def test_liquidation_leaves_nothing_and_ends_the_grid(run):
    """Deep enough below, everything is taken: no fill comes after, and the parts still sum to what was lost."""
    result = run([FLAT, (105, 105, 60, 60), (60, 120, 60, 120)], terms={"leverage": 20})

    assert result.events["event"].tolist() == ["launch", "liquidation"]
    assert result.liquidated == result.candles.index[1]
    assert "liquidated" in repr(result)
    assert result.summary["equity_end"] == 0
    assert result.equity.tolist()[1:] == [0, 0]
    assert sum(result.attribution.values()) == -100
    assert result.fills["candle"].max() == 1


def test_liquidation_comes_where_the_margin_frame_said(run):
    """The price told at the close before is the one at which it happens, up to the tick."""
    result = run([FLAT, FLAT, (105, 105, 60, 60)], terms={"leverage": 20, "low": 106})
    told = result.margin["liquidation_price"].iloc[1]
    happened = result.events["price"].iloc[1]

    assert told - 1 < float(happened) <= told
    assert result.margin["ratio"].iloc[1] > 1


@pytest.mark.parametrize("kind", ["long", "short", "neutral"])
def test_liquidation_comes_where_the_worst_case_said(run, kind):
    """A fall or rise without a pause ends where the plan's formula said, the orders on the way counted, on the tick."""
    up = kind == "short"
    wick = (110, 400, 110, 400) if up else (110, 110, 10, 10)
    result = run([wick], terms={"kind": kind, "leverage": 3}, maker="0.0002", taker="0.0005")
    made, contract = result.ladder, SWAP.contract
    equity = 100 - made.launch_fee
    start = Exposure(made.launch_contracts * contract, equity, Decimal(110))
    sizes = [size * contract for size in made.sizes]
    below = [(made.levels[i], sizes[i]) for i in reversed(range(made.launch_state))]
    above = [(made.levels[i + 1], -sizes[i]) for i in range(made.launch_state, 4)]
    orders = above if up else below

    worst = worst_price(further(start, orders, lambda _: Decimal("0.0045"), Decimal("0.0002")))

    happened = result.events["price"].iloc[-1]
    assert result.events["event"].iloc[-1] == "liquidation"
    assert happened == worst.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)


def test_every_liquidation_price_is_that_of_the_formula(run):
    """The float of the margin frame is the exact figure of position, equity and mark at that close."""
    random = np.random.default_rng(7)
    closes = 105 + np.cumsum(random.normal(0, 1, 30)).round(1)
    result = run([(close,) * 4 for close in closes], terms={"kind": "neutral"}, maker="0.0002", taker="0.0005")

    for row in result.margin.itertuples():
        here = Exposure(Decimal(row.position) * SWAP.contract, Decimal(row.equity), Decimal(row.mark))
        exact = liquidation_price(here, Decimal("0.0045"))
        assert (exact is None) == np.isnan(row.liquidation_price)
        assert exact is None or float(exact) == pytest.approx(row.liquidation_price)


def test_a_higher_tier_liquidates_earlier(run):
    """A position of a tier that must keep more is closed at a higher price."""
    rows = [FLAT, (105, 105, 40, 40)]
    low = run(rows, tiers=[(10_000, "0.004")])
    high = run(rows, tiers=[(1, "0.004"), (10_000, "0.1")])

    assert high.events["price"].iloc[-1] > low.events["price"].iloc[-1]


def test_a_given_mark_is_what_liquidates(run, frame):
    """A wick of the traded price alone does not; a mark that falls does, though nothing was traded there."""
    rows = [FLAT, (105, 105, 60, 105), FLAT]
    calm = run(rows, terms={"leverage": 20}, mark=frame([FLAT] * 3))
    low = run([FLAT] * 3, terms={"leverage": 20}, mark=frame([FLAT, (105, 105, 60, 105), FLAT]))

    assert calm.liquidated is None
    assert low.liquidated == low.candles.index[1]


def test_a_series_of_marks_holds_until_the_next(run):
    """A position is worth the last mark known at the candle's opening."""
    result = run([FLAT] * 3, mark=rates((-5, 100.0), (1.5, 90.0)))

    assert result.margin["mark"].tolist() == [100, 100, 90]
    assert result.summary["mark"] == 90


def test_margin_of_position_and_resting_orders(run):
    """Initial margin is value over leverage, of orders that would open too; the rest is available."""
    margin = run([FLAT], taker="0.001").margin.iloc[0]
    result = run([FLAT], taker="0.001")
    unit = float(result.ladder.sizes[0] * SWAP.contract)

    assert margin["initial"] == pytest.approx(3 * unit * 105 / 5)
    assert margin["orders"] == pytest.approx(unit * 100 / 5)
    assert margin["available"] == pytest.approx(margin["equity"] - margin["initial"] - margin["orders"])
    assert margin["position"] == 3 * float(result.ladder.sizes[0])


@pytest.mark.parametrize(("kind", "sign"), [("long", 1), ("neutral", 1), ("short", -1)])
def test_hold_is_a_position_at_the_same_leverage(run, kind, sign):
    """It gains what the whole investment at five times would have gained, short beside a short grid."""
    result = run([FLAT, (105, 107, 105, 107)], terms={"kind": kind})
    contracts = 100 * 5 // (Decimal("0.1") * 105)

    assert result.summary["hold_end"] == 100 + sign * contracts * Decimal("0.1") * 2
    assert result.benchmarks["hold"].iloc[-1] == float(result.summary["hold_end"])
    assert abs(result.summary["half_end"] - 100) < abs(result.summary["hold_end"] - 100)


def test_hold_pays_fee_and_funding(run):
    """Its launch costs the taker fee, and it pays for its position like the grid."""
    result = run([FLAT, (105, 107, 105, 107)], taker="0.001", funding=rates((1, 0.0003)))
    position = 100 * 5 // (Decimal("0.1") * 105 * Decimal("1.005")) * Decimal("0.1")

    cost = position * 105 * Decimal("0.001") + position * 105 * Decimal("0.0003")
    assert result.summary["hold_end"] == 100 + position * 2 - cost
    assert result.benchmarks["hold"].iloc[-1] == float(result.summary["hold_end"])


def test_hold_is_liquidated_too(run):
    """A fall that its margin does not carry leaves nothing of it."""
    result = run([FLAT, (105, 105, 60, 105)], terms={"leverage": 20})

    assert result.summary["hold_end"] == 0
    assert result.benchmarks["hold"].tolist() == [100, 0]


def test_a_stop_closes_the_position_with_the_taker_fee(run):
    """At 90 the three units and the one bought on the way are closed; nothing is open after."""
    rows = [(105, 105, 100, 100), (100, 100, 80, 80)]
    result = run(rows, terms={"stop_loss": 90, "leverage": 1}, taker="0.001")
    size = result.ladder.sizes[0] * SWAP.contract

    assert result.events["event"].tolist() == ["launch", "stop_loss"]
    assert result.summary["fees"] == Decimal("0.001") * size * (3 * 105 + 4 * 90)
    assert result.summary["floating_profit"] == -size * (3 * 15 + 10) - result.summary["fees"]
    assert result.summary["base_end"] == 0


def test_a_grid_whose_trigger_is_never_touched_does_nothing(run):
    """No order, no fee; the money is there, and the benchmark moves on its own."""
    result = run([FLAT, (105, 107, 105, 107)], terms={"trigger": 110}, taker="0.001")

    assert result.summary["equity_end"] == 100
    assert result.events.empty
    assert result.fills.empty
    assert result.margin["position"].eq(0).all()
    assert result.summary["hold_end"] > 100


def test_equity_curve_is_the_exact_ledger_at_every_close(run):
    """Cut off after any candle, the backtest ends with what the curve of the whole one says there."""
    random = np.random.default_rng(4)
    points = 110 + np.cumsum(random.normal(0, 2, (40, 4)).ravel()).reshape(-1, 4).round(1)
    rows = [(row[0], row.max(), row.min(), row[3]) for row in points]
    funding = rates(*[(m, 0.0007) for m in range(1, 40, 3)])
    whole = run(rows, terms={"leverage": 2}, maker="0.0002", funding=funding)

    ends = [
        float(run(rows[:n], terms={"leverage": 2}, maker="0.0002", funding=funding).summary["equity_end"])
        for n in range(1, 41)
    ]
    np.testing.assert_allclose(whole.equity, ends, rtol=1e-12)


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"tiers": [(1, "0.004")]}, SpecError, "highest tier ends at 1"),
        ({"terms": {"reinvest": True}}, SpecError, "reinvest"),
        ({"mark": 5}, InputError, "mark is a int"),
        ({"mark": rates((1, 100.0))}, CandleError, "no mark price for 2024-01-01 00:00"),
        ({"mark": rates((0, -1.0))}, InputError, "not above zero"),
        ({"funding": 0.01}, InputError, "one column of"),
        ({"funding": pd.Series([0.1])}, InputError, "not timezone-aware"),
        ({"funding": rates((2, 0.1), (1, 0.1))}, InputError, "do not rise"),
        ({"funding": rates((1, np.nan))}, InputError, "funding"),
    ],
)
def test_what_cannot_be_played_is_refused(run, more, error, says):
    """Tiers too small, terms not played, marks and funding that cannot be read."""
    with pytest.raises(error, match=says):
        run([FLAT, FLAT], **more)


def test_leverage_beyond_the_tier_is_refused(run):
    """The tier of the largest position decides."""
    tiers = pd.DataFrame({"up_to": [10_000], "maintenance_margin": ["0.01"], "leverage": [3]})

    with pytest.raises(SpecError, match="leverage is 3 at most"):
        run([FLAT], tiers=tiers)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"fill": "volume"}, "fill is 'volume'"),
        ({"mark": rates((0, 1050.0))}, "mark of .* is 1050"),
        ({"funding": rates((1, 1.0))}, "fractions"),
    ],
)
def test_what_is_of_another_scale_or_model_is_refused(run, more, says):
    """Marks of another instrument, rates in per cent and fills it cannot play are no game."""
    with pytest.raises(InputError, match=says):
        run([FLAT, FLAT], **more)


def test_fees_left_out_are_those_of_contracts(run, frame):
    """The one backtest and that of contracts charge the same when nothing is said."""
    rows = [(105, 110, 105, 110)]
    alone = backtest_contract(spec(), frame(rows), instrument=SWAP).summary["fees"]

    assert backtest(spec(), frame(rows), instrument=SWAP).summary["fees"] == alone > 0
