"""Choosing on the past and judging on what came after, against backtests made one by one."""

from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError, SpecError
from okxlab.grid import GridSpec, backtest, walk_forward, windows
from okxlab.model import exact

TRIED = {
    "below": [3, "7.5"],
    "above": [4, 12],
    "grids": [5, 30],
    "spacing": ["arithmetic", "geometric"],
    "investment": 1000,
}
CUT = {"train": "6d", "test": "3d"}


def around(candles, coin, shape):
    """Make a grid around the first open by the rule told a second time: outwards onto the tick."""
    below, above, grids, spacing = shape
    price, tick = Fraction(exact(float(candles["open"].iloc[0]))), Fraction(coin.tick)
    low = floor(price * (100 - Fraction(exact(below))) / 100 / tick) * coin.tick
    high = ceil(price * (100 + Fraction(exact(above))) / 100 / tick) * coin.tick
    return GridSpec("AAA-USDT", low=low, high=high, grids=grids, spacing=spacing, investment=1000)


def specs(candles, coin):
    """Give every combination of the lists, the last one fastest."""
    shapes = product(*(TRIED[name] for name in ("below", "above", "grids", "spacing")))
    return [around(candles, coin, shape) for shape in shapes]


def equities(candles, coin, **terms):
    return [float(backtest(spec, candles, **terms).summary["equity_end"]) for spec in specs(candles, coin)]


def test_walk_forward_is_what_backtests_one_by_one_say(hours, coin):
    """In each window winner, figures, gain, place and median are those of plain backtests, fees and fill rule too."""
    terms = {"maker": "0.0005", "taker": "0.002", "fill": "through"}

    table = walk_forward(hours, TRIED, **CUT, **terms, progress=False)

    cut = windows(hours, **CUT)
    assert len(table) == len(cut) == 4
    for window, row in zip(cut, table.itertuples(), strict=True):
        train, test = (equities(part(hours), coin, **terms) for part in (window.train, window.test))
        best = train.index(max(train))
        assert (row.train_start, row.train_end) == (window.train_start, window.train_end)
        assert (row.test_start, row.test_end) == (window.test_start, window.test_end)
        assert (row.trial, row.trials) == (best, 16)
        assert row.spec == specs(window.test(hours), coin)[best]
        assert (row.in_sample, row.out_of_sample) == (train[best], test[best])
        assert row.gain == pytest.approx(test[best] / 1000 - 1)
        assert row.place == 1 + sum(one > test[best] for one in test)
        assert row.median_gain == pytest.approx(np.median(test) / 1000 - 1)


def test_walk_forward_sets_holding_beside_it(hours, coin):
    """Hold and half are those a backtest over the test puts beside its grid."""
    table = walk_forward(hours, TRIED, **CUT, progress=False)

    for window, row in zip(windows(hours, **CUT), table.itertuples(), strict=True):
        beside = backtest(row.spec, window.test(hours)).summary
        assert row.hold_gain == pytest.approx(float(beside["hold_end"] / 1000 - 1))
        assert row.half_gain == pytest.approx(float(beside["half_end"] / 1000 - 1))


def test_walk_forward_follows_the_grid_at_a_quantile(hours, coin):
    """At quantile 0 the worst in sample is followed beside the best, at 1 the best once more."""
    worst, best = (walk_forward(hours, TRIED, **CUT, quantile=share, progress=False) for share in (0, 1))

    for window, row in zip(windows(hours, **CUT), worst.itertuples(), strict=True):
        train, test = (equities(part(hours), coin) for part in (window.train, window.test))
        assert row.other_in_sample == min(train)
        assert row.other_out_of_sample == test[row.other_trial]
        assert row.other_place == 1 + sum(one > test[row.other_trial] for one in test)
    assert best["other_in_sample"].tolist() == best["in_sample"].tolist()


def test_walk_forward_by_another_figure_chooses_by_it(hours, coin):
    """rank= names the figure: here the most round trips."""
    table = walk_forward(hours, TRIED, **CUT, rank="round_trips", progress=False)

    for window, row in zip(windows(hours, **CUT), table.itertuples(), strict=True):
        trips = [
            backtest(spec, window.train(hours)).summary["round_trips"] for spec in specs(window.train(hours), coin)
        ]
        assert (row.trial, row.in_sample) == (trips.index(max(trips)), max(trips))


def test_walk_forward_never_looks_at_the_test(hours):
    """Whatever the prices of a test become, what was chosen for it stays."""
    (window,) = windows(hours, train="12d", test="8d")
    other = hours.copy()
    other.loc[window.test_start :, ["open", "high", "low", "close"]] *= 2.5

    one, two = (walk_forward(candles, TRIED, train="12d", test="8d", progress=False) for candles in (hours, other))

    assert one["trial"].tolist() == two["trial"].tolist()
    assert one["in_sample"].tolist() == two["in_sample"].tolist()
    assert one["out_of_sample"].tolist() != two["out_of_sample"].tolist()


