"""What a result tells beside its fills: where the money came from, how deep it fell, and what doing nothing gave."""

from decimal import Decimal

import pandas as pd
import pytest

from okxlab.grid import GridSpec, backtest
from okxlab.model import Instrument

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
ROWS = [(105, 105, 105, 105), (105, 111, 99, 105), (105, 106, 90, 92), (92, 125, 92, 120), (120, 121, 110, 112)]


@pytest.fixture
def result(frame):
    """Give a backtest that leaves its range on both sides."""
    spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1000)
    return backtest(spec, frame(ROWS), instrument=AAA)


def test_attribution_sums_to_the_change_of_equity(result):
    """Grid, floating, fee, funding and dust are all there is, to the last digit."""
    parts = result.attribution

    assert list(parts) == ["grid", "floating", "fee", "funding", "dust"]
    assert sum(parts.values()) == result.summary["equity_end"] - 1000
    assert parts["fee"] == -result.summary["fees"]
    assert parts["funding"] == 0
    assert parts["grid"] > result.summary["grid_profit"]


def test_attribution_of_dust_is_what_the_remainders_gained(result):
    """Every bought unit leaves less than a lot behind; the dust is their gain since."""
    fills, mark = result.fills, result.summary["mark"]
    buys = fills[fills["side"] == "buy"]
    size, lot = result.summary["size"], AAA.lot
    left = size * (1 - Decimal("0.0008")) % lot
    left_launch = size * (1 - Decimal("0.001")) % lot

    expected = sum(left * (mark - price) for price in buys["price"]) + 2 * left_launch * (mark - 105)

    assert result.attribution["dust"] == expected


def test_attribution_without_fees_has_no_fee_and_no_dust(frame):
    """Nothing is left behind where nothing is taken."""
    spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1000)
    parts = backtest(spec, frame(ROWS), instrument=AAA, maker=0, taker=0).attribution

    assert parts["fee"] == parts["dust"] == 0


def test_intervals_count_each_level_and_add_up(result):
    """One row an interval, with its two levels; the columns add up to the summary."""
    table, summary = result.intervals, result.summary

    assert table.index.tolist() == [0, 1, 2, 3]
    assert table["low"].tolist() == [95, 100, 105, 110]
    assert table["high"].tolist() == [100, 105, 110, 115]
    assert table[["buys", "sells", "round_trips"]].sum().tolist() == [
        summary[n] for n in ("buys", "sells", "round_trips")
    ]
    assert sum(table["grid_profit"]) == summary["grid_profit"]


def test_fills_name_their_pair(result):
    """A buy and the sell that follows it in an interval share a number; a launch unit's sell is the first pair."""
    fills = result.fills
    third = fills[fills["level"] == 2]

    assert third["side"].tolist() == ["sell", "buy", "sell"]
    assert third["pair"].tolist() == [0, 1, 1]
    assert fills["whole"].all()


def test_drawdown_is_the_fall_from_the_highest_equity_so_far(result):
    """It is zero at a peak and counts the investment as the first one."""
    equity, fall = result.equity, result.drawdown

    peak = equity.clip(lower=1000).cummax()
    pd.testing.assert_series_equal(fall, (equity / peak - 1).rename("drawdown"))
    assert result.summary["max_drawdown"] == Decimal(repr(-float(fall.min())))
    assert fall.iloc[0] < 0


def test_inventory_is_the_base_balance_at_each_close(result):
    """It starts with what the launch left after its fee and ends at the exact balance."""
    held = result.inventory

    assert held.iloc[0] == pytest.approx(2 * float(result.summary["size"]) * 0.999)
    assert held.iloc[-1] == pytest.approx(float(result.summary["base_end"]))
    assert held.index.equals(result.candles.index)


def test_outside_says_which_closes_leave_the_range(result):
    """A close below counts as below, one above as above, one on an end as inside."""
    assert result.outside.tolist() == [0, 0, -1, 1, 0]
    assert (result.summary["bars_below"], result.summary["bars_above"]) == (1, 1)
    assert (result.summary["share_below"], result.summary["share_above"]) == (Decimal("0.2"), Decimal("0.2"))


def test_hold_and_half_buy_whole_lots_at_the_first_open_and_pay_the_fee(result):
    """The same money without a grid, exact at the end and as a curve."""
    hold = Decimal("9.5238")
    half = Decimal("4.7619")

    assert result.summary["hold_end"] == 1000 - hold * 105 + hold * Decimal("0.999") * 112
    assert result.summary["half_end"] == 1000 - half * 105 + half * Decimal("0.999") * 112
    assert result.benchmarks["hold"].iloc[-1] == pytest.approx(float(result.summary["hold_end"]))
    assert result.benchmarks["half"].iloc[0] == pytest.approx(float(1000 - half * Decimal("0.105")))


def test_events_of_a_plain_grid_are_its_launch(result):
    """The launch is told with its candle and price."""
    assert result.events[["candle", "event", "price"]].to_numpy().tolist() == [[0, "launch", 105]]


def test_result_when_shown_stands_beside_holding(result):
    """The short table compares the grid with doing nothing."""
    assert "hold_end" in result._repr_html_()
    assert "20.0%, 20.0% of the bars" in result._repr_html_()
