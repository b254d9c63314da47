"""The fast backtest against the plain reference, fill by fill and figure by figure."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, backtest
from okxlab.grid.money import EXACT, total
from okxlab.model import Instrument

COLUMNS = ["candle", "side", "level", "price", "size", "fee", "fee_currency", "fee_quote"]


@st.composite
def prices(draw, first, width, tick):
    """One price around the range: on a tick, on a tenth of one, or any float, one beside a level among them."""
    ticks = draw(st.integers(max(1, first - width // 2 - 2), first + width + width // 2 + 2))
    kind = draw(st.sampled_from(["tick", "tick", "tenth", "beside", "float"]))
    if kind == "tenth":
        return float(tick * (ticks + Decimal(draw(st.integers(0, 9))) / 10))
    if kind == "beside":
        return float(np.nextafter(float(tick * ticks), draw(st.sampled_from([0.0, np.inf]))))
    if kind == "float":
        return float(tick * ticks) * (1 + draw(st.floats(-1e-3, 1e-3)))
    return float(tick * ticks)


@st.composite
def candles(draw, first, width, tick):
    """One candle: four prices, or an open right between its extremes."""
    one = prices(first, width, tick)
    if draw(st.booleans()):
        middle, reach = draw(st.integers(first, first + width)), draw(st.integers(0, first - 1))
        open_, low, high = (float(tick * number) for number in (middle, middle - reach, middle + reach))
        close = draw(st.sampled_from([low, open_, high]))
    else:
        open_, close, *rest = (draw(one) for _ in range(4))
        low, high = min(open_, close, *rest), max(open_, close, *rest)
    return tuple(Decimal(repr(price)) for price in (open_, high, low, close))


@st.composite
def games(draw):
    """A grid, its instrument, candles that visit it, and how orders fill."""
    tick = Decimal(draw(st.sampled_from(["0.1", "0.0001", "0.25", "0.00000001", "5"])))
    first, width = draw(st.integers(5, 60_000)), draw(st.integers(4, 80))
    lot = draw(st.sampled_from(["0.00000001", "0.001", "0.03"]))
    spec = GridSpec(
        "AAA-USDT",
        low=first * tick,
        high=(first + width) * tick,
        grids=draw(st.integers(2, 12)),
        investment=(first + width) * tick * draw(st.integers(1, 10**6)),
        spacing=draw(st.sampled_from(["arithmetic", "geometric"])),
    )
    return {
        "spec": spec,
        "rows": draw(st.lists(candles(first, width, tick), min_size=1, max_size=25)),
        "instrument": Instrument("AAA-USDT", tick=tick, lot=lot, minimum=lot),
        "maker": draw(st.sampled_from(["0.0008", "0", "0.02", "-0.0001"])),
        "taker": draw(st.sampled_from(["0.001", "0", "0.03"])),
        "fill": draw(st.sampled_from(["touch", "through"])),
    }


@settings(max_examples=600, deadline=None)
@given(game=games())
def test_backtest_is_the_plain_reference(reference, frame, game):
    """Every fill and every figure of the summary are those of the slow, obvious program."""
    rows = game.pop("rows")
    try:
        result = backtest(candles=frame(rows), **game)
    except SpecError:
        return

    summary, fills = reference.play(result.ladder, rows, through=game["fill"] == "through")

    assert list(result.fills[COLUMNS].itertuples(index=False, name=None)) == fills
    assert {name: result.summary[name] for name in summary} == summary
    assert total(list(result.attribution.values())) == EXACT.subtract(summary["equity_end"], result.spec.investment)
    assert total(list(result.intervals["grid_profit"])) == summary["grid_profit"]


@pytest.mark.parametrize("fill", ["touch", "through"])
@pytest.mark.parametrize("spacing", ["arithmetic", "geometric"])
def test_backtest_of_a_long_walk_is_the_plain_reference(reference, frame, fill, spacing):
    """A walk of thousands of candles, on and off the tick, with gaps, ends in the same figures and the same fills."""
    random = np.random.default_rng(11)
    points = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.012, (3000, 4)).ravel())), 2).reshape(-1, 4)
    points = 80 + np.abs((points - 80) % 80 - 40)
    rows = [
        tuple(Decimal(repr(round(float(price), 2))) for price in (row[0], row.max(), row.min(), row[3]))
        for row in points
    ]
    spec = GridSpec("AAA-USDT", low=85, high=115, grids=30, investment=10_000_000, spacing=spacing)
    instrument = Instrument("AAA-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")

    result = backtest(spec, frame(rows), instrument=instrument, fill=fill)
    summary, fills = reference.play(result.ladder, rows, through=fill == "through")

    assert len(fills) > 3000
    assert result.equity.iloc[-1] == float(summary["equity_end"])
    assert list(result.fills[COLUMNS].itertuples(index=False, name=None)) == fills
    assert {name: result.summary[name] for name in summary} == summary
