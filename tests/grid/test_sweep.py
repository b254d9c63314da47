"""The sweep: how grids are handed in, what the table holds, and that nothing but the grids decides it."""

from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import CandleError, InputError, SpecError
from okxlab.grid import GridSpec, PathIndex, backtest, index_path, sweep
from okxlab.model import Instrument

BTC = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
MONEY = ["size", "grid_profit", "floating_profit", "fees", "quote_end", "base_end", "equity_end"]


@pytest.fixture(scope="module")
def walk(frame):
    """Give a walk of 4,000 candles around 100, on the tick."""
    random = np.random.default_rng(5)
    points = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.002, (4000, 4)).ravel())), 1).reshape(-1, 4)
    rows = np.column_stack((points[:, 0], points.max(axis=1), points.min(axis=1), points[:, 3]))
    return frame(rows, instrument=BTC)


def drawn(count, seed=3):
    """Give a frame of random grids around 100."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "low": np.round(random.uniform(70, 98, count), 1),
            "high": np.round(random.uniform(102, 140, count), 1),
            "grids": random.integers(2, 60, count),
            "spacing": random.choice(["arithmetic", "geometric"], count),
            "investment": np.round(random.uniform(100, 5000, count), 2),
        }
    )


def test_sweep_of_lists_is_their_product_in_order(walk):
    """Every combination is a row, and the last list changes fastest."""
    lists = {"low": [90, "92.5"], "high": [110], "grids": [5, 10], "spacing": ["geometric", "arithmetic"]}

    table = sweep(walk, **lists, investment=[500, Decimal(1000)])
    made = [
        GridSpec("BTC-USDT", low=low, high=high, grids=grids, spacing=spacing, investment=investment)
        for low, high, grids, spacing, investment in product(*lists.values(), [500, 1000])
    ]

    assert list(table.index) == list(range(16))
    assert table["equity_end"].tolist() == sweep(walk, specs=made)["equity_end"].tolist()
    assert table["spacing"].tolist() == [spec.spacing for spec in made]
    assert table["low"].tolist() == [float(spec.low) for spec in made]


def test_sweep_of_a_frame_and_of_specs_is_the_same(walk):
    """A frame of grids, the same as GridSpecs, and the same as Decimals in a frame give one table."""
    specs = drawn(50)
    rows = specs.to_dict("records")
    made = [GridSpec("BTC-USDT", **row) for row in rows]
    decimals = specs.assign(low=[spec.low for spec in made], investment=[spec.investment for spec in made])

    table = sweep(walk, specs=specs)

    pd.testing.assert_frame_equal(sweep(walk, specs=made), table)
    pd.testing.assert_frame_equal(sweep(walk, specs=decimals), table)
    assert table["sells"].min() > 0


def test_sweep_has_the_promised_columns_and_types(walk):
    """Counts are int64, money is float64 or, exact, Decimals whose nearest floats those are; no reason is missing."""
    table, exact = sweep(walk, specs=drawn(20)), sweep(walk, specs=drawn(20), exact=True)

    assert list(table.columns) == [
        *("low", "high", "grids", "spacing", "investment", "buys", "sells", "round_trips", "launch_units", "units_end"),
        *MONEY,
        "error",
    ]
    assert set(table[["grids", "buys", "sells", "round_trips", "launch_units", "units_end"]].dtypes) == {
        np.dtype("int64")
    }
    assert all(isinstance(value, Decimal) for name in MONEY for value in exact[name])
    assert [[float(value) for value in exact[name]] for name in MONEY] == [table[name].tolist() for name in MONEY]
    assert table["error"].isna().all()


REASONS = [
    ({"low": 100, "high": 90}, "low is 100 and high is 90"),
    ({"low": "90.05"}, "which is off the tick 0.1"),
    ({"low": -5}, "low is -5, which is not positive"),
    ({"low": float("nan")}, "which is not a number"),
    ({"high": "many"}, "which is not a number"),
    ({"grids": 1}, "at least 2 intervals"),
    ({"grids": 2.5}, "not a whole number"),
    ({"grids": 1001}, "500 orders"),
    ({"low": 100, "high": "100.3"}, "fall together"),
    ({"low": "100.0", "high": "101.0", "grids": 10, "spacing": "geometric"}, "fall together"),
    ({"spacing": "geometrical"}, "Did you mean 'geometric'?"),
    ({"investment": 0}, "not positive"),
    ({"investment": "0.001"}, "Invest at least"),
]


@pytest.mark.parametrize(("wrong", "says"), REASONS)
def test_sweep_when_a_grid_cannot_be_made_says_why_in_its_row(walk, wrong, says):
    """The other rows are counted; the row says what a backtest says, its counts are 0 and its money NaN."""
    good = {"low": 90, "high": 110, "grids": 10, "spacing": "arithmetic", "investment": 1000}

    table = sweep(walk, specs=pd.DataFrame([good, {**good, **wrong}, good], dtype=object))

    assert says in table["error"][1]
    assert table.loc[1, MONEY].isna().all()
    assert table.loc[1, ["buys", "sells", "units_end"]].sum() == 0
    assert table["sells"][0] == table["sells"][2] > 0
    with pytest.raises((SpecError, InputError)) as refused:
        backtest(GridSpec("BTC-USDT", **{**good, **wrong}), walk)
    assert str(refused.value) == table["error"][1]


def test_sweep_when_a_spec_is_more_than_a_plain_grid_says_so_in_its_row(walk):
    """A grid with a stop, and one of another instrument, are not counted as if they were plain."""
    good = {"low": 90, "high": 110, "grids": 10, "investment": 1000}
    specs = [GridSpec("BTC-USDT", **good, stop_loss=80), GridSpec("ETH-USDT", **good), GridSpec("BTC-USDT", **good)]

    errors = sweep(walk, specs=specs)["error"]

    assert "stop_loss" in errors[0]
    assert "ETH-USDT" in errors[1]
    assert errors.isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"low": None}, "needs low"),
        ({"fill": "volume"}, "fill is 'volume'"),
        ({"rank": "sharpe"}, "rank is 'sharpe'"),
        ({"top": 0}, "top is 0"),
        ({"top": 1.5}, "top is 1.5"),
        ({"top": True}, "top is True"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 1.5}, "threads is 1.5"),
        ({"exact": "x"}, "exact is 'x'"),
        ({"maker": 2}, "maker is 2"),
    ],
)
def test_sweep_when_it_cannot_be_made_at_all_is_refused(walk, wrong, says):
    """What is wrong with the whole sweep is an InputError, before anything is counted."""
    with pytest.raises(InputError, match=says.replace("[", r"\[")):
        sweep(walk, **{"low": 90, "high": 110, "grids": 10, "investment": 1000, **wrong})


GOOD = {"low": [90.0], "high": [110.0], "grids": [10], "investment": [1000.0]}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"specs": pd.DataFrame({"low": [1]})}, "lacks the column 'high'"),
        ({"specs": [{"low": 1}]}, r"specs\[0\] is a dict"),
        ({"specs": pd.DataFrame(GOOD), "low": 90, "grids": 10}, "low stands beside specs"),
        ({"specs": pd.DataFrame(GOOD), "spacing": "geometric"}, "spacing stands beside specs"),
        ({"specs": pd.DataFrame(GOOD), "spacing": np.array(["geometric", "arithmetic"])}, "spacing stands beside"),
        *(
            ({"specs": pd.DataFrame({**GOOD, name: [value]})}, f"has the column '{name}'.*backtest or walk_forward")
            for name, value in {"stop_loss": 80, "kind": "neutral", "leverage": 3, "symbol": "ETH-USDT"}.items()
        ),
    ],
)
def test_sweep_when_specs_say_less_or_more_than_it_counts_is_refused(walk, given, says):
    """A frame that lacks a column or has another field of a grid, and grids given twice, are named and not counted."""
    with pytest.raises(InputError, match=says):
        sweep(walk, **given)


def test_sweep_of_a_frame_that_lost_one_count_counts_the_others(walk):
    """A NaN makes the column of grids one of floats; that row says so, and the others are those of the whole frame."""
    specs = drawn(5)
    holed = specs.assign(grids=specs["grids"].where(specs.index != 2))

    table = sweep(walk, specs=holed)

    assert "grids is nan" in table["error"][2]
    pd.testing.assert_frame_equal(table.drop(2), sweep(walk, specs=specs).drop(2))
    assert len(sweep(walk, specs=holed, top=4)) == 4


def test_sweep_of_a_table_is_the_table_again(walk):
    """Columns that are no field of a grid are left aside, so that what a sweep gave can be swept."""
    table = sweep(walk, specs=drawn(5))

    pd.testing.assert_frame_equal(sweep(walk, specs=table), table)


def test_sweep_when_symbol_or_candles_do_not_fit_is_refused(walk):
    """Another symbol, no instrument, and candles out of order are refused as the backtest refuses them."""
    lists = {"low": 90, "high": 110, "grids": 10, "investment": 1000}

    with pytest.raises(SpecError, match="ETH-USDT"):
        sweep(walk, symbol="ETH/USDT", **lists)
    with pytest.raises(InputError, match="name no instrument"):
        sweep(pd.DataFrame(walk.to_numpy(), walk.index, walk.columns), **lists)
    with pytest.raises(CandleError, match="earlier"):
        sweep(walk[::-1], instrument=BTC, **lists)


def test_sweep_does_not_depend_on_threads_or_on_its_neighbours(walk):
    """70,000 grids on one thread and on three, in another order and a few of them alone, have the same rows."""
    specs = drawn(70_000)

    table = sweep(walk, specs=specs, threads=1)
    turned = sweep(walk, specs=specs[::-1], threads=3)[::-1].reset_index(drop=True)
    few = sweep(walk, specs=specs.iloc[[5, 69_999]])

    pd.testing.assert_frame_equal(turned, table)
    pd.testing.assert_frame_equal(few, table.iloc[[5, 69_999]].reset_index(drop=True))


def test_sweep_with_top_gives_the_best_rows_first(walk):
    """The best of 70,000 are those a sorted whole table begins with, under their own numbers."""
    specs = drawn(70_000)
    specs.loc[7, "low"] = 500.0

    best = sweep(walk, specs=specs, top=10, rank="grid_profit")
    whole = sweep(walk, specs=specs).sort_values("grid_profit", ascending=False, kind="stable")

    pd.testing.assert_frame_equal(best[whole.columns], whole.head(10))


def test_sweep_over_an_index_is_the_sweep_over_its_candles(walk):
    """An index built once, for a window of the candles, answers as they do; it takes little room and says of what."""
    window = walk.iloc[1000:3000]

    index = index_path(window)

    pd.testing.assert_frame_equal(sweep(index, specs=drawn(30)), sweep(window, specs=drawn(30)))
    assert isinstance(index, PathIndex)
    assert index.nbytes < 1_000_000
    assert "BTC-USDT" in repr(index)


def test_sweep_asks_an_index_for_no_more_than_the_grids_that_can_be_made(walk):
    """Grids off the tick and grids whose levels fall together need no narrow intervals of the index."""
    index = index_path(walk, narrowest=15)

    table = sweep(
        index, low=[90, "90.05", "109.8"], high=110, grids=10, spacing=["arithmetic", "geometric"], investment=1000
    )

    assert table["error"].isna().tolist() == [True, True, False, False, False, False]


def test_sweep_over_an_index_that_does_not_fit_is_refused(walk):
    """An index for wide intervals, for another fill model or another instrument does not answer."""
    lists = {"low": 90, "high": 110, "grids": 10, "investment": 1000}

    with pytest.raises(InputError, match="narrowest=20"):
        sweep(index_path(walk, narrowest=21), **lists)
    with pytest.raises(InputError, match="fill='touch'"):
        sweep(index_path(walk), fill="through", **lists)
    with pytest.raises(InputError, match="The index is of"):
        sweep(index_path(walk), instrument=Instrument("BTC-USDT", tick=1, lot=1, minimum=1), **lists)


CORNERS = {
    "a path far longer in ticks than 32 bits": ("0.00000001", 40_000, 10_000_000),
    "prices of seventeen digits": ("0.1", 100 / 3, 1000),
    "ten million on a year's turnover": ("0.1", 60_000, 10_000_000),
    "an investment of many digits": ("0.01", 250, "1234.567890123456789"),
}


@pytest.mark.parametrize(("tick", "middle", "investment"), CORNERS.values(), ids=CORNERS.keys())
@pytest.mark.parametrize("fill", ["touch", "through"])
def test_sweep_at_the_ends_of_its_numbers_is_the_backtest(frame, tick, middle, investment, fill):
    """Where whole numbers of 32, 64 or 128 bits end, the figures are still the backtest's."""
    random = np.random.default_rng(8)
    points = middle * np.exp(np.cumsum(random.normal(0, 0.01, (2000, 4)).ravel()) % 0.3).reshape(-1, 4)
    points = points if middle == 100 / 3 else np.round(points, 2)
    candles = frame(np.column_stack((points[:, 0], points.max(axis=1), points.min(axis=1), points[:, 3])))
    btc = Instrument("BTC-USDT", tick=tick, lot="0.00000001", minimum="0.00001")
    low, high = (btc.floor_price(Decimal(middle) * Decimal(part)) for part in ("1.01", "1.31"))
    rules = {"instrument": btc, "fill": fill}

    table = sweep(candles, low=low, high=high, grids=[7, 40], investment=investment, spacing="geometric", **rules)
    exact = sweep(
        candles, low=low, high=high, grids=[7, 40], investment=investment, spacing="geometric", exact=True, **rules
    )

    for row, grids in enumerate((7, 40)):
        spec = GridSpec("BTC-USDT", low=low, high=high, grids=grids, investment=investment, spacing="geometric")
        summary = backtest(spec, candles, **rules).summary
        assert {name: exact[name][row] for name in MONEY} == {name: summary[name] for name in MONEY}
        assert [table[name][row] for name in MONEY] == [float(summary[name]) for name in MONEY]
        assert table["sells"][row] == summary["sells"] > 100


def test_sweep_of_nothing_is_an_empty_table(walk):
    """No grids give no rows and all columns."""
    table = sweep(walk, specs=[])

    assert len(table) == 0
    assert "equity_end" in table.columns
