"""Figures of the grid laboratory: every point is a figure of what was computed, and every cell knows its row."""

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, audit_grid, backtest, band, ladder, plan_contract, sweep, walk_forward
from okxlab.model import Instrument
from okxlab.plots import (
    plot_audit,
    plot_backtest,
    plot_band,
    plot_heat_map,
    plot_ladder,
    plot_levels,
    plot_parallel,
    plot_walk_forward,
)

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
SWAP = Instrument("AAA-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.01")
SPEC = GridSpec("AAA-USDT", low=95, high=115, grids=8, investment=1000)


def candles(rows, drift=0.0):
    """Give a zigzag of hours through the range, with wicks on both sides."""
    points = 105 + 9 * np.sin(np.arange(rows + 1) / 3) + drift * np.arange(rows + 1)
    opens, closes = points[:-1], points[1:]
    return pd.DataFrame(
        {
            "open": opens,
            "high": np.maximum(opens, closes) + 1,
            "low": np.minimum(opens, closes) - 1,
            "close": closes,
        },
        index=pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"),
    )


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def row_of(table, label):
    """Give the specification that a row of a sweep stands for."""
    row = table.loc[label]
    return GridSpec(
        "AAA-USDT", low=row.low, high=row.high, grids=row.grids, spacing=row.spacing, investment=row.investment
    )


@pytest.fixture(scope="module")
def table():
    """Give a sweep with two spacings a cell and grids that cannot be made."""
    lists = {"low": [90, 95, 120], "high": 115, "grids": [4, 8, 16], "spacing": ["arithmetic", "geometric"]}
    return sweep(candles(300), **lists, investment=1000, instrument=AAA, progress=False)


def test_plot_band_draws_the_equity_of_both_ends_and_of_holding():
    """Each curve is that of its course, and the title says where they end."""
    made = band(SPEC, candles(200), instrument=AAA, paths=50)

    figure = plot_band(made)
    drawn = traces(figure)

    assert drawn["lowest"].y[-1] == float(made.ends["equity_end"]["low"])
    assert drawn["highest"].y[-1] == float(made.ends["equity_end"]["high"])
    assert list(drawn["likely"].y) == made.likely.equity.tolist()
    assert list(drawn["hold"].y) == made.likely.benchmarks["hold"].tolist()
    assert f"{float(made.ends['equity_end']['high']):,.2f} USDT" in figure.layout.title.text
    assert made.plot() == figure


def test_plot_band_of_many_candles_stays_small_and_ends_exactly():
    """Curves are thinned and keep their last point."""
    made = band(SPEC, candles(12_000), instrument=AAA, paths=2)

    drawn = traces(plot_band(made))

    assert max(len(trace.x) for trace in drawn.values()) <= 5001
    assert drawn["lowest"].y[-1] == float(made.ends["equity_end"]["low"])


def test_plot_levels_counts_what_each_interval_did():
    """The bars add up to the backtest's fills and round trips, each at its interval's height."""
    result = backtest(SPEC, candles(200), instrument=AAA)

    drawn = traces(plot_levels(result))

    counts = result.fills.groupby("level").size()
    assert list(drawn["fills"].x) == [counts.get(level, 0) for level in range(8)]
    assert sum(drawn["round trips"].x) == result.summary["round_trips"]
    assert list(drawn["round trips"].y) == [96.25 + 2.5 * level for level in range(8)]
    assert {price for price in drawn["levels"].y if price is not None} == {95 + 2.5 * level for level in range(9)}


def test_plot_backtest_of_a_contract_grid_marks_what_ended_it():
    """A stop is a marker with its name, at its price; the liquidation price waits in the legend."""
    spec = GridSpec("AAA-USDT-SWAP", low=95, high=115, grids=8, investment=1000, kind="long", leverage=3, stop_loss=90)
    result = backtest(spec, candles(200, drift=-0.2), instrument=SWAP, maker=0, taker=0)

    figure = plot_backtest(result)
    drawn = traces(figure)

    assert list(drawn["events"].text) == ["launch", "stop loss"]
    assert drawn["events"].y[-1] == float(result.events["price"].iloc[-1])
    assert drawn["liquidation price"].visible == "legendonly"
    assert f"{float(result.summary['equity_end']) - 1000:+,.2f}" in figure.layout.title.text
    assert sum(traces(plot_levels(result))["round trips"].x) == result.summary["round_trips"]


def test_plot_ladder_of_sizes_of_their_own_names_their_span():
    """A pyramid is not said to be of one size."""
    spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1000, sizes=(1, 2, 3, 4))
    made = ladder(spec, AAA, 107)

    assert " to " in plot_ladder(made).layout.title.text
    assert " to " not in plot_ladder(ladder(SPEC, AAA, 107)).layout.title.text


