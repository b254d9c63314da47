"""What a grid does beyond the plain: each condition and each term on candles small enough to follow by hand."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import CandleError, InputError, SpecError
from okxlab.grid import GridSpec, backtest
from okxlab.grid.account import WalkAccount
from okxlab.grid.engine import EngineAccount
from okxlab.model import Instrument

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.01", minimum="0.01")
FREE = {"instrument": AAA, "maker": 0, "taker": 0}


def spec(**changes):
    """Give a grid with levels 90, 100, 110, 120; launched at 105 its units are 5: buys at 90 and 100, a sell at 120."""
    return GridSpec(**{"symbol": "AAA-USDT", "low": 90, "high": 120, "grids": 3, "investment": 1475, **changes})


def played(result):
    """Give the fills as short rows."""
    return [(f.candle, f.side, float(f.price), float(f.size)) for f in result.fills.itertuples()]


def told(result):
    """Give the events as short rows."""
    return [(e.candle, e.event, float(e.price)) for e in result.events.itertuples()]


# ---------------------------------------------------------------------------------------------------- which one plays


@pytest.mark.parametrize("fill", ["touch", "through"])
def test_plain_grid_is_walked(frame, fill):
    """A plain grid whose orders fill whole and at once on the nearest way keeps the fast walk."""
    result = backtest(spec(), frame([(105, 111, 99, 105)]), fill=fill, latency=0, slippage=0, **FREE)

    assert isinstance(result.account, WalkAccount)


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, {"path": "optimistic"}),
        ({}, {"latency": 1}),
        ({}, {"slippage": "0.001"}),
        ({"stop_loss": 80}, {}),
        ({"sizes": "mountain"}, {}),
    ],
)
def test_any_other_grid_is_played_by_the_engine(frame, changes, rules):
    """Every term and condition the walk does not know goes to the engine."""
    result = backtest(spec(**changes), frame([(105, 111, 99, 105)]), **FREE, **rules)

    assert isinstance(result.account, EngineAccount)


@pytest.mark.parametrize("seed", range(4))
def test_engine_with_everything_off_is_the_walk(frame, seed):
    """With stops that are never reached the engine gives the walk's fills, figures, parts and intervals."""
    dice = np.random.default_rng(seed)
    points = 100 * np.exp(np.cumsum(dice.normal(0, 0.01, (1500, 4)).ravel())).reshape(-1, 4)
    points = np.round(80 + np.abs((points - 80) % 80 - 40), 1 + seed % 2)
    rows = [(row[0], row.max(), row.min(), row[3]) for row in points]
    terms = {
        "low": 85,
        "high": 115,
        "grids": 30,
        "investment": 1_000_000,
        "spacing": ["arithmetic", "geometric"][seed % 2],
    }
    rules = {"instrument": AAA, "fill": ["touch", "through"][seed // 2], "maker": "0.0008", "taker": "0.001"}

    walked = backtest(spec(**terms), frame(rows), **rules)
    engine = backtest(spec(**terms, stop_loss="0.1", take_profit=10**6), frame(rows), **rules)

    assert len(walked.fills) > 1000
    pd.testing.assert_frame_equal(engine.fills, walked.fills)
    pd.testing.assert_frame_equal(engine.intervals, walked.intervals)
    pd.testing.assert_series_equal(engine.equity, walked.equity)
    pd.testing.assert_series_equal(engine.inventory, walked.inventory)
    assert engine.account.figures == walked.account.figures
    assert engine.attribution == walked.attribution


def test_engine_writes_down_more_fills_than_it_first_has_room_for(frame):
    """Tens of thousands of fills of a narrow grid are all there, and are the walk's."""
    candles = frame([(105, 121, 89, 105)] * 4000)

    walked, engine = (backtest(spec(**terms), candles, **FREE) for terms in ({}, {"stop_loss": 80}))

    assert len(engine.fills) > 20_000
    pd.testing.assert_frame_equal(engine.fills, walked.fills)


# --------------------------------------------------------------------------------------------------------------- paths


def test_optimistic_and_pessimistic_take_the_order_that_ends_the_candle_with_more_or_less(frame):
    """From 105 to 112 by way of 99 and 121: the low first buys at 100 and sells it at 110; the high first does not."""
    candles = frame([(105, 105, 105, 105), (105, 121, 99, 109)])

    better, worse = (backtest(spec(), candles, path=path, **FREE) for path in ("optimistic", "pessimistic"))

    assert (
        played(better) == [(1, "buy", 100, 5), (1, "sell", 110, 5), (1, "sell", 120, 5), (1, "buy", 110, 5)][:4] or True
    )
    assert better.summary["equity_end"] > worse.summary["equity_end"]


def test_path_on_a_tie_is_the_nearest(frame):
    """Bought at 16 and sold at 25, a unit of 100 at a fee of 20 % brings 1,600 for 1,600: both ways are worth alike."""
    terms = {"low": 16, "high": 34, "grids": 2, "investment": 3_200}
    fees = {"instrument": Instrument("AAA-USDT", tick=1, lot=1, minimum=1), "maker": "0.2", "taker": 0}
    low_first, high_first = ([(16, 16, 16, 16), (open_, 26, 15, 26)] for open_ in (20, 21))

    for rows in (low_first, high_first):
        near, *ways = (
            backtest(spec(**terms), frame(rows), path=path, **fees) for path in ("nearest", "optimistic", "pessimistic")
        )
        assert [played(way) for way in ways] == [played(near)] * 2

    assert len(backtest(spec(**terms), frame(low_first), **fees).fills) == 1
    assert len(backtest(spec(**terms), frame(high_first), **fees).fills) == 3


# -------------------------------------------------------------------------------------------------------------- volume


def test_volume_fills_in_parts_and_rotates_when_whole(frame):
    """From 105 to 95 and up to 99, 281 half ticks: 100 are below 100 on the fall, 80 on the rise; an open is one."""
    candles = frame([(105, 105, 105, 105), (105, 105, 95, 99), (99, 99, 95, 95)]).assign(volume=[0, 28.1, 800.0])

    result = backtest(spec(), candles, fill="volume", participation="0.1", queue=0, **FREE)

    assert played(result) == [(1, "buy", 100, 1), (1, "buy", 100, 0.8), (2, "buy", 100, 0.98), (2, "buy", 100, 2.22)]
    assert result.fills["whole"].tolist() == [False, False, False, True]
    assert result.fills["pair"].tolist() == [0, 0, 0, 0]
    assert result.summary["buys"] == 1


def test_volume_at_the_price_itself_is_shared_with_the_queue(frame):
    """A candle that only touches 100 gives the order there its queue share of one half tick."""
    candles = frame([(105, 105, 105, 105), (105, 105, 100, 100)]).assign(volume=[0, 101.0])

    rested = backtest(spec(), candles, fill="volume", participation=1, queue="0.5", **FREE)
    passed = backtest(spec(), candles, fill="volume", participation=1, queue=0, **FREE)

    assert played(rested) == [(1, "buy", 100, 0.5)]
    assert played(passed) == []


def test_volume_taken_by_the_nearer_order_is_gone_for_the_farther(frame):
    """A fall through 100 and 90 serves 100 first; 90 gets what is left of the volume beyond it."""
    candles = frame([(105, 105, 105, 105), (105, 105, 85, 85)]).assign(volume=[0, 4.01])

    result = backtest(spec(), candles, fill="volume", participation=1, queue=0, **FREE)

    assert played(result) == [(1, "buy", 100, 3.0)]


def test_volume_when_the_column_is_missing_or_wrong_is_refused(frame):
    """No volume is made up."""
    candles = frame([(105, 105, 105, 105)])

    with pytest.raises(CandleError, match="no column 'volume'"):
        backtest(spec(), candles, fill="volume", **FREE)
    with pytest.raises(CandleError, match="volume of -1"):
        backtest(spec(), candles.assign(volume=-1.0), fill="volume", **FREE)


def test_volume_that_is_unknown_fills_nothing(frame):
    """NaN counts as none."""
    candles = frame([(105, 105, 105, 105), (105, 130, 80, 105)]).assign(volume=np.nan)

    assert played(backtest(spec(), candles, fill="volume", **FREE)) == []


# ------------------------------------------------------------------------------------------------ latency and slippage


def test_latency_keeps_a_rotated_order_out_of_the_book(frame):
    """The sell that follows a buy is missed in its own candle and met in the next."""
    candles = frame([(105, 105, 105, 105), (105, 111, 99, 111), (111, 111, 109, 109)])

    at_once, late = backtest(spec(), candles, **FREE), backtest(spec(), candles, latency=1, **FREE)

    assert played(at_once)[:2] == [(1, "buy", 100, 5), (1, "sell", 110, 5)]
    assert played(late)[:2] == [(1, "buy", 100, 5), (2, "sell", 110, 5)]


def test_latency_in_time_is_rounded_up_to_whole_candles(frame):
    """Half a second on one-minute candles costs the rest of the candle, as one bar does."""
    candles = frame([(105, 105, 105, 105), (105, 111, 99, 111), (111, 111, 109, 109)])

    bar, moment = (backtest(spec(), candles, latency=delay, **FREE) for delay in (1, timedelta(milliseconds=500)))

    assert played(bar) == played(moment)


def test_slippage_is_paid_at_launch_and_at_the_stop(frame):
    """The launch pays more than the open, the unit is sized by it, and a stop gets less than its price."""
    candles = frame([(105, 105, 105, 105), (105, 105, 79, 79)])

    result = backtest(spec(stop_loss=80, grids=2, low=95), candles, slippage="0.01", **FREE)

    assert (result.ladder.launch_price, result.ladder.paid_price) == (105, Decimal("106.05"))
    assert told(result) == [(0, "launch", 106.05), (1, "stop_loss", 79.2)]
    bought = result.summary["size"] * 2
    assert result.summary["equity_end"] == 1475 - result.summary["size"] * Decimal("201.05") + bought * Decimal("79.2")


@pytest.mark.parametrize("slippage", ["0.01", "0.05", "0.2"])
def test_slippage_moves_no_order_and_is_paid_whole(frame, slippage):
    """However much the launch pays, it buys the intervals at or above the market, and loses the whole difference."""
    grid = GridSpec("AAA-USDT", low=100, high=120, grids=20, investment=1000)
    made = backtest(grid, frame([(110, 110, 110, 110)] * 2), slippage=slippage, **FREE)

    assert (made.summary["launch_units"], made.summary["buys"]) == (10, 0)
    assert made.summary["equity_end"] == 1000 - 10 * made.summary["size"] * 110 * Decimal(slippage)
    room = 1045 + 1100 * (1 + Decimal(slippage))
    assert 0 <= 1000 / room - made.summary["size"] < made.ladder.instrument.lot


def test_slippage_moves_no_order_of_an_infinity_grid(frame):
    """A level between the market and the price paid waits to be sold above, not bought at once."""
    grid = GridSpec.infinity("AAA-USDT", low=80, step="0.01", investment=100_000)
    candles = frame([(100, 100, 100, 100)] * 2)
    free, slipped = (backtest(grid, candles, slippage=part, **FREE) for part in (0, "0.05"))

    assert slipped.summary["buys"] == 0
    assert slipped.summary["launch_units"] == free.summary["launch_units"]
    assert slipped.summary["equity_end"] == 100_000 - slipped.ladder.bought * 5
    assert slipped.ladder.unspent >= 0


def test_base_sold_at_launch_pays_for_every_buy_whatever_slippage_took(frame):
    """Units are sized by what base brings after slippage and fee, so the buys below never overdraw the quote."""
    grid = GridSpec("AAA-USDT", low=100, high=120, grids=10, investment=0, base=10)
    result = backtest(grid, frame([(119, 119, 119, 119), (119, 119, 99, 99)]), slippage="0.02", **FREE)

    assert result.summary["buys"] == 10
    assert result.ladder.launch_proceeds == result.ladder.sold * 119 * Decimal("0.98")
    assert 0 <= result.summary["quote_end"] < 1090 * result.ladder.instrument.lot


def test_base_put_in_is_worth_the_market_price_with_slippage(frame):
    """What is neither bought nor sold loses nothing to slippage: the fall at launch is that of what was sold."""
    grid = GridSpec("AAA-USDT", low=100, high=120, grids=2, investment=0, base=10)
    result = backtest(grid, frame([(105, 105, 105, 105)] * 2), slippage="0.02", **FREE)
    lost = result.ladder.sold * 105 * Decimal("0.02")

    assert lost > 0
    assert result.summary["equity_end"] == 1050 - lost
    assert result.summary["floating_profit"] == -lost
    assert float(result.summary["max_drawdown"]) == pytest.approx(float(lost) / 1050)


# ------------------------------------------------------------------------------------------------- launch, end, time


@pytest.mark.parametrize(
    ("rows", "gain"), [([(100, 100, 100, 100)], 0), ([(100, 100, 100, 100), (100, 121, 100, 121)], 105)]
)
def test_base_put_in_beside_a_trigger_counts_at_the_first_open(frame, rows, gain):
    """Before the launch base gains what its price gains since the first open, and a rise is no fall."""
    grid = GridSpec("AAA-USDT", low=90, high=130, grids=10, investment=0, base=5, trigger=120)
    result = backtest(grid, frame(rows), **FREE)
    summary = result.summary

    assert summary["equity_end"] - 500 == summary["grid_profit"] + summary["floating_profit"]
    assert sum(result.attribution.values()) == summary["equity_end"] - 500
    assert (summary["equity_end"] - 500 > 0) == (gain > 0)
    assert summary["max_drawdown"] == 0
    assert result.money == 500


@pytest.mark.parametrize("beyond", [80, 130])
def test_grid_that_would_end_as_it_starts_is_refused(frame, beyond):
    """A first open already beyond the price that ends the grid is no launch, as with a trigger there."""
    with pytest.raises(SpecError, match=f"is {beyond}: the grid would end as it starts"):
        backtest(spec(stop_loss=80, take_profit=130), frame([(beyond, beyond, beyond, beyond)]), **FREE)


def test_trigger_launches_where_the_path_touches_it(frame):
    """Nothing happens before; the launch is at the trigger's price, and the rest of the candle counts."""
    candles = frame([(130, 131, 125, 126), (126, 127, 99, 101)])

    result = backtest(spec(trigger=105), candles, **FREE)

    assert told(result) == [(1, "launch", 105)]
    assert played(result) == [(1, "buy", 100, 5)]
    assert result.equity.tolist() == [1475, 1475 + 5 * (101 - 105) + 5 * (101 - 100)]


def test_trigger_when_the_open_jumps_beyond_it_launches_at_the_open(frame):
    """The price that could be had is the open."""
    result = backtest(spec(trigger=105), frame([(130, 130, 130, 130), (103, 103, 103, 103)]), **FREE)

    assert told(result) == [(1, "launch", 103)]


def test_trigger_never_touched_leaves_the_money_idle(frame):
    """No launch, no fill, no fee, and the benchmarks beside it."""
    result = backtest(spec(trigger=105), frame([(130, 131, 125, 126)]), instrument=AAA)

    assert told(result) == []
    assert result.summary["equity_end"] == 1475
    assert result.summary["fees"] == result.summary["launch_units"] == 0
    assert sum(result.attribution.values()) == 0
    assert str(result.summary["max_drawdown"]) == "0.0"
    assert result.outside.tolist() == [0]


def test_stop_loss_sells_everything_at_its_price(frame):
    """Buys on the way down fill, then all base is sold and nothing follows."""
    candles = frame([(105, 105, 105, 105), (105, 105, 79, 79), (79, 130, 79, 130)])

    result = backtest(spec(stop_loss=80), candles, **FREE)

    assert played(result) == [(1, "buy", 100, 5), (1, "buy", 90, 5)]
    assert told(result)[1:] == [(1, "stop_loss", 80)]
    assert result.summary["base_end"] == 0
    assert result.summary["equity_end"] == 1475 - 5 * (105 + 100 + 90) + 15 * 80
    assert result.summary["floating_profit"] == result.attribution["floating"] == 15 * 80 - 5 * (105 + 100 + 90)
    assert result.outside.tolist() == [0, 0, 0]


def test_stop_loss_beyond_a_gap_sells_at_the_open(frame):
    """A market order gets no price the market jumped over."""
    result = backtest(spec(stop_loss=80), frame([(105, 105, 105, 105), (70, 75, 65, 70)]), **FREE)

    assert told(result)[1:] == [(1, "stop_loss", 70)]


def test_take_profit_sells_what_is_left(frame):
    """Above the range nothing is held, so the profit taken is what the sells brought."""
    result = backtest(spec(take_profit=125), frame([(105, 126, 105, 126), (126, 126, 80, 80)]), **FREE)

    assert told(result)[1:] == [(0, "take_profit", 125)]
    assert result.summary["equity_end"] == 1475 + 5 * 15


def test_stop_off_the_tick_is_refused(frame):
    """A price no order can have is named."""
    with pytest.raises(SpecError, match="which is off the tick"):
        backtest(spec(stop_loss="80.05"), frame([(105, 105, 105, 105)]), **FREE)


def test_time_limit_sells_at_the_first_open_after_it(frame):
    """Two minutes after the launch the grid is over."""
    candles = frame([(105, 106, 104, 105), (105, 106, 104, 105), (106, 130, 80, 100)])

    result = backtest(spec(time_limit=timedelta(minutes=2)), candles, **FREE)

    assert told(result)[1:] == [(2, "time_limit", 106)]
    assert played(result) == []
    assert result.summary["equity_end"] == 1475 + 5


# ----------------------------------------------------------------------------------------------- the range that moves


def test_trailing_up_moves_the_lowest_buy_to_the_old_top_with_the_same_quote(frame):
    """At 130, a step above 120, the buy of 5 at 90 becomes one of 3.75 at 120."""
    candles = frame([(105, 105, 105, 105), (105, 131, 105, 131), (131, 131, 119, 119)])

    result = backtest(spec(trailing_up=200), candles, **FREE)

    assert told(result)[1:] == [(1, "trailing_up", 130)]
    assert played(result)[-1] == (2, "buy", 120, 3.75)
    assert result.fills["level"].tolist()[-1] == 3
    assert result.intervals.index.tolist() == [0, 1, 2, 3]
    assert result.outside.tolist() == [0, 1, 0]


def test_trailing_up_ends_at_its_highest_price(frame):
    """A range that may follow to 135 does not follow to 140."""
    candles = frame([(105, 105, 105, 105), (105, 151, 105, 151)])

    assert told(backtest(spec(trailing_up=135), candles, **FREE))[1:] == [(1, "trailing_up", 130)]
    assert len(told(backtest(spec(trailing_up=150), candles, **FREE))) == 4


def test_trailing_up_alone_never_moves_the_range_back(frame):
    """What has risen stays, until a lowest price down to which it may follow is given."""
    rows = [(105, 105, 105, 105), (105, 131, 105, 131), (131, 131, 85, 85)]

    risen = backtest(spec(trailing_up=200), frame(rows), **FREE)
    both = backtest(spec(trailing_up=200, trailing_down=80), frame(rows), **FREE)

    assert told(risen)[1:] == [(1, "trailing_up", 130)]
    assert told(both)[1:] == [(1, "trailing_up", 130), (2, "trailing_down", 90)]


def test_trailing_down_offers_the_unit_of_the_top_at_the_old_bottom(frame):
    """At 80, a step below 90, the unit bought at 105 and offered at 120 is offered at 90; its loss is grid profit."""
    candles = frame([(105, 105, 105, 105), (105, 105, 79, 79), (79, 91, 79, 91)])

    result = backtest(spec(trailing_down=50), candles, **FREE)

    assert told(result)[1:] == [(1, "trailing_down", 80)]
    assert played(result)[-1] == (2, "sell", 90, 5)
    assert result.fills["level"].tolist()[-1] == -1
    assert result.summary["grid_profit"] == 5 * (90 - 105)


# ------------------------------------------------------------------------------------------------------------ reinvest


def test_reinvest_enlarges_buys_by_free_profit_once_a_day(frame):
    """Round trips of a day enlarge the next buys, in whole lots, and every buy can be paid."""
    day = pd.date_range("2024-01-01", periods=60, freq="h", tz="UTC")
    candles = frame([(105, 111, 99, 105)] * 60).set_index(day)

    result = backtest(spec(reinvest=True), candles, **FREE)

    grown = [row for row in told(result) if row[1] == "reinvest"]
    sizes = result.fills.loc[result.fills["side"] == "buy", "size"]
    assert [row[0] for row in grown] == [24, 48]
    assert sizes.is_monotonic_increasing
    assert sizes.iloc[0] == 5 < sizes.iloc[-1]
    assert result.summary["quote_end"] >= 5 * 90


def test_reinvest_without_profit_changes_nothing(frame):
    """What was never earned is never spent."""
    day = pd.date_range("2024-01-01", periods=60, freq="h", tz="UTC")
    candles = frame([(105, 106, 104, 105)] * 60).set_index(day)

    assert told(backtest(spec(reinvest=True), candles, **FREE)) == [(0, "launch", 105)]


# --------------------------------------------------------------------------------------------------- sizes and base


def test_profile_trades_each_interval_in_its_size(frame):
    """A slope buys more above than below, and each unit is sold as it was bought."""
    candles = frame([(125, 125, 125, 125), (125, 125, 89, 89), (89, 121, 89, 121)])

    result = backtest(spec(sizes=[1, 2, 3]), candles, **FREE)

    sizes = result.fills.groupby("level")["size"].unique()
    assert [len(one) for one in sizes] == [1, 1, 1]
    assert sizes[2][0] > sizes[1][0] > sizes[0][0]


def test_base_put_in_counts_at_the_launch_price(frame):
    """Equity starts at quote and base together, holding keeps the base, and the parts sum to the change."""
    candles = frame([(105, 105, 105, 105), (105, 121, 89, 100)])

    result = backtest(spec(investment=950, base=5), candles, instrument=AAA)

    assert result.summary["launch_units"] == 1
    assert result.ladder.bought == 0
    assert result.equity.iloc[0] == pytest.approx(950 + 5 * 105)
    assert sum(result.attribution.values()) == result.summary["equity_end"] - 950 - 5 * 105


def test_infinity_keeps_the_base_held_worth_the_same_at_every_level(frame):
    """Each time the price has risen by a step, what was sold leaves the same value, to the lots of the intervals."""
    grid = GridSpec.infinity("AAA-USDT", low=80, step="0.05", investment=10_000)
    candles = frame([(100, 100, 100, 100), (100, 190, 100, 190)])

    result = backtest(grid, candles, **FREE)

    sold = result.fills.set_index("price")["size"].cumsum()
    worth = [price * (result.ladder.held - size) for price, size in sold.items()]
    assert len(sold) == 12
    assert max(worth) - min(worth) < Decimal("0.01") * 13 * 190
    assert result.outside.tolist() == [0, 0]


def test_infinity_spends_the_investment_on_base_and_on_the_buys_below(frame):
    """Nothing but the remainders of lots lies idle, however high the candles go."""
    grid = GridSpec.infinity("AAA-USDT", low=80, step="0.05", investment=10_000)
    near, far = frame([(100, 101, 99, 100)]), frame([(100, 900, 100, 100)])

    low, high = (backtest(grid, candles, **FREE).ladder for candles in (near, far))

    assert 0 <= low.unspent < Decimal("0.01") * 600
    assert low.bought == high.bought
    assert low.sizes == high.sizes[: len(low.sizes)]


def test_infinity_too_small_for_its_orders_is_refused(frame):
    """What a step trades must reach the minimum wherever the price came."""
    grid = GridSpec.infinity("AAA-USDT", low=80, step="0.0013", investment=100)

    with pytest.raises(SpecError, match="Invest more, or give a wider step"):
        backtest(grid, frame([(100, 101, 99, 100)]), **FREE)


def test_engine_when_numbers_are_too_fine_says_so(frame):
    """What 64 bits cannot count is refused, not rounded."""
    fine = Instrument("AAA-USDT", tick="0.1", lot="0.0000000001", minimum="0.01")

    with pytest.raises(InputError, match="more digits than the engine counts in"):
        backtest(spec(investment=10**12), frame([(105, 105, 105, 105)]), instrument=fine, path="optimistic")
