"""A ladder over candles, ready to be played with either extreme of each candle first."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from okxlab.grid.account import WalkAccount
from okxlab.grid.backtest import triggers
from okxlab.grid.kernels import Flags, Ints, walk
from okxlab.grid.ladder import Ladder
from okxlab.grid.ledger import Moves
from okxlab.grid.path import path, whole_ticks
from okxlab.grid.result import FillModel, Result
from okxlab.model import exact


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """What `walk` needs but for the order inside each candle; ``nearest`` is the order of a backtest."""

    ladder: Ladder
    candles: pd.DataFrame
    fill: FillModel
    path: Ints
    nearest: Flags
    buy_at: Ints
    sell_at: Ints

    @classmethod
    def of(cls, made: Ladder, candles: pd.DataFrame, fill: FillModel) -> "Game":
        """Prepare a ladder launched at the first open of checked candles."""
        tick = made.instrument.tick
        prices, nearest = path(candles, tick)
        buy_at, sell_at = triggers(2 * whole_ticks(made.levels, tick), through=fill == "through")
        return cls(made, candles, fill, prices, nearest, buy_at, sell_at)

    @property
    def start(self) -> int:
        """The state after launch: the intervals from it up hold a unit."""
        return self.ladder.spec.grids - self.ladder.launch_units

    @property
    def mark(self) -> Decimal:
        """The last close."""
        return exact(float(self.candles["close"].iloc[-1]))

    def result(self, low_first: Flags) -> Result:
        """Play the candles in this order through the ledger."""
        moves = Moves(*walk(self.path, low_first, self.buy_at, self.sell_at, self.start))
        account = WalkAccount.settled(self.ladder, moves, self.mark, len(self.candles))
        return Result(self.ladder.spec, self.ladder, self.candles.copy(deep=False), self.fill, "given", account)
