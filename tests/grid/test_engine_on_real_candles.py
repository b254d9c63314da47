"""The engine on recorded candles: the walk where nothing is asked of it, else its plain reference."""

import importlib.util
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from okxlab.grid import GridSpec, backtest
from okxlab.model import Instrument

BTC = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")


@pytest.fixture(scope="module")
def recorded(shared):
    """Give a function that reads a candle file once, indexed by time."""
    kept = {}

    def read(name):
        if name not in kept:
            bars = pd.read_parquet(shared / "data" / name)
            bars = bars.set_index(pd.to_datetime(bars.pop("ts"), unit="ms", utc=True))
            kept[name] = bars[~bars.index.duplicated()].sort_index()
        return kept[name]

    return read


@pytest.fixture(scope="module")
def plain():
    """Give the engine's plain reference as a module."""
    spec = importlib.util.spec_from_file_location("engine_reference", Path(__file__).with_name("engine_reference.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("fill", ["touch", "through"])
def test_engine_is_the_walk_over_years_of_hours(recorded, fill):
    """Grids drawn around the price of seven years give the same fills and figures from the engine as from the walk."""
    bars = recorded("BTC-USDT_1h_binance_20170817_20240421.parquet")
    dice = np.random.default_rng(17)
    filled = 0
    for _ in range(6):
        centre = float(bars["close"].iloc[dice.integers(len(bars))])
        terms = {"low": round(centre * 0.8), "high": round(centre * 1.25), "grids": int(dice.integers(10, 120))}
        terms |= {"investment": 100_000, "spacing": str(dice.choice(["arithmetic", "geometric"]))}
        walked = backtest(GridSpec("BTC-USDT", **terms), bars, instrument=BTC, fill=fill)

        engine = backtest(
            GridSpec("BTC-USDT", **terms, stop_loss="0.1", take_profit=10**7), bars, instrument=BTC, fill=fill
        )

        assert engine.account.figures == walked.account.figures
        pd.testing.assert_frame_equal(engine.fills, walked.fills)
        filled += len(walked.fills)

    assert filled > 1000


CONDITIONS = {
    "pessimistic": ({}, {"path": "pessimistic"}),
    "optimistic, through": ({"sizes": "mountain"}, {"path": "optimistic", "fill": "through"}),
    "volume, late": ({"reinvest": True}, {"fill": "volume", "participation": Decimal("0.002"), "latency": 1}),
    "trailing": ({"trailing_up": 20_000, "trailing_down": 15_000}, {"slippage": Decimal("0.0005")}),
    "stopped": ({"stop_loss": 16_480, "trigger": 16_700, "time_limit": timedelta(hours=20)}, {"latency": 1}),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_engine_is_the_plain_reference_on_recorded_minutes(recorded, plain, name):
    """A day of recorded minutes under each condition, to the last fill and digit."""
    terms, given = CONDITIONS[name]
    bars = recorded("BTC-USDT_1m_binance_20220101_20240625.parquet").loc["2023-01-03"]
    rules = {"fill": "touch", "path": "nearest", "participation": Decimal("0.1"), "queue": Decimal("0.5")}
    rules |= {"latency": 0, "slippage": Decimal(0)} | given
    spec = GridSpec("BTC-USDT", **{"low": 16_500, "high": 16_900, "grids": 40, "investment": 50_000, **terms})

    result = backtest(spec, bars, instrument=BTC, **rules)
    rows = [
        tuple(Fraction(repr(price)) for price in row)
        for row in bars[["open", "high", "low", "close"]].to_numpy().tolist()
    ]
    volumes = [Fraction(repr(volume)) for volume in bars["volume"].tolist()]
    game = plain.play(result.ladder, rows, list(bars.index), volumes, **rules)

    assert len(game.fills) > 20
    figures, parts = game.summary()
    columns = ["candle", "side", "level", "price", "size", "pair", "whole"]
    assert list(result.fills[columns].itertuples(index=False, name=None)) == game.fills
    assert {name: Fraction(result.summary[name]) for name in figures} == figures
    assert {name: Fraction(value) for name, value in result.attribution.items()} == parts
