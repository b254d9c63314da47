"""The audit of a grid, where it was chosen and where it was not."""

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.grid import GridSpec, audit_grid, backtest, band
from okxlab.grid.contract import backtest_contract
from okxlab.model import Instrument

LOT = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
SWAP = Instrument("AAA-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.01")
SPEC = GridSpec("AAA-USDT", low=100, high=120, grids=10, investment=10_000)
SEEN = ("2024-01-01 10:00", "2024-01-01 20:00")


@pytest.fixture
def candles(frame):
    """Give 1,800 minutes of a walk between 100 and 120."""
    random = np.random.default_rng(9)
    points = (np.cumsum(random.normal(0, 0.2, (1800, 6)).ravel()) % 40).reshape(-1, 6)
    points = np.round(100 + np.where(points > 20, 40 - points, points), 1)
    return frame(np.column_stack([points[:, 0], points.max(1), points.min(1), points[:, -1]]))


def test_each_stretch_is_a_backtest_and_a_band_of_its_own(candles):
    """Before, in and after what was seen, the grid starts anew: figures are those of the candles cut by hand."""
    audit = audit_grid(SPEC, candles, seen=SEEN, instrument=LOT, maker="0.001", paths=50, seed=4)

    assert list(audit.stretches) == ["before", "seen", "after"]
    for name, part in (("before", candles[:600]), ("seen", candles[600:1200]), ("after", candles[1200:])):
        row = audit.summary.loc[name]
        plain = backtest(SPEC, part, instrument=LOT, maker="0.001").summary
        ends = band(SPEC, part, instrument=LOT, maker="0.001", paths=50, seed=4).ends["equity_end"]
        assert row["gain"] == float(plain["equity_end"] / 10_000) - 1
        assert [row[f"{end}_gain"] for end in ends.index] == [float(end / 10_000) - 1 for end in ends]
        assert row[["hold_gain", "half_gain"]].to_list() == [
            float(plain[f"{one}_end"] / 10_000) - 1 for one in ("hold", "half")
        ]
        assert row["grid_gain"] == float(plain["grid_profit"] / 10_000)
        assert row["annual_grid_gain"] == pytest.approx(row["grid_gain"] * 365 * 24 / 10)
        assert (row["start"], row["candles"], row["days"]) == (part.index[0], 600, pytest.approx(10 / 24))
        assert row["round_trips"] == plain["round_trips"]


def test_a_stretch_without_candles_is_left_out(candles):
    """What was seen to the end leaves nothing after it, and one candle before is a stretch."""
    audit = audit_grid(SPEC, candles, seen=("2024-01-01 00:01", "2024-03-01"), instrument=LOT, paths=5)

    assert audit.summary["candles"].to_dict() == {"before": 1, "seen": 1799}
    assert audit.summary.loc["before", "days"] == pytest.approx(1 / 1440)


def test_curves_end_where_the_summary_does(candles):
    """The curves to draw have a row a candle, begin anew on each stretch, and end with its gains."""
    audit = audit_grid(SPEC, candles, seen=SEEN, instrument=LOT, paths=20)

    assert audit.curves.index.equals(candles.index)
    last = audit.curves.groupby("stretch", observed=True).last()
    for curve, gain in (("grid", "gain"), *((name, f"{name}_gain") for name in ("low", "high", "hold", "half"))):
        assert last[curve].to_list() == pytest.approx(audit.summary[gain].to_list())


def test_a_contract_grid_is_audited_without_a_band(candles):
    """Its fees, funding and holding are those of its own backtest; the ends of a band are missing."""
    spec = GridSpec("AAA-USDT-SWAP", low=100, high=120, grids=10, investment=10_000, kind="short", leverage=3)
    paid = pd.Series(0.001, index=candles.index[::60])

    audit = audit_grid(spec, candles, seen=SEEN, instrument=SWAP, funding=paid)
    alone = backtest_contract(spec, candles[600:1200], instrument=SWAP, funding=paid).summary

    assert audit.summary.loc["seen", "gain"] == float(alone["equity_end"] / 10_000) - 1
    assert alone["funding"] != 0
    assert audit.summary[["low_gain", "likely_gain", "high_gain"]].isna().all(axis=None)
    assert "low" not in audit.curves.columns


def test_what_was_claimed_stands_beside_what_was_kept(candles):
    """A claim is shown in text, HTML and table; without one nothing is made up."""
    claimed = audit_grid(SPEC, candles, seen=SEEN, instrument=LOT, paths=5, claimed=1.5849)
    silent = audit_grid(SPEC, candles, seen=SEEN, instrument=LOT, paths=5)

    assert claimed.summary["claimed"].to_list() == [1.5849] * 3
    assert repr(claimed).endswith("claimed=158.49% a year)")
    assert "Claimed: 158.49% a year." in claimed._repr_html_()
    assert silent.summary["claimed"].isna().all()
    assert "laimed" not in silent._repr_html_() + repr(silent)


def test_an_audit_of_what_nobody_saw_is_refused(candles):
    """When no candle lies in what was seen, the error names both times."""
    with pytest.raises(InputError, match=r"2024-02-01.*these are from 2024-01-01T00:00:00"):
        audit_grid(SPEC, candles, seen=("2024-02-01", "2024-02-08"), instrument=LOT)


@pytest.mark.parametrize("more", [{"stop_loss": 90}, {"base": 20}, {"sizes": "mountain"}])
def test_a_grid_that_is_not_plain_is_played_without_a_band(candles, more):
    """It is its own backtest, gains are fractions of all that was put in, and the ends of a band are missing."""
    spec = GridSpec("AAA-USDT", low=100, high=120, grids=10, investment=10_000, **more)

    audit = audit_grid(spec, candles, seen=SEEN, instrument=LOT)
    alone = backtest(spec, candles[600:1200], instrument=LOT).summary

    money = 10_000 + spec.base * alone["launch_price"]
    assert audit.summary.loc["seen", "gain"] == float(alone["equity_end"] / money) - 1
    assert audit.summary["low_gain"].isna().all()


def test_a_backtest_that_costs_more_has_no_band(candles):
    """With slippage or fills limited by volume a band would be of another backtest, so there is none."""
    slipped = audit_grid(SPEC, candles, seen=SEEN, instrument=LOT, slippage="0.001")
    limited = audit_grid(SPEC, candles.assign(volume=1.0), seen=SEEN, instrument=LOT, fill="volume")

    assert slipped.summary["low_gain"].isna().all()
    assert limited.summary["low_gain"].isna().all()
    assert (limited.summary["round_trips"] < slipped.summary["round_trips"]).all()


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"fill": "volume"}, "fills whole"),
        ({"fill": "foo"}, "fill is 'foo'"),
        ({"slippage": "0.01"}, "no slippage"),
        ({"claimed": "50%"}, "claimed"),
    ],
)
def test_an_audit_of_a_contract_grid_refuses_what_it_cannot_play(candles, terms, says):
    """No condition is taken for another in silence."""
    spec = GridSpec("AAA-USDT-SWAP", low=100, high=120, grids=10, investment=10_000, kind="short", leverage=3)

    with pytest.raises(InputError, match=says):
        audit_grid(spec, candles, seen=SEEN, instrument=SWAP, **terms)
