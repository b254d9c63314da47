"""Reinvesting: free profit enlarges the next buys."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.grid.engine.lattice import Lattice
from okxlab.grid.engine.opening import Opening
from okxlab.grid.kernels import layout
from okxlab.grid.kernels.layout import Board
from okxlab.grid.money import EXACT, net
from okxlab.grid.spec import GridSpec

EVERY = timedelta(hours=24)


def pauses(spec: GridSpec, candles: pd.DataFrame, launched: int) -> list[int]:
    """Give the rows before which profit is looked at: the first that opens 24, 48, ... hours after the launch's."""
    if not spec.reinvest:
        return []
    times = pd.DatetimeIndex(candles.index)
    looks = pd.date_range(times[launched] + EVERY, times[-1], freq=EVERY)
    return [int(row) for row in np.unique(times.searchsorted(looks)) if row < len(times)]


def grow(opening: Opening, grid: Lattice, board: Board) -> bool:
    """Enlarge the next buy of every interval by free profit, in proportion, in whole lots; tell whether any grew.

    Free is the quote that no order needs: beyond what lay idle at launch, what rests behind buys, what buys enlarged
    before will need, and what a sell at a loss will lack for the buy after it. So every buy can be paid
    unless a round trip loses.
    """
    made, parts, kept = opening.made, opening.parts, opening.kept
    first = int(board.state[layout.FIRST])
    rows = board.machine[first : first + len(made.sizes)].tolist()
    prices = grid.ticks[first : first + len(made.sizes) + 1].tolist()
    step = EXACT.multiply(made.instrument.tick, made.instrument.lot)
    free = EXACT.subtract(quote_of(opening, grid, board), made.unspent)
    money = int(EXACT.divide_int(free, step)) - _needed(rows, prices, kept, parts)
    if money <= 0:
        return False
    cost = sum(row[layout.UNIT] * price for row, price in zip(rows, prices[:-1], strict=True))
    more = [row[layout.UNIT] * money // cost for row in rows]
    for i, lots in enumerate(more):
        order = board.machine[first + i]
        order[layout.UNIT] += lots
        order[layout.UNIT_AFTER] = int(order[layout.UNIT]) * kept // parts
    return any(more)


def quote_of(opening: Opening, grid: Lattice, board: Board) -> Decimal:
    """Give the quote balance that the log leaves of the launch's, exact."""
    made, log = opening.made, board.log[: board.state[layout.USED]]
    sums = []
    for what, side in ((layout.BOUGHT_AT, 0), (layout.SOLD_AT, 1)):
        rows = log[log[:, 2] == what]
        lots = np.zeros(grid.intervals, dtype=np.int64)
        np.add.at(lots, rows[:, 1], rows[:, 3])
        prices = grid.ticks[side : side + len(lots)].tolist()
        worth = sum(count * price for count, price in zip(lots.tolist(), prices, strict=True))
        sums.append(EXACT.multiply(Decimal(worth), EXACT.multiply(made.instrument.tick, made.instrument.lot)))
    return EXACT.add(EXACT.subtract(made.launch_quote, sums[0]), net(sums[1], made.maker))


def _needed(rows: list[list[int]], prices: list[int], kept: int, parts: int) -> int:
    """Give, in tick lots, what the orders of a range will need beyond what they bring."""
    needed = 0
    for row, low, high in zip(rows, prices[:-1], prices[1:], strict=True):
        if row[layout.SIDE] == layout.BUY:
            needed += row[layout.LEFT] * low + (row[layout.UNIT] - row[layout.SIZE]) * low
        else:
            brings = row[layout.LEFT] * high * kept // parts
            needed += max(0, row[layout.AFTER] * low - brings) + (row[layout.UNIT] - row[layout.AFTER]) * low
    return needed
