"""The game: a ladder played over candles by the compiled engine, and settled."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.conditions import FILLS, PATHS, Conditions
from okxlab.grid.ends import ended_at
from okxlab.grid.engine import course
from okxlab.grid.engine.infinity import endless
from okxlab.grid.engine.lattice import Lattice, lattice
from okxlab.grid.engine.launch import Launch, find_launch, half_tick, last_row
from okxlab.grid.engine.ledger import EngineAccount, settle_log
from okxlab.grid.engine.opening import Opening, opened
from okxlab.grid.engine.pairs import Sheet
from okxlab.grid.engine.reinvest import grow, pauses
from okxlab.grid.kernels import Ints, layout
from okxlab.grid.kernels.engine import play
from okxlab.grid.kernels.layout import Board, Field
from okxlab.grid.ladder import ladder
from okxlab.grid.minimum import smallest_size
from okxlab.grid.money import EXACT, ONE
from okxlab.grid.path import path as candle_path
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, exact, plain


def play_grid(  # noqa: PLR0917  what is played, on what, at which fees and conditions
    spec: GridSpec,
    candles: pd.DataFrame,
    instrument: Instrument,
    maker: Number,
    taker: Number,
    conditions: Conditions,
) -> EngineAccount:
    """Launch a grid on candles and play it under the conditions to its end or the last close."""
    path, low_first = candle_path(candles, instrument.tick)
    launch = find_launch(candles, path, low_first, spec.trigger, instrument.tick)
    _check_launch(spec, launch)
    slippage = conditions.slippage
    lowest, highest = int(path[:, 2].min()), int(path[:, 1].max())
    if spec.high is None:
        made = endless(spec, instrument, launch.price, highest, maker, taker, slippage)
    else:
        made = ladder(spec, instrument, launch.price, maker=maker, taker=taker, slippage=slippage)
    grid = lattice(made, lowest, highest)
    opening = opened(made)
    field = Field(
        rows=course.rows(path, low_first, candles, instrument, conditions),
        levels=2 * grid.ticks,
        rules=_rules(opening, conditions, last_row(spec, candles, launch.row)),
        closes=candles["close"].to_numpy(dtype=np.float64) / float(instrument.tick),
        kept=np.array([1 - made.maker, (1 - made.taker) * (1 - slippage)], dtype=np.float64),
    )
    return _Game(opening, grid, launch, conditions, candles, field).account()


def _check_launch(spec: GridSpec, launch: Launch) -> None:
    """Refuse what a trigger may not be either; a jump across both is what the market did."""
    ended = ended_at(launch.price, spec.stop_loss, spec.take_profit)
    if ended is not None and spec.trigger is None:
        raise SpecError(
            f"The first open is {plain(launch.price)} and {ended[0]} is {plain(ended[1])}: the grid would end as it "
            "starts.",
            "Start the candles between the prices that end the grid, or give a trigger there.",
        )


@dataclass(slots=True)
class _Game:
    """One run: the values it is played with, and the arrays that change."""

    opening: Opening
    grid: Lattice
    launch: Launch
    conditions: Conditions
    candles: pd.DataFrame
    field: Field

    def account(self) -> EngineAccount:
        """Play, and settle what happened."""
        board = self._board()
        grown: list[tuple[int, Decimal]] = []
        if self.launch.row is not None:
            board = self._run(board, self.launch.row, grown)
        log = board.log[: board.state[layout.USED]].copy()
        return settle_log(Sheet(self.opening, self.grid, self.launch, self.conditions, log, grown), self.candles)

    def _board(self) -> Board:
        made, opening = self.opening.made, self.opening
        machine = np.zeros((self.grid.intervals, layout.ORDER), dtype=np.int64)
        state = np.zeros(layout.STATES, dtype=np.int64)
        live = 0 if self.launch.row is None else int(self.field.rows[self.launch.row, layout.ARRIVES])
        for i, unit in enumerate(opening.units):
            after, offered = unit * opening.kept // opening.parts, opening.offered[i]
            if made.holds(i):
                machine[self.grid.below + i] = layout.SELL, offered, offered, unit, live, unit, after, 0
            else:
                machine[self.grid.below + i] = layout.BUY, unit, unit, after, live, unit, after, 0
        state[layout.FIRST], state[layout.BASE] = self.grid.below, opening.base_parts
        state[layout.HERE], state[layout.LEG] = self.launch.place, self.launch.leg
        state[layout.CHOSEN] = -1
        state[layout.RISES] = made.spec.trailing_up is not None
        state[layout.SINKS] = made.spec.trailing_down is not None
        room = 8 * len(made.sizes) + len(self.field.levels) + 8
        log = np.empty((max(4096, 4 * room), layout.COLUMNS), dtype=np.int64)
        return Board(machine, state, log)

    def _run(self, board: Board, row: int, grown: list[tuple[int, Decimal]]) -> Board:
        """Play to the end, with a pause wherever profit is reinvested."""
        for until in (*pauses(self.opening.made.spec, self.candles, row), len(self.candles)):
            board = self._play(board, row, until)
            if board.state[layout.STATUS] == layout.ENDED:
                break
            if until < len(self.candles) and grow(self.opening, self.grid, board):
                grown.append((until, exact(float(self.candles["close"].iloc[until - 1]))))
            row = until
        return board

    def _play(self, board: Board, row: int, until: int) -> Board:
        """Play to a row, giving the engine more room or an exact comparison whenever it stops to ask for it."""
        while True:
            row = play(self.field, board, row, until)
            status = board.state[layout.STATUS]
            if status == layout.FULL:
                board = board._replace(log=np.concatenate((board.log, np.empty_like(board.log))))
            elif status == layout.DOUBT:
                board.state[layout.CHOSEN] = self._low_first(board, row)
            else:
                return board

    def _low_first(self, board: Board, row: int) -> bool:
        """Compare exactly what two ways through a candle end in, where floats could not."""
        made, state = self.opening.made, board.state
        bought, sold, closed, base = (
            Decimal(int(state[name])) for name in (layout.D_BOUGHT, layout.D_SOLD, layout.D_CLOSED, layout.D_BASE)
        )
        tick, close = made.instrument.tick, exact(float(self.candles["close"].iloc[row]))
        market = EXACT.multiply(EXACT.subtract(ONE, made.taker), EXACT.subtract(ONE, self.conditions.slippage))
        value = EXACT.add(EXACT.multiply(sold, EXACT.subtract(ONE, made.maker)), EXACT.multiply(closed, market))
        held = EXACT.multiply(EXACT.multiply(base, close), Decimal(1).scaleb(-_places(self.opening.parts)))
        difference = EXACT.add(EXACT.multiply(EXACT.subtract(value, bought), tick), held)
        if not difference:
            return bool(self.field.rows[row, layout.LOW_FIRST])
        return (difference < 0) == (self.conditions.path == "optimistic")


def _rules(opening: Opening, conditions: Conditions, end_row: int) -> Ints:
    made = opening.made
    spec, tick = made.spec, made.instrument.tick
    rules: Ints = np.zeros(layout.RULES, dtype=np.int64)
    smallest = smallest_size(made.instrument, made.maker, made.taker)
    rules[layout.FILL], rules[layout.PATH] = FILLS.index(conditions.fill), PATHS.index(conditions.path)
    rules[layout.GRIDS], rules[layout.FINE] = len(made.sizes), opening.parts
    rules[layout.KEPT] = opening.kept
    rules[layout.SMALLEST] = int(EXACT.divide_int(smallest, made.instrument.lot))
    rules[layout.STOP] = -layout.NEVER if spec.stop_loss is None else half_tick(spec.stop_loss, tick, "stop_loss")
    rules[layout.TAKE] = layout.NEVER if spec.take_profit is None else half_tick(spec.take_profit, tick, "take_profit")
    rules[layout.END_ROW], rules[layout.LAST] = end_row, layout.TIMED
    return rules


def _places(parts: int) -> int:
    return len(str(parts)) - 1
