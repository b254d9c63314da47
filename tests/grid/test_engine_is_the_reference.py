"""The engine against its plain reference, fill by fill and figure by figure, on more than a thousand seeded games."""

import importlib.util
import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, backtest
from okxlab.grid.money import total
from okxlab.model import Instrument

START = pd.Timestamp("2024-01-01", tz="UTC")


@pytest.fixture(scope="module")
def plain():
    """Give the engine's plain reference as a module."""
    spec = importlib.util.spec_from_file_location("engine_reference", Path(__file__).with_name("engine_reference.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def walk(dice, first, width, tick, rows):
    """Give candles that walk around a range, on the tick and off it, with gaps, as rows of four Decimals."""
    here = first + dice.randint(-width // 4, width + width // 4)
    made = []
    for _ in range(rows):
        if dice.random() < 0.15:
            here += dice.randint(-width // 3, width // 3)
        here = max(2, here)
        reach = dice.choice([0, width // 8, width // 3, width])
        points = [here, *(max(1, here + dice.randint(-reach, reach)) for _ in range(3))]
        prices = [tick * point + (tick * dice.randint(0, 9) / 10 if dice.random() < 0.2 else 0) for point in points]
        open_, close = prices[0], prices[3]
        made.append((open_, max(prices), min(prices), close))
        here = points[3]
    return made


def game(dice, extras):
    """Give a grid, its instrument, candles, and the conditions it is played under."""
    tick = Decimal(dice.choice(["0.1", "0.25", "0.0001", "5"]))
    width = dice.randint(8, 60)
    first = dice.randint(width, 5_000)
    lot = dice.choice(["0.00000001", "0.001", "0.03"])
    spec = {
        "low": first * tick,
        "high": (first + width) * tick,
        "grids": dice.randint(2, 8),
        "investment": (first + width) * tick * dice.randint(1, 10**4),
        "spacing": dice.choice(["arithmetic", "geometric"]),
    }
    rows = walk(dice, first, width, tick, dice.randint(2, 22))
    rules = {
        "fill": dice.choice(["touch", "through"]),
        "path": "nearest",
        "participation": Decimal("0.1"),
        "queue": Decimal("0.5"),
        "latency": 0,
        "slippage": Decimal(0),
    }
    for extra in extras:
        extra(dice, spec, rules, tick, width)
    fees = {"maker": dice.choice(["0.0008", "0", "0.02", "-0.0001"]), "taker": dice.choice(["0.001", "0", "0.03"])}
    times = START + pd.to_timedelta(np.cumsum([dice.choice([1, 1, 1, 7]) for _ in rows]) * 3, unit="h")
    volumes = [
        dice.choice([0, 1, 7, 3000]) * dice.random() * float(spec["investment"] / spec["low"]) / 100 for _ in rows
    ]
    return spec, Instrument("AAA-USDT", tick=tick, lot=lot, minimum=lot), rows, times, volumes, fees, rules


def paths(dice, spec, rules, tick, width):
    """Candles go the better or the worse way."""
    rules["path"] = dice.choice(["optimistic", "pessimistic"])


def volume(dice, spec, rules, tick, width):
    """Orders share the volume."""
    rules["fill"] = "volume"
    rules["participation"] = Decimal(dice.choice(["1", "0.1", "0.37"]))
    rules["queue"] = Decimal(dice.choice(["0", "0.5", "1"]))


def late(dice, spec, rules, tick, width):
    """Orders come late and markets cost."""
    rules["latency"] = dice.choice([1, 2, timedelta(hours=2), timedelta(hours=5)])
    rules["slippage"] = Decimal(dice.choice(["0", "0.0005", "0.01"]))


def ends(dice, spec, rules, tick, width):
    """The grid waits for a price, and ends at prices or after a time."""
    low, high = spec.get("trailing_down", spec["low"]), spec["low"] + width * tick
    high = max(high, spec.get("trailing_up", high), spec.get("high", high))
    if dice.random() < 0.6:
        spec["stop_loss"] = low - min(dice.randint(1, 12) * tick, low - tick)
    if dice.random() < 0.6:
        spec["take_profit"] = high + dice.randint(1, 12) * tick
    if dice.random() < 0.4:
        spec["trigger"] = spec["low"] + dice.randint(0, width) * tick
    if dice.random() < 0.4:
        spec["time_limit"] = timedelta(hours=dice.randint(1, 60))


def trailing(dice, spec, rules, tick, width):
    """The range follows the price."""
    if dice.random() < 0.8:
        spec["trailing_up"] = spec["high"] + dice.randint(1, 3 * width) * tick
    if dice.random() < 0.6:
        spec["trailing_down"] = max(spec["low"] - dice.randint(1, 2 * width) * tick, tick)


def infinity(dice, spec, rules, tick, width):
    """The grid has no upper end."""
    for name in ("high", "grids", "spacing"):
        del spec[name]
    spec["step"] = Decimal(dice.choice(["0.01", "0.004", "0.025"]))
    if dice.random() < 0.4:
        spec["reinvest"] = True


def reinvest(dice, spec, rules, tick, width):
    """Profit enlarges the unit."""
    spec["reinvest"] = True


def profiles(dice, spec, rules, tick, width):
    """Intervals trade sizes of their own, and base currency is put in beside the quote."""
    names = ["equal_quote", "mountain", "valley", "slope_up", "slope_down"]
    spec["sizes"] = dice.choice([*names, [dice.randint(1, 9) for _ in range(spec["grids"])]])
    if dice.random() < 0.6:
        spec["base"] = spec["investment"] / spec["low"] * dice.randint(1, 3000) // 1 / 1000


KINDS = {
    "nothing": [],
    "paths": [paths],
    "volume": [volume],
    "late": [late],
    "ends": [ends],
    "trailing": [trailing],
    "reinvest": [reinvest],
    "profiles": [profiles, late],
    "trailing, ends, paths": [trailing, ends, paths],
    "infinity": [infinity],
    "infinity, ends": [infinity, ends, paths],
    "infinity, volume, late": [volume, late, infinity],
    "volume and ends": [volume, ends, late],
    "trailing and paths": [trailing, paths],
    "volume, trailing, reinvest": [volume, trailing, reinvest],
    "everything": [volume, paths, late, trailing, reinvest, profiles],
    "ends, paths, late": [ends, paths, late, reinvest],
}


def run(plain, dice, extras):
    """Play one game twice and give both sides, or nothing when no such grid can be made."""
    spec, instrument, rows, times, volumes, fees, rules = game(dice, extras)
    candles = pd.DataFrame(
        [[float(price) for price in row] for row in rows], columns=["open", "high", "low", "close"], index=times
    ).assign(volume=volumes)
    try:
        made = GridSpec.infinity if "step" in spec else GridSpec
        result = backtest(made("AAA-USDT", **spec), candles, instrument=instrument, **fees, **rules)
    except SpecError:
        return None
    exact_volumes = [Fraction(repr(volume)) for volume in volumes]
    return result, plain.play(result.ladder, rows, list(times), exact_volumes, **rules)


def same(result, game):
    """Compare fills, events, figures and attribution."""
    figures, parts = game.summary()
    columns = ["candle", "side", "level", "price", "size", "pair", "whole"]
    assert list(result.fills[columns].itertuples(index=False, name=None)) == game.fills
    events = result.events[["candle", "event", "price"]].itertuples(index=False, name=None)
    assert list(events) == game.events
    assert {name: Fraction(result.summary[name]) for name in figures} == figures
    assert {name: Fraction(value) for name, value in result.attribution.items()} == parts
    worth = [float(quote + base * row[3]) for (quote, base), row in zip(game.curve, game.rows, strict=True)]
    assert np.allclose(result.equity, worth, rtol=1e-9)
    assert np.allclose(result.inventory, [float(base) for _, base in game.curve], rtol=1e-9, atol=1e-9)
    assert total(list(result.intervals["grid_profit"])) == result.summary["grid_profit"]


@pytest.mark.parametrize("kind", KINDS)
def test_engine_is_the_plain_reference(plain, kind):
    """Every fill, event, figure and part of the money are those of the slow, obvious program."""
    assert play(plain, kind, 0, 100) > 200


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_engine_is_the_plain_reference_in_many_games(plain, kind):
    """The same, in a thousand other games of each kind."""
    assert play(plain, kind, 1, 1000) > 2000


def play(plain, kind, seed, games):
    """Play so many games that can be made, compare each, and give the number of fills."""
    dice, played, filled = random.Random(f"engine {kind} {seed}"), 0, 0  # noqa: S311  games, not keys
    while played < games:
        both = run(plain, dice, KINDS[kind])
        if both:
            same(*both)
            played += 1
            filled += len(both[1].fills)
    return filled
