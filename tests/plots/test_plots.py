"""Figures of grids: what is drawn is what was computed."""

import numpy as np
import pandas as pd
import pytest

from okxlab.grid import GridSpec, backtest, ladder, plan_grid
from okxlab.model import Instrument
from okxlab.plots import plot_backtest, plot_ladder
from okxlab.plots.price import fewer

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
SPEC = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1000)


def candles(rows):
    """A zigzag of one-minute bars through the range."""
    points = 105 + 9 * np.sin(np.arange(rows + 1) / 3)
    opens, closes = points[:-1], points[1:]
    return pd.DataFrame(
        {"open": opens, "high": np.maximum(opens, closes), "low": np.minimum(opens, closes), "close": closes},
        index=pd.date_range("2024-01-01", periods=rows, freq="min", tz="UTC"),
    )


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.fixture(scope="module")
def long_result():
    """Give a backtest of more candles and fills than are drawn one by one."""
    fine = GridSpec("AAA-USDT", low=95, high=115, grids=10, investment=1000)
    return backtest(fine, candles(60_000), instrument=AAA)


def test_plot_backtest_draws_every_fill_at_its_price_and_time():
    """Buys and sells are markers where they happened."""
    result = backtest(SPEC, candles(200), instrument=AAA)
    buys = result.fills[result.fills["side"] == "buy"]

    drawn = traces(plot_backtest(result))

    assert list(drawn["buys"].y) == [float(price) for price in buys["price"]]
    assert list(pd.DatetimeIndex(drawn["buys"].x)) == list(pd.DatetimeIndex(buys["time"]).tz_localize(None))
    assert len(drawn["sells"].x) == result.summary["sells"]


def test_plot_backtest_draws_every_level_and_the_equity_curve():
    """Each level is a line, equity has a value a candle."""
    result = backtest(SPEC, candles(200), instrument=AAA)

    drawn = traces(plot_backtest(result))

    assert {price for price in drawn["levels"].y if price is not None} == {95.0, 100.0, 105.0, 110.0, 115.0}
    assert list(drawn["equity"].y) == result.equity.tolist()


def test_plot_backtest_names_units_on_its_axes():
    """Prices and equity carry the quote currency, times their zone."""
    layout = plot_backtest(backtest(SPEC, candles(50), instrument=AAA)).layout

    assert (layout.yaxis.title.text, layout.yaxis2.title.text) == ("price [USDT]", "equity [USDT]")
    assert layout.xaxis2.title.text == "time [UTC]"
    assert layout.title.text.startswith("AAA-USDT: ")


def test_result_plot_is_plot_backtest():
    """The result's own method gives the same figure."""
    result = backtest(SPEC, candles(50), instrument=AAA)

    assert result.plot() == plot_backtest(result)


def test_plot_backtest_when_nothing_filled_draws_the_price():
    """An idle grid has a figure too."""
    idle = GridSpec("AAA-USDT", low=5, high=15, grids=4, investment=1000)

    drawn = traces(plot_backtest(backtest(idle, candles(50), instrument=AAA)))

    assert (len(drawn["buys"].x), len(drawn["price"].x)) == (0, 50)


def test_plot_backtest_when_candles_are_many_stays_small_and_says_what_it_left_out(long_result):
    """Bars and equity stay within five thousand points, and the title counts the fills drawn."""
    figure = plot_backtest(long_result)
    drawn = traces(figure)
    markers = len(drawn["buys"].x) + len(drawn["sells"].x)

    assert len(long_result.fills) > 20_000 >= markers - 1
    assert max(len(drawn["price"].x), len(drawn["equity"].x)) <= 5001
    assert drawn["equity"].y[-1] == float(long_result.summary["equity_end"])
    assert f"{markers:,} of {len(long_result.fills):,} fills drawn" in figure.layout.title.text


def test_fewer_candles_keep_extremes_first_open_and_last_close():
    """Joining bars loses no high, no low, and neither end."""
    bars = candles(12_345)

    joined = fewer(bars)

    assert len(joined) <= 5000
    assert (joined["high"].max(), joined["low"].min()) == (bars["high"].max(), bars["low"].min())
    assert (joined["open"].iloc[0], joined["close"].iloc[-1]) == (bars["open"].iloc[0], bars["close"].iloc[-1])


def test_plot_ladder_colours_orders_by_side_and_leaves_the_empty_level_out():
    """Buys below, sells above, nothing at the level that stays empty."""
    drawn = traces(plot_ladder(ladder(SPEC, AAA, 107)))

    assert {price for price in drawn["buys"].y if price is not None} == {95.0, 100.0, 105.0}
    assert {price for price in drawn["sells"].y if price is not None} == {115.0}
    assert drawn["buys"].line.color != drawn["sells"].line.color
    assert set(drawn["launch price"].y) == {107.0}


def test_plot_ladder_when_given_a_plan_draws_its_ladder():
    """A plan and its ladder are one figure."""
    plan = plan_grid(SPEC, AAA, 107)

    assert plot_ladder(plan) == plot_ladder(plan.ladder)


def test_plot_ladder_when_given_candles_draws_them_over_time():
    """With candles the lines span their time."""
    bars = candles(50)

    figure = plot_ladder(ladder(SPEC, AAA, 107), bars)

    assert len(traces(figure)["price"].x) == 50
    assert figure.layout.xaxis.title.text == "time [UTC]"