def test_walk_forward_of_absolute_ranges_keeps_them(hours):
    """Lists with low and high are prices, the same in every window; a table says the same as its lists."""
    lists = {"low": [80, 90], "high": 120, "grids": [10, 20], "investment": 1000}
    frame = pd.DataFrame({"low": [80, 80, 90, 90], "high": 120, "grids": [10, 20, 10, 20], "investment": 1000})
    listed = [GridSpec("AAA-USDT", **row) for row in frame.to_dict("records")]

    tables = [walk_forward(hours, grids, **CUT, progress=False) for grids in (lists, frame, listed)]

    assert {spec.low for spec in tables[0]["spec"]} <= {Decimal(80), Decimal(90)}
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


def test_walk_forward_when_the_winner_cannot_be_launched_in_a_test_says_so(hours):
    """A price that rose a thousandfold leaves the winner's orders below the minimum: no figure, no place, no excuse."""
    (window,) = windows(hours, train="12d", test="8d")
    risen = hours.copy()
    risen.loc[window.test_start :, ["open", "high", "low", "close"]] *= 100_000
    lists = {"below": 10, "above": 10, "grids": 50, "investment": [100, 1_000_000]}

    table = walk_forward(risen, lists, train="12d", test="8d", rank="round_trips", progress=False)

    (row,) = table.itertuples()
    assert (row.trial, row.trials) == (0, 1)
    assert row.place is pd.NA
    assert np.isnan([row.out_of_sample, row.gain, row.hold_gain]).all()


def test_walk_forward_when_no_grid_can_be_launched_refuses(hours):
    """Nothing to choose from is an error that names the window."""
    with pytest.raises(InputError, match="No grid can be launched on 2024-01-01"):
        walk_forward(hours, {"below": 5, "above": 5, "grids": 900, "investment": 1}, **CUT, progress=False)


@pytest.mark.parametrize(
    ("grids", "options", "says"),
    [
        ({"below": 5, "above": 5, "grids": 5}, {}, "no 'investment'"),
        ({"below": 5, "high": 5, "grids": 5, "investment": 1000}, {}, "no 'above'"),
        ({"low": 5, "high": 9, "grids": 5, "investment": 1000, "leverage": 2}, {}, "'leverage' too"),
        ({"below": [], "above": 5, "grids": 5, "investment": 1000}, {}, "no grid to try"),
        ({"below": "wide", "above": 5, "grids": 5, "investment": 1000}, {}, "below is 'wide'"),
        (["BTC"], {}, "a str"),
        (TRIED, {"rank": "luck"}, "rank is 'luck'"),
        (TRIED, {"rank": "error"}, "rank is 'error'"),
        (TRIED, {"quantile": 1.5}, "quantile is 1.5"),
        (TRIED, {"train": "30d"}, "reach over 20 days"),
    ],
)
def test_walk_forward_when_it_cannot_be_done_says_why(hours, grids, options, says):
    """What cannot be tried or ranked is refused with its name."""
    with pytest.raises(InputError, match=says):
        walk_forward(hours, grids, **(CUT | options), progress=False)


def test_walk_forward_of_one_impossible_range_leaves_it_out(hours, coin):
    """A range below zero is no grid: it is not chosen, and counts as no trial."""
    table = walk_forward(
        hours, {"below": [120, 10], "above": 10, "grids": 5, "investment": 1000}, **CUT, progress=False
    )

    assert (table["trial"] == 1).all()
    assert (table["trials"] == 1).all()
    with pytest.raises(SpecError, match="not positive"):
        around(hours, coin, (120, 10, 5, "arithmetic"))


def test_walk_forward_plays_grids_that_cannot_be_counted(hours):
    """Grids with a stop or with base put in are backtested one by one; gain is over all that was put in."""
    ranges = {"low": 92, "high": 108, "grids": 10}
    tried = [
        GridSpec("AAA-USDT", **ranges, investment=1000, stop_loss=90),
        GridSpec("AAA-USDT", **ranges, investment=500, base=5),
    ]

    table = walk_forward(hours, tried, **CUT, rank="round_trips", quantile=0, progress=False)

    for window, row in zip(windows(hours, **CUT), table.itertuples(), strict=True):
        trips = [backtest(spec, window.train(hours)).summary["round_trips"] for spec in tried]
        assert (row.trial, row.in_sample) == (trips.index(max(trips)), max(trips))
        test = window.test(hours)
        put_in = row.spec.investment + row.spec.base * exact(float(test["open"].iloc[0]))
        summary = backtest(row.spec, test).summary
        assert row.gain == pytest.approx(float(summary["equity_end"] / put_in - 1))
        assert row.hold_gain == pytest.approx(float(summary["hold_end"] / put_in - 1))


@pytest.mark.parametrize(
    ("rank", "says"),
    [("equity_end", "the largest would win"), ("low", "no figure to choose by"), ("fees", "no figure to choose by")],
)
def test_walk_forward_of_different_investments_is_not_won_by_the_largest(hours, rank, says):
    """Money of a larger investment is no better grid: it is refused, as a parameter is, and the gain decides."""
    tried = TRIED | {"investment": [1000, 9000]}
    with pytest.raises(InputError, match=says):
        walk_forward(hours, tried, **CUT, rank=rank, progress=False)

    chosen = walk_forward(hours, tried, **CUT, rank="gain", progress=False)

    alone = walk_forward(hours, TRIED | {"investment": 9000}, **CUT, rank="gain", progress=False)
    assert (chosen["in_sample"] >= alone["in_sample"]).all()
    assert chosen["in_sample"].between(-1, 1).all()
