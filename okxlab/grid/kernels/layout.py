"""The layout of the engine's tables: its whole numbers by name, for compiled and plain code alike."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from okxlab.grid.kernels.walk import Ints

Floats = npt.NDArray[np.float64]

# Columns of the candles: prices, whether the nearer extreme is the low, lots to be had of the volume beyond a price and
# at it, and the first row in which an order placed in this one is in the book.
HIGH, LOW, CLOSE, LOW_FIRST, SHARE, QUEUED, ARRIVES = range(1, 8)
CANDLE = 8

# Columns of the machine, one row an interval: which order rests, its size, what of it is left, the size of the sell
# that follows a buy (of a sell: that of the buy before it), the row from which it is in the book; and the size of the
# interval's next buy and of the sell that follows that one; what it takes of a stretch of the path.
SIDE, SIZE, LEFT, AFTER, LIVE, UNIT, UNIT_AFTER, TAKEN_LOTS = range(8)
ORDER = 8
BUY, SELL = 1, 2

# The state: lowest interval of the range, price, base, rows of the log, status, part of the candle to go on with (0:
# from the last close), the order chosen for it (-1: none), next prices to fill at, next row an order becomes live, and
# whether the range may rise and sink; then what a candle bought, sold and sold at market, and the same as differences.
FIRST, HERE, BASE, USED, STATUS, LEG, CHOSEN, BUY_AT, SELL_AT, WAKE, RISES, SINKS = range(12)
BOUGHT, SOLD, CLOSED, D_BOUGHT, D_SOLD, D_CLOSED, D_BASE = range(12, 19)
STATES = 19
RUNNING, ENDED, DOUBT, FULL = range(4)

# The rules: fill and path model, intervals, parts of a lot, parts left after a fee, smallest buy, where to end, and
# what the log calls an end in time.
FILL, PATH, GRIDS, FINE, KEPT, SMALLEST, STOP, TAKE, END_ROW, LAST = range(10)
RULES = 10
TOUCH, THROUGH, VOLUME = range(3)
NEAREST, OPTIMISTIC, PESSIMISTIC = range(3)

# Rows of the log: candle, interval, what, lots, whether the order is whole, price (OPEN: that of the candle).
BOUGHT_AT, SOLD_AT, MOVED_UP, MOVED_DOWN, STOPPED, TAKEN, TIMED = range(7)
COLUMNS = 6
WHOLE = 4
OPEN = -1
NEVER = 2**62
UNTOLD = 2


class Field(NamedTuple):
    """What does not change while a grid is played.

    ``rows``: candles as the columns above name them; ``levels``: prices the range may ever have, one more than
    intervals; ``closes``: last price of each candle in ticks; ``kept``: what a resting and a market sell leave of their
    value.
    """

    rows: Ints
    levels: Ints
    rules: Ints
    closes: Floats
    kept: Floats


class Board(NamedTuple):
    """What changes: machine, state and log."""

    machine: Ints
    state: Ints
    log: Ints
