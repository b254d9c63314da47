"""A ladder over candles, ready to be played with either extreme of each candle first."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from okxlab.grid.account import WalkAccount
from okxlab.grid.backtest import triggers
from okxlab.grid.conditions import CROSSINGS, FillModel, check_fill
from okxlab.grid.kernels import Flags, Ints, spans, walk
from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.ledger import Moves
from okxlab.grid.path import path, whole_ticks
from okxlab.grid.result import Result
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, check_candles, exact


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """Candles as every grid on an instrument sees them; ``nearest`` is the order a backtest goes through them in."""

    candles: pd.DataFrame
    instrument: Instrument
    fill: FillModel
    path: Ints
    nearest: Flags
    extremes: Ints

    @classmethod
    def over(cls, candles: pd.DataFrame, instrument: Instrument, fill: str) -> "Road":
        """Check candles and write them in half ticks."""
        prices, nearest = path(check_candles(candles), instrument.tick)
        return cls(candles, instrument, check_fill(fill, CROSSINGS), prices, nearest, spans(prices))

    @property
    def mark(self) -> Decimal:
        """The last close."""
        return exact(float(self.candles["close"].iloc[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """What `walk` needs of a ladder and its road, but for the order inside each candle."""

    ladder: Ladder
    road: Road
    buy_at: Ints
    sell_at: Ints

    @classmethod
    def of(cls, spec: GridSpec, road: Road, maker: Number, taker: Number) -> "Game":
        """Launch a grid at the first open."""
        spec.require("The band")
        made = ladder(spec, road.instrument, exact(float(road.candles["open"].iloc[0])), maker=maker, taker=taker)
        levels = 2 * whole_ticks(made.levels, road.instrument.tick)
        return cls(made, road, *triggers(levels, through=road.fill == "through"))

    @property
    def start(self) -> int:
        """The state after launch: the intervals from it up hold a unit."""
        return self.ladder.spec.grids - self.ladder.launch_units

    def account(self, low_first: Flags) -> WalkAccount:
        """Settle what happens when the candles run in this order."""
        moves = Moves(*walk(self.road.path, self.road.extremes, low_first, self.buy_at, self.sell_at, self.start))
        return WalkAccount.settled(self.ladder, moves, self.road.mark, len(self.road.candles))

    def result(self, low_first: Flags) -> Result:
        """Give the same as a backtest does."""
        candles, fill = self.road.candles.copy(deep=False), self.road.fill
        return Result(self.ladder.spec, self.ladder, candles, fill, "given", self.account(low_first))
