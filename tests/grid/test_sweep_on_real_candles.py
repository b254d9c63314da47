"""The counted sweep against the ledger on every recorded file of minutes."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, backtest, sweep
from okxlab.model import Instrument

GRIDS = 200
# The plain reference plays these candles of each file, with all of its grids.
WINDOW = 1500
MONEY = ["size", "grid_profit", "floating_profit", "fees", "quote_end", "base_end", "equity_end"]
COUNTS = ["buys", "sells", "round_trips", "launch_units"]


def recorded(path):
    """Read one file as a candle frame."""
    bars = pd.read_parquet(path)
    return bars.set_index(pd.to_datetime(bars.pop("ts"), unit="ms", utc=True))


def instrument(candles):
    """Give an instrument whose tick is a ten-thousandth of the price or less, whatever the prices were quoted in."""
    digits = int(np.floor(np.log10(candles["close"].median()))) - 4
    return Instrument("AAA-USDT", tick=Decimal(1).scaleb(digits), lot="0.00000001", minimum="0.00001")


def drawn(candles, made_of, random):
    """Draw grids around the median close: bounds 5 to 30 per cent from it, as many levels as people use."""
    middle = Decimal(repr(float(candles["close"].median())))
    for number in range(GRIDS):
        below, above = (Decimal(int(part)) / 10_000 for part in random.integers(500, 3001, 2))
        yield GridSpec(
            "AAA-USDT",
            low=made_of.floor_price(middle * (1 - below)),
            high=made_of.ceil_price(middle * (1 + above)),
            grids=int(random.choice([10, 20, 30, 50, 75, 100, 150, 200])),
            investment=int(10 ** random.uniform(2, 7)),
            spacing=("arithmetic", "geometric")[number % 2],
        )


def differences(table, exact, row, summary):
    """Name the columns of a row that are not the ledger's, in any digit."""
    counts = [name for name in COUNTS if table[name][row] != summary[name]]
    money = [name for name in MONEY if exact[name][row] != summary[name] or table[name][row] != float(summary[name])]
    held = summary["launch_units"] + summary["buys"] - summary["sells"]
    return counts + money + (["units_end"] if table["units_end"][row] != held else [])


def compared(candles, specs, rules, reference=None):
    """Hold a sweep against backtests and, if asked, those against the plain reference; give fills and differences."""
    table, exact = (sweep(candles, specs=specs, exact=one, progress=False, **rules) for one in (False, True))
    rows = [tuple(map(Decimal, map(repr, bar))) for bar in candles.iloc[:, :4].to_numpy().tolist()] if reference else []
    fills, wrong = 0, []
    for row, spec in enumerate(specs):
        try:
            result = backtest(spec, candles, **rules)
        except SpecError as refused:
            wrong += [] if table["error"][row] == str(refused) else ["error"]
            continue
        summary = result.summary
        wrong += differences(table, exact, row, summary)
        fills += summary["buys"] + summary["sells"]
        if reference:
            plain, _ = reference.play(result.ladder, rows, through=rules["fill"] == "through")
            wrong += differences(table, exact, row, plain)
    return fills, wrong


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_sweep_of_every_recorded_file_of_minutes_is_the_ledger(shared, reference):
    """200 grids a file, half on each fill model, agree in every column; on a window with the plain reference too."""
    files = sorted(Path(shared / "data").glob("*_1m_*.parquet")) + sorted(Path(shared / "data").glob("*_5m_*.parquet"))
    for number, path in enumerate(files):
        candles, random = recorded(path), np.random.default_rng([1, number])
        made_of = instrument(candles)
        specs = list(drawn(candles, made_of, random))
        total = 0
        for fill, part in (("touch", specs[: GRIDS // 2]), ("through", specs[GRIDS // 2 :])):
            rules = {"instrument": made_of, "fill": fill}
            fills, wrong = compared(candles, part, rules)
            window = candles.iloc[len(candles) // 2 :].head(WINDOW)
            _, wrong_there = compared(window, part, rules, reference)
            total += fills
            assert wrong + wrong_there == []
        print(
            f"\n{path.name}: {len(candles)} candles, tick {made_of.tick}, {GRIDS} grids, {total} fills, no difference"
        )

    assert len(files) > 10
