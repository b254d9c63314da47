"""The backtest: a grid played over recorded candles, exactly."""

from difflib import get_close_matches
from typing import cast

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.account import WalkAccount
from okxlab.grid.kernels import Ints, walk
from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.ledger import Moves
from okxlab.grid.path import path, whole_ticks
from okxlab.grid.result import FillModel, Result
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, check_candles, exact, instrument_of

FILLS = ("touch", "through")

# Half ticks stay below twice 10**15, so these are beyond every price.
_NEVER = 2**62


def backtest(
    spec: GridSpec,
    candles: pd.DataFrame,
    *,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
) -> Result:
    """Play a grid over candles.

    The grid launches at the first open. Within a candle the price goes from the open to the nearer extreme (on a tie
    the low), to the other extreme, to the close; the move from one close to the next open is part of the path and
    belongs to the later candle. Orders fill whole, at their own price; an order placed by a fill may fill later in the
    same candle. Candle prices are used as they are, never rounded. Nothing is sold at the end.

    Parameters
    ----------
    spec
        The grid.
    candles
        Frame indexed by UTC time (the bar's opening) with float64 ``open``, ``high``, ``low``, ``close``.
    instrument
        Tick, lot and minimum; without it ``candles.attrs["instrument"]`` is used, which ``ox.candles`` sets.
    maker, taker
        Fees as fractions of what is received: ``maker`` on resting fills, ``taker`` on the launch purchase.
    fill
        ``"touch"``: an order fills when the path touches its price. ``"through"``: only when it goes beyond.

    Raises
    ------
    InputError
        When there is no instrument, or ``fill`` is unknown.
    SpecError
        When the grid cannot be made on that instrument with that investment.
    CandleError
        When the candles cannot be traded over.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
    ...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> result = backtest(spec, bars, instrument=Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> result.summary["round_trips"], result.summary["grid_profit"]
    (1, Decimal('11.561175200'))
    """
    spec.require("The backtest")
    model = fill_model(fill)
    made_of = instrument_of(candles, instrument)
    check_candles(candles)
    opens, closes = (candles[name].to_numpy(dtype=np.float64) for name in ("open", "close"))
    made = ladder(spec, made_of, exact(float(opens[0])), maker=maker, taker=taker)
    account = WalkAccount.settled(made, _play(made, candles, model), exact(float(closes[-1])), len(candles))
    return Result(spec, made, candles.copy(deep=False), model, "nearest", account)


def _play(made: Ladder, candles: pd.DataFrame, fill: FillModel) -> Moves:
    prices, low_first = path(candles, made.instrument.tick)
    buy_at, sell_at = triggers(2 * whole_ticks(made.levels, made.instrument.tick), through=fill == "through")
    candle, level, buy = walk(prices, low_first, buy_at, sell_at, made.spec.grids - made.launch_units)
    return Moves(candle, level, buy)


def triggers(levels: Ints, *, through: bool) -> tuple[Ints, Ints]:
    """Give for each state the half tick that fills the next buy, and the one that fills the next sell."""
    buy_at = np.concatenate(([-_NEVER], levels[:-1] - through))
    sell_at = np.concatenate((levels[1:] + through, [_NEVER]))
    return buy_at, sell_at


def fill_model(fill: str) -> FillModel:
    """Give a fill model by its name, or raise InputError with the nearest name there is."""
    if fill in FILLS:
        return cast("FillModel", fill)
    near = get_close_matches(str(fill).lower(), FILLS, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else "Use 'touch' or 'through'."
    raise InputError(f"fill is {fill!r}, which okxlab does not know.", hint)
