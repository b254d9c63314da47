"""The counted sweep against the ledger and the plain reference: thousands of seeded grids, every column."""

from decimal import Decimal

import numpy as np
import pytest

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, backtest, sweep
from okxlab.model import Instrument

PATHS, GRIDS = 500, 10
TICKS = ["0.1", "0.0001", "0.25", "0.00000001", "5", "1"]
COLUMNS = [
    *("buys", "sells", "round_trips", "launch_units", "size", "grid_profit", "floating_profit"),
    *("fees", "quote_end", "base_end", "equity_end"),
]


def price(random, first, width, tick):
    """Give a price in and around a range: on a tick, between two, one float beside one, or any."""
    ticks = int(random.integers(max(1, first - width // 2 - 2), first + width + width // 2 + 3))
    on_tick = float(tick * ticks)
    kind = random.integers(6)
    if kind == 3:
        return float(tick * (ticks + Decimal(int(random.integers(10))) / 10))
    if kind == 4:
        return float(np.nextafter(on_tick, random.choice([0.0, np.inf])))
    if kind == 5:
        return on_tick * (1 + random.uniform(-1e-3, 1e-3))
    return on_tick


def candle(random, first, width, tick):
    """Give four prices, sometimes an open right between the extremes, sometimes one price four times."""
    kind = random.integers(6)
    if kind == 0:
        middle = int(random.integers(first, first + width + 1))
        reach = int(random.integers(min(first, width)))
        open_, low, high = (float(tick * number) for number in (middle, middle - reach, middle + reach))
        return open_, high, low, random.choice([low, open_, high])
    if kind == 1:
        return (price(random, first, width, tick),) * 4
    open_, close, *rest = (price(random, first, width, tick) for _ in range(4))
    return open_, max(open_, close, *rest), min(open_, close, *rest), close


def grid(random, first, width, tick):
    """Give a grid near the prices; some have geometric levels that are whole ticks, some are too small to be made."""
    low = int(random.integers(max(1, first - width // 3), first + width // 2 + 1))
    high = low + int(random.integers(2, width + 2))
    grids = int(random.integers(2, 13))
    if random.integers(5) == 0:
        high, grids = low * int(random.choice([2, 4, 8, 9])), int(random.choice([2, 3, 4, 6]))
    return GridSpec(
        "AAA-USDT",
        low=low * tick,
        high=high * tick,
        grids=grids,
        investment=tick * (first + width) * int(10 ** random.uniform(-2, 6)) / 100 + Decimal("0.01"),
        spacing=str(random.choice(["arithmetic", "geometric"])),
    )


def game(random):
    """Give candles, grids and rules."""
    tick = Decimal(random.choice(TICKS))
    first = int(10 ** random.uniform(0.7, 4.8))
    width = int(random.integers(4, 80))
    rows = [candle(random, first, width, tick) for _ in range(random.integers(1, 25))]
    if random.integers(2):  # in half of the games every price is on the tick
        rows = [tuple(max(round(Decimal(repr(float(p))) / tick), 1) * tick for p in row) for row in rows]
    lot = random.choice(["0.00000001", "0.001", "0.03", "1"])
    return {
        "rows": [tuple(map(float, row)) for row in rows],
        "specs": [grid(random, first, width, tick) for _ in range(GRIDS)],
        "instrument": Instrument("AAA-USDT", tick=tick, lot=lot, minimum=lot),
        "rules": {
            "maker": str(random.choice(["0.0008", "0", "0.02", "-0.0001"])),
            "taker": str(random.choice(["0.001", "0", "0.03"])),
            "fill": str(random.choice(["touch", "through"])),
        },
    }


def check(reference, path, spec, pair, rules):
    """Hold one grid's rows, in floats and exact, against the ledger, and the ledger against the plain reference."""
    (candles, rows), (row, exact) = path, pair
    if isinstance(row["error"], str):
        with pytest.raises(SpecError) as refused:
            backtest(spec, candles, **rules)
        assert row["error"] == exact["error"] == str(refused.value)
        assert row["sells"] == row["units_end"] == 0
        assert np.isnan(row["grid_profit"])
        assert exact["grid_profit"] is None
        return 0
    result = backtest(spec, candles, **rules)
    summary, fills = reference.play(result.ladder, rows, through=rules["fill"] == "through")
    assert {name: exact[name] for name in COLUMNS} == {name: summary[name] for name in COLUMNS}
    assert {name: result.summary[name] for name in COLUMNS} == {name: summary[name] for name in COLUMNS}
    assert [row[name] for name in COLUMNS] == [float(summary[name]) for name in COLUMNS]
    assert row["units_end"] == summary["launch_units"] + sum(1 if fill[1] == "buy" else -1 for fill in fills)
    return len(fills)


@pytest.mark.parametrize("part", range(5))
def test_sweep_is_the_ledger_and_the_plain_reference(reference, frame, part):
    """Five times a thousand seeded grids: counts, inventory, profits, fees and balances agree in every digit."""
    random = np.random.default_rng([2024, part])
    fills = made = 0
    for _ in range(PATHS // 5):
        one = game(random)
        candles, specs = frame(one["rows"]), one["specs"]
        rules = {"instrument": one["instrument"], **one["rules"]}
        tables = [sweep(candles, specs=specs, exact=exact, threads=1, **rules) for exact in (False, True)]
        rows = [tuple(Decimal(repr(price)) for price in row) for row in one["rows"]]
        for spec, *pair in zip(specs, *(table.to_dict("records") for table in tables), strict=True):
            found = check(reference, (candles, rows), spec, pair, rules)
            fills, made = fills + found, made + (found > 0)

    assert fills > 20_000
    assert made > 400