def test_plot_ladder_of_a_contract_plan_draws_its_orders_and_where_it_is_liquidated():
    """Every order of the plan is a line of its side, and so is every price of ruin."""
    spec = GridSpec("AAA-USDT-SWAP", low=95, high=115, grids=8, investment=100, kind="neutral", leverage=20)
    plan = plan_contract(spec, SWAP, 105, maker="0.0002", taker="0.0005")

    drawn = traces(plot_ladder(plan, candles(50)))

    sides = {side: rows["price"].astype(float).tolist() for side, rows in plan.orders.groupby("side")}
    assert list(drawn["buys"].y[::3]) == sides["buy"]
    assert list(drawn["sells"].y[::3]) == sides["sell"]
    ruin = {float(price) for price in (plan.liquidation_low, plan.liquidation_high) if price is not None}
    assert ruin
    assert ruin <= set(drawn["liquidation"].y)


def test_plot_heat_map_cell_names_the_row_and_its_ledger_is_that_of_a_backtest(table):
    """From a cell to its row to a backtest: the same equity, to the last digit of a float."""
    heat = traces(plot_heat_map(table))["heat map"]

    for line, names in zip(heat.z, heat.customdata, strict=True):
        for value, (label, text) in zip(line, names, strict=True):
            if label is None:
                assert np.isnan(value)
                continue
            spec = row_of(table, label)
            assert float(backtest(spec, candles(300), instrument=AAA).summary["equity_end"]) == value
            assert text.startswith(f"{spec.grids} {spec.spacing} grids from {spec.low:.0f} to {spec.high:.0f}")


def test_plot_heat_map_shows_the_best_of_a_cell_and_leaves_what_cannot_be_made_empty(table):
    """Where two spacings share a cell the higher figure is drawn; a low above the high has none."""
    heat = traces(plot_heat_map(table))["heat map"]

    best = table.groupby(["low", "grids"])["equity_end"].max().unstack().to_numpy()
    assert (list(heat.x), list(heat.y)) == (["4", "8", "16"], ["90", "95", "120"])
    assert np.array_equal(np.array(heat.z), best, equal_nan=True)
    assert np.isnan(best[2]).all()


def test_plot_heat_map_marks_the_best_row_or_the_one_named(table):
    """The mark stands on its cell and tells row and grid; without a choice it is on the best."""
    best, named = traces(plot_heat_map(table))["chosen"], traces(plot_heat_map(table, chosen=7))["chosen"]

    assert best.customdata[0][0] == table["equity_end"].idxmax()
    assert named.customdata[0][0] == 7
    assert (named.x[0], named.y[0]) == (str(table["grids"][7]), f"{table['low'][7]:g}")


def test_plot_heat_map_of_other_columns_and_exact_money():
    """Names make an axis as well as numbers, and Decimals are drawn like floats."""
    lists = {"low": 95, "high": 115, "grids": [4, 8], "spacing": ["arithmetic", "geometric"], "investment": 1000}
    exact = sweep(candles(100), **lists, instrument=AAA, exact=True, progress=False)

    heat = traces(plot_heat_map(exact, x="spacing", y="grids", value="grid_profit"))["heat map"]

    assert (list(heat.x), list(heat.y)) == (["arithmetic", "geometric"], ["4", "8"])
    assert np.max(heat.z) == float(exact["grid_profit"].max())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x": "width"}, "no column 'width'"),
        ({"value": "spacing"}, "no figure of a sweep"),
        ({"chosen": 99}, "no row 99"),
        ({"chosen": 12}, "could not be made"),
    ],
)
def test_plot_heat_map_refuses_what_it_cannot_show(table, change, says):
    """What is wrong is named."""
    with pytest.raises(InputError, match=says):
        plot_heat_map(table, **change)


def test_plot_heat_map_refuses_more_cells_than_can_be_seen(table):
    """A million cells are an error with the way out, not a browser that stands still."""
    many = pd.DataFrame({"low": np.arange(300.0), "grids": np.arange(300), "high": 1e3, "spacing": "arithmetic"})

    with pytest.raises(InputError, match="too many cells"):
        plot_heat_map(many.assign(investment=1.0, equity_end=1.0))


def test_plot_parallel_draws_every_grid_that_could_be_made(table):
    """One line a grid, its values on each axis, coloured by the figure."""
    made = table[table["error"].isna()].sort_values("equity_end", kind="stable")

    (lines,) = plot_parallel(table).data

    axes = {axis.label: axis for axis in lines.dimensions}
    assert list(axes) == [
        "low",
        "grids",
        "spacing",
        "round_trips",
        "grid_profit",
        "floating_profit",
        "fees",
        "equity_end",
    ]
    assert list(axes["grids"].values) == made["grids"].tolist()
    assert [axes["spacing"].ticktext[int(code)] for code in axes["spacing"].values] == made["spacing"].tolist()
    assert list(lines.line.color) == made["equity_end"].tolist()


