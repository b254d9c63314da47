"""Recorded figures: real candles and made corners, every one exact; and OKX's own printed figures."""

import json
from decimal import Decimal

import pandas as pd
import pytest

from okxlab.grid import GridSpec, backtest, ladder, levels, plan_grid, profit_rate
from okxlab.model import Instrument

SYMBOL = "AAA-USDT"


@pytest.fixture(scope="module")
def cases(shared):
    """Give the recorded cases."""
    return json.loads((shared / "checks" / "grid_cases.json").read_text())["cases"]


@pytest.fixture(scope="module")
def oracle(shared):
    """Give OKX's printed figures by name."""
    rows = json.loads((shared / "reference" / "grid_oracle.json").read_text())["rows"]
    return {row["name"]: row for row in rows}


@pytest.fixture(scope="module")
def recorded(shared):
    """Give a function that reads a candle file once, indexed by time."""
    kept = {}

    def read(name):
        if name not in kept:
            bars = pd.read_parquet(shared / "data" / name)
            kept[name] = bars.set_index(pd.to_datetime(bars.pop("ts"), unit="ms", utc=True))
        return kept[name]

    return read


def run(case, recorded, frame):
    if "file" in case:
        bars = recorded(case["file"])
        start, end = pd.Timestamp(case["start"], tz="UTC"), pd.Timestamp(case["end"], tz="UTC")
        candles = bars[(bars.index >= start) & (bars.index < end)]
    else:
        candles = frame(case["candles_inline"])
    spec = GridSpec(SYMBOL, **{key: case[key] for key in ("low", "high", "grids", "investment", "spacing")})
    instrument = Instrument(SYMBOL, tick=case["tick"], lot=case["lot"], minimum=case["lot"])
    rules = {key: case[key] for key in ("maker", "taker", "fill")}
    return backtest(spec, candles, instrument=instrument, **rules)


@pytest.mark.parametrize("number", range(18))
def test_backtest_gives_the_recorded_figures(cases, recorded, frame, number):
    """Levels, counts, every sum of money and the first fills are the recorded ones to the last digit."""
    case = cases[number]
    expected = {key: Decimal(value) for key, value in case["expect"].items() if key != "levels"}

    result = run(case, recorded, frame)

    first = result.fills.head(len(case["first_fills"]))[["candle", "side", "level", "price", "size"]]
    assert list(result.ladder.levels) == [Decimal(price) for price in case["expect"]["levels"]]
    assert {key: result.summary[key] for key in expected} == expected
    assert list(first.itertuples(index=False, name=None)) == [
        (candle, side, level, Decimal(price), Decimal(size)) for candle, side, level, price, size in case["first_fills"]
    ]


def test_recorded_cases_are_all_run(cases):
    """No recorded case is left out."""
    assert len(cases) == 18


@pytest.mark.parametrize(
    ("name", "interval"), [("spot profit rate, lowest interval", 0), ("spot profit rate, highest interval", 9)]
)
def test_profit_rate_is_what_okx_prints(oracle, name, interval):
    """The profit of one round trip is OKX's figure to the digits it prints."""
    row = oracle[name]
    prices = levels(row["L"], row["U"], row["n"], "arithmetic", "1")

    rate = profit_rate(prices[interval], prices[interval + 1], Decimal(row["f"]))

    assert abs(rate - Decimal(row["value"])) <= Decimal(row["tolerance"])


def test_plan_profit_per_grid_is_what_okx_prints(oracle):
    """The plan's lowest and highest profit are OKX's for the highest and the lowest interval."""
    top, bottom = oracle["spot profit rate, highest interval"], oracle["spot profit rate, lowest interval"]
    spec = GridSpec(SYMBOL, low=top["L"], high=top["U"], grids=top["n"], investment=25)
    instrument = Instrument(SYMBOL, tick=1, lot="1e-8", minimum="1e-5")

    plan = plan_grid(spec, instrument, 6000, maker=top["f"], taker=top["f"])

    assert plan.profit_high == Decimal(bottom["value"])
    assert abs(plan.profit_low - Decimal(top["value"])) <= Decimal(top["tolerance"])


def test_ladder_unit_is_the_amount_per_grid_okx_prints(oracle):
    """The unit above the range is OKX's amount per grid."""
    row = oracle["spot amount per grid, X above the range"]
    spec = GridSpec(SYMBOL, low=row["L"], high=row["U"], grids=row["n"], investment=row["investment"])

    made = ladder(spec, Instrument(SYMBOL, tick=1, lot=row["lot"], minimum=row["lot"]), 6000)

    assert made.size == Decimal(row["value"])


def test_plan_minimum_investment_is_what_okx_prints(oracle):
    """The minimum investment at OKX's fee is OKX's figure, to the last digit."""
    row = oracle["spot minimum investment"]
    spec = GridSpec(SYMBOL, low=row["L"], high=row["U"], grids=row["n"], investment=100)
    instrument = Instrument(SYMBOL, tick=row["tick"], lot="1e-8", minimum=row["minimum_size"])

    plan = plan_grid(spec, instrument, 30_000, maker="0.001", taker="0.001")

    assert plan.minimum_investment == Decimal(row["value"])


@pytest.mark.parametrize("which", ["lowest", "highest"])
def test_levels_of_spot_grids_floor_as_okx_does(oracle, which):
    """OKX's parameter sample comes out with levels floored to the tick."""
    row = oracle[f"AI parameter profit rate, {which}"]
    prices = levels(row["L"], row["U"], row["n"], "arithmetic", row["tick"])
    buy, sell = prices[row["interval"]], prices[row["interval"] + 1]

    assert abs(sell * Decimal("0.9985") / buy - 1 - Decimal(row["value"])) <= Decimal(row["tolerance"])


@pytest.mark.parametrize("which", ["lowest", "highest"])
def test_levels_of_contract_grids_round_half_up_as_okx_does(oracle, which):
    """OKX's contract sample comes out with levels rounded half up."""
    row = oracle[f"contract profit rate, {which}"]
    prices = levels(row["L"], row["U"], row["n"], "arithmetic", row["tick"], "half_up")
    buy, sell, fee = prices[row["interval"]], prices[row["interval"] + 1], Decimal(row["f"])

    rate = ((sell - buy) - fee * (sell + buy)) / (buy / row["lever"] + fee * buy)

    assert abs(rate - Decimal(row["value"])) <= Decimal(row["tolerance"])
