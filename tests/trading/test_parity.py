"""Backtest and paper exchange: two programs, one wire between them, the same figures to the last digit."""

from dataclasses import replace
from decimal import Decimal

import pytest

import okxlab as ox

TICK = Decimal("0.1")


def both(spec, candles):
    return ox.backtest(spec, candles), ox.replay(spec, candles, progress=False)


@pytest.fixture(scope="module")
def measured(wavy):
    """Give one grid measured both ways over a day off the tick."""
    spec = ox.GridSpec("BTC-USDT", low=57_000, high=63_000, grids=40, investment=5_000)
    return both(spec, wavy)


def test_every_figure_and_every_fill_agree(measured):
    """Counts, profit, fees, balances, equity, and the fills in their order."""
    result, paper = measured
    table = ox.compare(result, paper)

    assert table["equal"].all(), table
    assert len(paper.fills) > 100


def test_both_identities_leave_no_residue(measured):
    """Equity less investment is grid profit and floating profit, exactly, on both sides."""
    assert [side.summary["identity_residual"] for side in measured] == [0, 0]


@pytest.mark.parametrize(
    ("low", "high", "grids", "spacing"),
    [
        (57_000, 63_000, 7, "geometric"),
        (61_000, 64_000, 10, "arithmetic"),
        (50_000, 59_000, 10, "arithmetic"),
        (59_500, 60_500, 60, "arithmetic"),
    ],
    ids=["geometric", "price below the range", "price above the range", "narrow steps"],
)
def test_grids_of_other_shapes_agree_too(wavy, low, high, grids, spacing):
    """Geometric levels, a launch outside the range, and steps below break-even agree as well."""
    candles = wavy.iloc[:480]
    candles.attrs.update(wavy.attrs)
    spec = ox.GridSpec("BTC-USDT", low=low, high=high, grids=grids, investment=3_000, spacing=spacing)
    table = ox.compare(*both(spec, candles))

    assert table["equal"].all(), table


def test_coarse_lots_leave_dust_on_both_sides(wavy):
    """With lots so coarse that every sell leaves base behind, the dust is counted the same."""
    coarse = ox.Instrument("BTC-USDT", tick="1", lot="0.0001", minimum="0.0001")
    spec = ox.GridSpec("BTC-USDT", low=57_000, high=63_000, grids=10, investment=3_000)
    candles = wavy.iloc[:720]
    table = ox.compare(
        ox.backtest(spec, candles, instrument=coarse), ox.replay(spec, candles, instrument=coarse, progress=False)
    )

    assert table["equal"].all(), table


def test_gaps_between_candles_are_traded_over_alike(wavy, btc):
    """With hours missing, the jump fills the same orders in the same candle on both sides."""
    candles = wavy.iloc[[*range(200), *range(500, 700), *range(1000, 1300)]]
    spec = ox.GridSpec("BTC-USDT", low=57_000, high=63_000, grids=40, investment=5_000)
    table = ox.compare(
        ox.backtest(spec, candles, instrument=btc), ox.replay(spec, candles, instrument=btc, progress=False)
    )

    assert table["equal"].all(), table


def test_planted_error_of_one_fee_in_the_backtest_is_seen(measured, wavy):
    """A maker fee off by a hundredth of a basis point shows in the figures and in the fills."""
    result, paper = measured
    wrong = ox.backtest(result.spec, wavy, maker="0.000801")

    assert not ox.compare(wrong, paper).loc["fees", "equal"]
    assert ox.different_fills(wrong, paper) > 0


def test_planted_error_of_one_tick_in_the_backtest_is_seen(measured, wavy):
    """Levels one tick off show in the fills."""
    _, paper = measured
    spec = ox.GridSpec("BTC-USDT", low=57_000 + TICK, high=63_000 + TICK, grids=40, investment=5_000)

    assert ox.different_fills(ox.backtest(spec, wavy), paper) > 0


def test_planted_error_of_one_tick_on_the_exchange_is_seen(measured, wavy):
    """A market that misses one fill's price by a tick gives other fills on the exchange's side."""
    result, _ = measured
    alone = result.fills[~result.fills["candle"].duplicated(keep=False) & (result.fills["side"] == "buy")]
    lows = alone["price"].astype(float) + float(TICK)
    bodies = wavy[["open", "close"]].min(axis=1).to_numpy()[alone["candle"]]
    row = int(alone["candle"][bodies > lows].iloc[0])
    candles = wavy.iloc[: row + 240].copy()
    honest = ox.backtest(result.spec, candles, instrument=wavy.attrs["instrument"])
    candles.iloc[row, candles.columns.get_loc("low")] = lows[alone["candle"] == row].iloc[0]
    candles.attrs.update(wavy.attrs)
    paper = ox.replay(result.spec, candles, progress=False)

    assert ox.different_fills(honest, paper) > 0
    assert not ox.compare(honest, paper)["equal"].all()


@pytest.mark.parametrize(("column", "by"), [("price", TICK), ("size", Decimal("1E-8")), ("fee", Decimal("1E-12"))])
def test_one_fill_off_by_the_least_step_is_counted(measured, column, by):
    """The comparison itself sees a single fill that differs by one tick, one lot or a trace of fee."""
    result, paper = measured
    fills = paper.fills.copy()
    fills.loc[17, column] += by

    assert ox.different_fills(result, replace(paper, fills=fills)) == 1


def test_two_fills_in_another_order_are_counted(measured):
    """Order matters: the same fills exchanged are two differences."""
    result, paper = measured
    fills = paper.fills.copy()
    fills.iloc[[3, 4]] = fills.iloc[[4, 3]].to_numpy()

    assert ox.different_fills(result, replace(paper, fills=fills)) == 2


@pytest.mark.parametrize(
    ("days", "grids", "percent"),
    [(("2024-01-01", "2024-01-15"), 10, 5), (("2022-06-01", "2022-07-01"), 50, 10)],
)
def test_real_bitcoin_prices_agree(shared, days, grids, percent, btc):
    """Two weeks and a month of recorded minutes give the same figures and fills on both sides."""
    file = shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet"
    candles = ox.read_candles(file, start=days[0], end=days[1])
    candles.attrs["instrument"] = btc
    spec = ox.GridSpec.around(btc, candles["open"].iloc[0], percent=percent, grids=grids, investment=1_000)
    table = ox.compare(*both(spec, candles))

    assert table["equal"].all(), table


def test_replay_refuses_candles_it_cannot_trade_over(wavy):
    """Unsorted candles are refused before an exchange is started."""
    spec = ox.GridSpec("BTC-USDT", low=57_000, high=63_000, grids=10, investment=1_000)

    with pytest.raises(ox.errors.CandleError, match="earlier"):
        ox.replay(spec, wavy.iloc[::-1], progress=False)
