"""Many bands at once, and the grids of a table in the order of their low ends."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, backtest, band, band_many, index_path, rank_by_band, sweep
from okxlab.model import Instrument

LOT = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
ENDS = ["band_low", "band_likely", "band_high"]


@pytest.fixture
def candles(frame):
    """Give 3,000 candles of a walk around 110."""
    random = np.random.default_rng(4)
    points = 100 + (np.cumsum(random.normal(0, 0.3, (3000, 8)).ravel()) % 40).reshape(-1, 8)
    points = np.round(np.where(points > 120, 240 - points, points), 1)
    return frame(np.column_stack([points[:, 0], points.max(1), points.min(1), points[:, -1]]))


@pytest.fixture
def specs():
    """Give 48 grids, fine and coarse, wide and narrow."""
    return [
        GridSpec("AAA-USDT", low=low, high=high, grids=grids, investment=100_000, spacing=spacing)
        for low in (100, 104)
        for high in (112, 118, 121)
        for grids in (4, 10, 25, 60)
        for spacing in ("arithmetic", "geometric")
    ]


def swept(specs, candles, *, exact=False):
    """Make the table a sweep gives of some grids, with one that cannot be made in the middle."""
    rows = []
    for spec in specs:
        end = backtest(spec, candles, instrument=LOT).account.figures["equity_end"]
        given = {name: getattr(spec, name) for name in ("low", "high", "grids", "spacing", "investment")}
        rows.append(given | {"equity_end": end if exact else float(end), "error": None})
    rows.insert(5, rows[5] | {"low": Decimal(500), "equity_end": None, "error": "low is 500 and high is 112."})
    table = pd.DataFrame(rows)
    return table if exact else table.astype({"low": float, "high": float, "investment": float, "equity_end": float})


def test_many_bands_are_the_bands_of_each(candles, specs):
    """Each row holds the ends of its grid's own band, exact or as the nearest floats, on any number of threads."""
    table = band_many(specs, candles, instrument=LOT, paths=40, seed=3, exact=True, threads=3)
    floats = band_many(specs, candles, instrument=LOT, paths=40, seed=3, threads=1)

    for row, spec in enumerate(specs):
        ends = band(spec, candles, instrument=LOT, paths=40, seed=3).ends["equity_end"].to_list()
        assert table.loc[row, ENDS].to_list() == ends
        assert floats.loc[row, ENDS].to_list() == [float(end) for end in ends]
    assert floats["error"].isna().all()


def test_a_grid_that_cannot_be_made_is_a_row_with_its_reason(candles, specs):
    """The others keep their places beside a grid whose money is too little."""
    poor = GridSpec("AAA-USDT", low=100, high=120, grids=10, investment="0.01")

    table = band_many([specs[0], poor, specs[1]], candles, instrument=LOT, paths=5)

    assert table[ENDS].notna().all(axis=1).to_list() == [True, False, True]
    assert "Invest at least" in table["error"][1]


@pytest.mark.parametrize("exact", [False, True])
def test_the_order_is_that_of_the_low_ends(candles, specs, exact):
    """All grids stand in the order of their low ends, under their old numbers, and what cannot be made comes last."""
    table = swept(specs, candles, exact=exact)

    ranked = rank_by_band(table, candles, instrument=LOT, paths=20)

    lows = {
        row: band(spec, candles, instrument=LOT, paths=1).ends["equity_end"]["low"] for row, spec in enumerate(specs)
    }
    numbers = [row if row < 5 else row + 1 for row in sorted(lows, key=lambda row: -lows[row])]
    assert ranked.index[-1] == 5
    assert ranked["band_low"].iloc[:-1].to_list() == [
        low if exact else float(low) for low in sorted(lows.values(), reverse=True)
    ]
    assert set(ranked.index[:10]) == set(numbers[:10])
    assert numbers != table["equity_end"].drop(5).astype(float).sort_values(ascending=False).index.to_list()
    assert pd.isna(ranked.loc[5, "band_low"])


@pytest.mark.parametrize("top", [1, 7, 100])
def test_the_top_is_the_top_of_the_whole_table(candles, specs, top):
    """Where only the best are wanted they are those that all bands would have given, without what cannot be made."""
    table = swept(specs, candles)

    whole = rank_by_band(table, candles, instrument=LOT, paths=20)
    best = rank_by_band(table, candles, instrument=LOT, paths=20, top=top, threads=1)

    pd.testing.assert_frame_equal(best, whole.iloc[: min(top, 48)])


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"taker": "0.01"}, "Give the candles, fees and fill model of the sweep"),
        ({"fill": "through"}, "Give the candles, fees and fill model of the sweep"),
        ({"top": 0}, "top is 0"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_a_table_of_other_terms_is_refused(candles, specs, terms, says):
    """A table that was not made on these terms, and numbers that mean nothing, are refused."""
    table = swept(specs, candles)

    with pytest.raises(InputError, match=says):
        rank_by_band(table, candles, **({"instrument": LOT} | terms))


def test_a_table_without_a_column_is_refused(candles, specs):
    """A table that is no sweep's is refused by the first column it lacks."""
    with pytest.raises(InputError, match="no column 'spacing'"):
        rank_by_band(swept(specs, candles).drop(columns="spacing"), candles, instrument=LOT)


@pytest.mark.parametrize("exact", [False, True])
def test_a_sweep_ranked_by_low_ends_keeps_the_surest(candles, exact):
    """Its rows are those that ranking the whole table puts first, from candles and from their index, and played."""
    lists = {"low": [99, 100, 104], "high": [101, 112, 118], "grids": [4, 10, 25, 60], "investment": 100_000}
    table = sweep(candles, **lists, instrument=LOT, exact=exact)
    index = index_path(candles, instrument=LOT, narrowest=1)

    whole = rank_by_band(table, candles, instrument=LOT)
    best = sweep(candles, **lists, instrument=LOT, exact=exact, rank="band_low", top=6)

    pd.testing.assert_frame_equal(best[whole.columns], whole.head(6))
    pd.testing.assert_frame_equal(sweep(index, **lists, exact=exact, rank="band_low", top=6), best)
    assert best["max_drawdown"].notna().all()


def test_a_sweep_ranked_by_low_ends_needs_a_number(candles):
    """Without ``top`` every grid would get a band: the error names what does that."""
    with pytest.raises(InputError, match="hand the table to rank_by_band"):
        sweep(candles, low=100, high=120, grids=10, investment=1_000, instrument=LOT, rank="band_low")