def test_plot_parallel_of_many_grids_says_what_it_left_out():
    """The best is always among the lines."""
    many = pd.DataFrame({"grids": np.arange(12_000), "equity_end": np.arange(12_000) * 1.5})

    figure = plot_parallel(many, ["grids", "equity_end"])

    assert len(figure.data[0].line.color) <= 5001
    assert max(figure.data[0].line.color) == 11_999 * 1.5
    assert f"{len(figure.data[0].line.color):,} of them drawn" in figure.layout.title.text


def test_plot_walk_forward_sets_the_winner_beside_holding():
    """Each window's figures stand at the beginning of its test, gains in per cent."""
    tried = {"below": [5, 10], "above": 10, "grids": [4, 8], "investment": 1_000}
    walked = walk_forward(candles(240), tried, train="4d", test="2d", instrument=AAA, progress=False)

    figure = plot_walk_forward(walked)
    drawn = traces(figure)

    assert list(drawn["in sample"].y) == walked["in_sample"].tolist()
    assert list(drawn["out of sample"].y) == walked["out_of_sample"].tolist()
    assert list(drawn["hold"].y) == (100 * walked["hold_gain"]).tolist()
    assert list(drawn["the winner"].text) == [f"place {place} of 4" for place in walked["place"]]
    assert figure.layout.title.text.startswith(f"{len(walked)} windows")
    with pytest.raises(InputError, match="no column 'test_start'"):
        plot_walk_forward(walked.drop(columns="test_start"))


def test_plot_audit_draws_each_stretch_from_its_launch_and_shades_what_was_seen():
    """Gains in per cent of every stretch, the band of each, and one shaded stretch with its name."""
    bars = candles(300)
    seen = bars.index[100], bars.index[200]
    audit = audit_grid(SPEC, bars, seen=seen, claimed=0.4, instrument=AAA, paths=20)

    figure = plot_audit(audit)

    grids = [trace for trace in figure.data if trace.name == "grid"]
    assert [len(trace.x) for trace in grids] == [100, 100, 100]
    assert [trace.y[-1] / 100 for trace in grids] == pytest.approx(audit.summary["gain"].tolist())
    assert [trace.y[-1] / 100 for trace in figure.data if trace.name == "lowest"] == pytest.approx(
        audit.summary["low_gain"].tolist()
    )
    assert [trace.showlegend for trace in grids] == [True, False, False]
    (shade,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (pd.Timestamp(shade.x0), pd.Timestamp(shade.x1)) == (bars.index[100], bars.index[199])
    assert figure.layout.title.text.endswith("; claimed +40.00 % a year")
    assert audit.plot() == figure


def test_plot_audit_of_a_contract_grid_has_no_band():
    """What has no band is drawn without one."""
    spec = GridSpec("AAA-USDT-SWAP", low=95, high=115, grids=8, investment=1000, kind="long", leverage=2)
    bars = candles(100)
    audit = audit_grid(spec, bars, seen=(bars.index[0], bars.index[50]), instrument=SWAP, maker=0, taker=0)

    names = {trace.name for trace in plot_audit(audit).data}

    assert names == {"grid", "hold", "half"}


def test_plot_backtest_of_partial_fills_draws_each_part_hollow():
    """Under fill="volume" an order that fills in parts has a marker a part."""
    bars = candles(200).assign(volume=0.8)
    result = backtest(SPEC, bars, instrument=AAA, fill="volume")
    parts = result.fills[~result.fills["whole"]]

    drawn = traces(plot_backtest(result))

    symbols = [*drawn["buys"].marker.symbol, *drawn["sells"].marker.symbol]
    assert len(parts) > 0
    assert sum(symbol.endswith("-open") for symbol in symbols) == len(parts)


def test_plot_backtest_of_a_range_that_follows_draws_its_ends():
    """A trailing grid has no one set of levels: its lowest and highest are lines over time."""
    spec = GridSpec("AAA-USDT", low=95, high=115, grids=8, investment=1000, trailing_up=150)
    result = backtest(spec, candles(200, drift=0.1), instrument=AAA)

    drawn = traces(plot_backtest(result))

    assert drawn["highest level"].y[-1] > drawn["highest level"].y[0] == 115
    assert "levels" not in drawn
    assert len(traces(plot_levels(result))["fills"].x) == len(result.intervals)


def test_figures_of_an_infinity_grid_end_where_its_levels_end():
    """Without an upper bound the levels that there are stand in the figures, and no line at infinity."""
    spec = GridSpec.infinity("AAA-USDT", low=95, step="0.02", investment=1000)
    result = backtest(spec, candles(200), instrument=AAA)

    drawn, counted = traces(plot_backtest(result)), traces(plot_levels(result))

    levels = [float(price) for price in result.ladder.levels]
    assert list(drawn["levels"].y[::3]) == levels
    assert sum(counted["round trips"].x) == result.summary["round_trips"]
    assert np.isfinite([price for price in counted["levels"].y if price is not None]).all()
