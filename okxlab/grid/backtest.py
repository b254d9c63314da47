"""The backtest: a grid played over recorded candles, exactly."""

from datetime import timedelta

import numpy as np
import pandas as pd

from okxlab.grid.account import WalkAccount
from okxlab.grid.conditions import Conditions, read_conditions
from okxlab.grid.contract import Market, Marks, TierList, fees_of, play_contract
from okxlab.grid.engine import EngineAccount, play_grid
from okxlab.grid.kernels import Ints, spans, walk
from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.ledger import Moves
from okxlab.grid.path import path as candle_path
from okxlab.grid.path import whole_ticks
from okxlab.grid.result import Result
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, check_candles, exact, instrument_of

# What a grid may be beside plain.
PLAYED = (
    *("base", "sizes", "trigger", "stop_loss", "take_profit", "time_limit"),
    *("trailing_up", "trailing_down", "reinvest", "step"),
)

# Half ticks stay below twice 10**15, so these are beyond every price.
_NEVER = 2**62


def backtest(  # noqa: PLR0913  one name for each condition, and all but two by name
    spec: GridSpec,
    candles: pd.DataFrame,
    *,
    instrument: Instrument | None = None,
    maker: Number | None = None,
    taker: Number | None = None,
    fill: str = "touch",
    path: str = "nearest",
    participation: Number = "0.1",
    queue: Number = "0.5",
    latency: int | timedelta = 0,
    slippage: Number = 0,
    mark: Marks | None = None,
    funding: "pd.Series[float] | None" = None,
    tiers: TierList | None = None,
) -> Result:
    """Play a grid over candles.

    The grid launches at the first open, or where its trigger is touched. Within a candle the price goes from the open
    to the nearer extreme (on a tie the low), to the other extreme, to the close; the move from one close to the next
    open is part of the path and belongs to the later candle. Orders fill whole, at their own price; an order placed by
    a fill may fill later in the same candle. Candle prices are used as they are, never rounded. Nothing is sold at the
    end of the candles. What else a specification may say is played as `okxlab.grid.engine` tells.

    A spot grid whose round trips lose to the fees is played all the same: its quote may fall below zero, unlike OKX's.

    Parameters
    ----------
    spec, candles
        The grid, and a frame indexed by UTC time (a bar's opening) with float64 ``open``, ``high``, ``low``, ``close``.
    instrument
        Tick, lot and minimum; without it ``candles.attrs["instrument"]`` is used, which ``ox.candles`` sets.
    maker, taker
        Fees as fractions of what is received: ``maker`` on resting fills, ``taker`` at market. Without them
        0.08 % and 0.1 % on spot; contracts pay theirs of the value traded, 0.02 % and 0.05 %.
    fill, path, participation, queue, latency, slippage
        How orders fill, which way candles go, how late orders are and what markets cost: see `Conditions`.
    mark, funding, tiers
        Of contract grids: mark prices, rates by time of payment, position tiers; see `backtest_contract`.

    Raises
    ------
    InputError, SpecError, CandleError
        When a condition means nothing, the grid cannot be made there, or the candles cannot be traded over.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
    ...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> result = backtest(spec, bars, instrument=Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> result.summary["round_trips"], result.summary["grid_profit"]
    (1, Decimal('11.561175200'))
    """
    conditions = read_conditions(
        fill=fill, path=path, participation=participation, queue=queue, latency=latency, slippage=slippage
    )
    market = Market(instrument_of(candles, instrument), *fees_of(spec.kind, maker, taker), mark, funding, tiers)
    return _play(spec, candles, market, conditions)


def _play(spec: GridSpec, candles: pd.DataFrame, market: Market, conditions: Conditions) -> Result:
    if spec.kind != "spot":
        return play_contract(spec, candles, market, conditions)
    spec.require("The backtest", *PLAYED)
    market.check_spot()
    check_candles(candles)
    instrument, maker, taker = market.instrument, market.maker, market.taker
    account: WalkAccount | EngineAccount
    if spec.plain and conditions.ideal:
        opens, closes = (candles[name].to_numpy(dtype=np.float64) for name in ("open", "close"))
        made = ladder(spec, instrument, exact(float(opens[0])), maker=maker, taker=taker)
        account = WalkAccount.settled(made, _walk(made, candles, conditions), exact(float(closes[-1])), len(candles))
    else:
        account = play_grid(spec, candles, instrument, maker, taker, conditions)
    return Result(spec, account.ladder, candles.copy(deep=False), conditions.fill, conditions.path, account)


def _walk(made: Ladder, candles: pd.DataFrame, conditions: Conditions) -> Moves:
    prices, low_first = candle_path(candles, made.instrument.tick)
    buy_at, sell_at = triggers(2 * whole_ticks(made.levels, made.instrument.tick), through=conditions.fill == "through")
    start = made.spec.grids - made.launch_units
    return Moves(*walk(prices, spans(prices), low_first, buy_at, sell_at, start))


def triggers(levels: Ints, *, through: bool) -> tuple[Ints, Ints]:
    """Give for each state the half tick that fills the next buy, and the one that fills the next sell."""
    buy_at = np.concatenate(([-_NEVER], levels[:-1] - through))
    sell_at = np.concatenate((levels[1:] + through, [_NEVER]))
    return buy_at, sell_at
