"""The same contract grid on the paper exchange and in the backtest, which share no line of code."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.grid import GridSpec
from okxlab.grid.contract import backtest_contract
from okxlab.model import Instrument
from okxlab.paper.orders.order import LIQUIDATION
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.tape import Tape
from okxlab.paper.products.tiers import tiers
from tests.paper.bots import SWAP, start
from tests.paper.contracts import MIDNIGHT, contract_desk

HALF_HOUR = 1_800_000
NAME = SWAP["instId"]


def walk(seed):
    """Draw 120 half hours around 10,500, each opening where the one before closed, some prices off the tick."""
    random = np.random.default_rng(seed)
    ends = 10_500 + np.cumsum(random.normal(0, 70, 121))
    ends = np.round(10_500 + 900 * np.sin((ends - 10_500) / 900), random.integers(0, 3))
    opens, closes = ends[:-1], ends[1:]
    reach = np.round(np.abs(random.normal(0, 60, (2, 120))), 1)
    return opens, np.maximum(opens, closes) + reach[0], np.minimum(opens, closes) - reach[1], closes


def exchange(folder, clock, columns):
    """Give a desk whose swap follows the candles; it trades whole contracts."""
    desk = contract_desk(folder, clock, columns[0].tolist(), bar=HALF_HOUR)
    stamps = MIDNIGHT + HALF_HOUR * np.arange(len(columns[0]), dtype=np.int64)
    desk.feed.sources[NAME] = Tape(Columns(stamps, *columns, np.ones(len(stamps))))
    desk.instruments.replace(replace(desk.instruments[NAME], lot=Decimal(1), minimum=Decimal(1)))
    return desk


def played(columns, spec, **more):
    """Give the backtest of the same grid, with the exchange's fees and its funding of 0.01 % every eight hours."""
    index = pd.date_range(pd.Timestamp(MIDNIGHT, unit="ms", tz="UTC"), periods=len(columns[0]), freq="30min")
    candles = pd.DataFrame(dict(zip(("open", "high", "low", "close"), columns, strict=True)), index=index)
    times = pd.date_range(index[0], index[-1], freq="8h")
    return backtest_contract(
        spec,
        candles,
        instrument=Instrument(NAME, tick="0.1", lot=1, minimum=1, contract="0.01"),
        funding=pd.Series([Decimal("0.0001")] * len(times), index=times),
        **more,
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["long", "short", "neutral"])
def test_the_exchange_and_the_backtest_agree(tmp_path, clock, kind, seed):
    """Every fill in order, with its fee; profit of pairs, fees, funding and the total, to the last digit."""
    columns = walk(seed)
    spec = GridSpec(NAME, low=10_000, high=11_000, grids=8, investment=2_000, kind=kind, leverage=3)
    result, desk = played(columns, spec), exchange(tmp_path, clock, columns)
    asked = {"minPx": "10000", "maxPx": "11000", "gridNum": "8", "sz": "2000", "lever": "3", "basePos": "true"}

    bot = start(desk, SWAP | asked, direction=kind)
    launch = len(desk.fills)
    # Margin to spare, so that none of its orders is refused: the backtest lets all of them rest.
    bot.send("margin-balance", type="add", amt="20000")
    desk.step(4 * len(columns[0]))

    fills = [(fill.order.ask.side, fill.price, fill.size, fill.fee) for fill in desk.fills[launch:]]
    assert Decimal(bot.details()["singleAmt"]) == result.ladder.sizes[0]
    assert len(fills) > 20
    assert fills == list(result.fills[["side", "price", "size", "fee"]].itertuples(index=False, name=None))
    told = [bot.figure(name) for name in ("gridProfit", "fee", "fundingFee", "totalPnl")]
    summary = result.summary
    change = summary["equity_end"] - 2_000
    assert told == [summary["grid_profit"], -summary["fees"], summary["funding"], change]
    assert summary["funding"]


@pytest.mark.parametrize(("kind", "drift"), [("long", -60), ("short", 60), ("neutral", -60), ("neutral", 60)])
def test_both_liquidate_in_the_same_candle(tmp_path, clock, kind, drift):
    """A price that only falls, or only rises: the same fills on the way, and the same candle for the end of it all.

    The exchange looks at the margin where the path stops, at orders and points, the backtest at every tick between.
    """
    ends = 10_500 + drift * np.arange(61.0)
    columns = ends[:-1], np.maximum(ends[:-1], ends[1:]), np.minimum(ends[:-1], ends[1:]), ends[1:]
    spec = GridSpec(NAME, low=10_000, high=11_000, grids=8, investment=2_000, kind=kind, leverage=10)
    desk = exchange(tmp_path, clock, columns)
    rows = [(row.most, row.maintenance) for row in tiers(desk.instruments[NAME])]
    result = played(columns, spec, tiers=rows)
    asked = {"minPx": "10000", "maxPx": "11000", "gridNum": "8", "sz": "2000", "lever": "10", "basePos": "true"}

    bot = start(desk, SWAP | asked, direction=kind)
    launch = len(desk.fills)
    desk.step(4 * len(columns[0]))

    *fills, end = desk.fills[launch:]
    assert (bot.past()["cancelType"], end.order.category) == ("4", LIQUIDATION)
    assert [(fill.price, fill.size) for fill in fills] == list(
        result.fills[["price", "size"]].itertuples(index=False, name=None)
    )
    assert pd.Timestamp(end.feed_ts, unit="ms", tz="UTC") == result.liquidated
    assert abs(end.price - result.events["price"].iloc[-1]) <= 60
