"""The general walk: every interval its own machine, with partial fills, late orders, stops and a range that moves.

All prices are half ticks (see `path`), all sizes lots. The base balance is kept in parts of a lot, ``rules[FINE]`` of
which are one, so that no fee is rounded. Quote is not kept: it follows from the log.
"""

import numpy as np
from numba import njit

from okxlab.grid.kernels.layout import (
    BASE,
    BOUGHT,
    BUY_AT,
    CHOSEN,
    CLOSE,
    CLOSED,
    D_BASE,
    D_BOUGHT,
    D_CLOSED,
    D_SOLD,
    DOUBT,
    END_ROW,
    FILL,
    FINE,
    FIRST,
    FULL,
    GRIDS,
    HERE,
    HIGH,
    LAST,
    LEG,
    LOW,
    LOW_FIRST,
    MOVED_DOWN,
    MOVED_UP,
    NEAREST,
    OPTIMISTIC,
    PATH,
    RUNNING,
    SELL_AT,
    SOLD,
    STATES,
    STATUS,
    STOP,
    STOPPED,
    TAKE,
    TAKEN,
    UNTOLD,
    USED,
    VOLUME,
    WAKE,
    Board,
    Field,
)
from okxlab.grid.kernels.orders import close, edges, look, meet, rise, sink, trade
from okxlab.grid.kernels.walk import Ints


@njit(cache=True)
def play(field: Field, board: Board, row: int, until: int) -> int:  # pragma: no cover - compiled
    """Play candles ``row`` to ``until`` and give the row that was not finished; ``state[STATUS]`` says why."""
    state, rows, rules = board.state, field.rows, field.rules
    room = 8 * rules[GRIDS] + field.levels.size + 8
    state[STATUS] = RUNNING
    while row < until:
        if board.log.shape[0] - state[USED] < room:
            state[STATUS] = FULL
            return row
        if row >= state[WAKE]:
            look(field, board, row)
        low, high = min(rows[row, LOW], state[HERE]), max(rows[row, HIGH], state[HERE])
        if row != rules[END_ROW] and _quiet(field, board, low, high):
            state[HERE] = rows[row, CLOSE]
        else:
            _candle(field, board, row)
            if state[STATUS] != RUNNING:
                return row
        state[LEG] = 0
        state[CHOSEN] = -1
        row += 1
    return row


@njit(cache=True)
def _candle(field: Field, board: Board, row: int) -> None:  # pragma: no cover
    state, rows, rules = board.state, field.rows, field.rules
    if state[CHOSEN] < 0:
        state[CHOSEN] = rows[row, LOW_FIRST]
        undecided = rules[PATH] != NEAREST and state[LEG] == 0
    else:
        undecided = False
    if state[LEG] == 0:
        _leg(field, board, row, rows[row, 0])
        if state[STATUS] == RUNNING and row == rules[END_ROW]:
            close(field, board, row, rules[LAST])
        if state[STATUS] != RUNNING:
            return
        state[LEG] = 1
    if undecided and not _quiet(field, board, rows[row, LOW], rows[row, HIGH]):
        _choose(field, board, row)
    else:
        _inside(field, board, row)


@njit(cache=True)
def _inside(field: Field, board: Board, row: int) -> None:  # pragma: no cover - compiled
    """Go from the open to one extreme, the other, and the close, or what is left of it, in the chosen order."""
    state, rows = board.state, field.rows
    low_first = state[CHOSEN]
    near, far = (rows[row, LOW], rows[row, HIGH]) if low_first else (rows[row, HIGH], rows[row, LOW])
    for leg in range(state[LEG], 4):
        state[LEG] = leg
        end = near if leg == 1 else (far if leg == 2 else rows[row, CLOSE])
        _leg(field, board, row, end)
        if state[STATUS] != RUNNING:
            return


@njit(cache=True)
def _choose(field: Field, board: Board, row: int) -> None:  # pragma: no cover
    """Go both ways, compare the equity at the close, and keep the better or the worse; the nearer extreme on a tie."""
    state, machine, rules = board.state, board.machine, field.rules
    state[BOUGHT] = state[SOLD] = state[CLOSED] = 0
    first, last = _reach(field, board, row)
    machine_before, state_before = np.empty((last - first, machine.shape[1]), np.int64), np.empty(STATES, np.int64)
    _copy(machine, first, last, machine_before)
    _put(state_before, state)
    state[CHOSEN] = 0
    _inside(field, board, row)
    bought, sold, closed, base = state[BOUGHT], state[SOLD], state[CLOSED], state[BASE]
    _restore(machine, first, last, machine_before)
    _put(state, state_before)
    state[CHOSEN] = 1
    _inside(field, board, row)
    bought, sold = bought - state[BOUGHT], sold - state[SOLD]
    closed, base = closed - state[CLOSED], base - state[BASE]
    sign = _sign(field, row, bought, sold, closed, base)
    wanted = 1 if rules[PATH] == OPTIMISTIC else -1
    if sign == -wanted or (sign == 0 and field.rows[row, LOW_FIRST]):
        return
    _restore(machine, first, last, machine_before)
    _put(state, state_before)
    if sign == UNTOLD:
        state[D_BOUGHT], state[D_SOLD], state[D_CLOSED], state[D_BASE] = bought, sold, closed, base
        state[STATUS] = DOUBT
    else:
        state[CHOSEN] = 0
        _inside(field, board, row)


@njit(cache=True)
def _reach(field: Field, board: Board, row: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """Give the intervals a candle can change: those of the range, and those it could move to."""
    first, last, levels = board.state[FIRST], board.state[FIRST] + field.rules[GRIDS], field.levels
    while first > 0 and levels[first] > field.rows[row, LOW]:
        first -= 1
    while last < board.machine.shape[0] and levels[last] < field.rows[row, HIGH]:
        last += 1
    return first, last


@njit(cache=True)
def _copy(machine: Ints, first: int, last: int, kept: Ints) -> None:  # pragma: no cover - compiled
    for i in range(first, last):
        for column in range(machine.shape[1]):
            kept[i - first, column] = machine[i, column]


@njit(cache=True)
def _put(state: Ints, kept: Ints) -> None:  # pragma: no cover - compiled
    for i in range(STATES):
        state[i] = kept[i]


@njit(cache=True)
def _restore(machine: Ints, first: int, last: int, kept: Ints) -> None:  # pragma: no cover - compiled
    for i in range(first, last):
        for column in range(machine.shape[1]):
            machine[i, column] = kept[i - first, column]


@njit(cache=True)
def _sign(  # noqa: PLR0917  four exact differences of one candle
    field: Field, row: int, bought: int, sold: int, closed: int, base: int
) -> int:  # pragma: no cover - compiled
    """Give the sign of a difference of equity, or UNTOLD when floats cannot tell."""
    if bought == 0 and sold == 0 and closed == 0 and base == 0:
        return 0
    held = base / field.rules[FINE] * field.closes[row]
    difference = sold * field.kept[0] + closed * field.kept[1] - bought + held
    if abs(difference) <= 1e-13 * (abs(bought) + abs(sold) + abs(closed) + abs(held)):
        return UNTOLD
    return 1 if difference > 0 else -1


@njit(cache=True)
def _leg(field: Field, board: Board, row: int, end: int) -> None:  # pragma: no cover - compiled
    """Move the price in a straight line, fill what it meets in order, and do what is to be done at prices between."""
    state, volume, jump, opened = board.state, field.rules[FILL] == VOLUME, board.state[LEG] == 0, False
    while state[STATUS] == RUNNING:
        here = state[HERE]
        what, target = _due(field, board, here, end)
        if not volume:
            if meet(field, board, row, here, target):
                continue
        elif not jump and here != target:
            trade(field, board, row, min(here + 1, target), max(here - 1, target))
            state[HERE] = target
            continue
        elif jump and not opened and target == end:
            # The jump to the open trades nothing; the open itself is the candle's first half tick.
            opened = True
            trade(field, board, row, end, end)
            state[HERE] = end
            continue
        state[HERE] = target
        if what < 0:
            return
        if what == MOVED_UP:
            rise(field, board, row, what)
        elif what == MOVED_DOWN:
            sink(field, board, row, what)
        else:
            close(field, board, row, what)


@njit(cache=True)
def _due(field: Field, board: Board, here: int, end: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """Give what is to be done first between two prices, and where; -1 and the end when nothing is."""
    rules, low, high = field.rules, min(here, end), max(here, end)
    up, down = edges(field, board)
    what, at, nearest = -1, end, high - low + 1
    if low <= rules[STOP]:
        what, at = STOPPED, min(here, rules[STOP])
        nearest = here - at
    if high >= rules[TAKE] and max(here, rules[TAKE]) - here < nearest:
        what, at = TAKEN, max(here, rules[TAKE])
        nearest = at - here
    if high >= up and max(here, up) - here < nearest:
        what, at = MOVED_UP, max(here, up)
        nearest = at - here
    if low <= down and here - min(here, down) < nearest:
        what, at = MOVED_DOWN, min(here, down)
    return what, at


@njit(cache=True)
def _quiet(field: Field, board: Board, low: int, high: int) -> bool:  # pragma: no cover - compiled
    state, rules = board.state, field.rules
    if low <= state[BUY_AT] or high >= state[SELL_AT] or low <= rules[STOP] or high >= rules[TAKE]:
        return False
    up, down = edges(field, board)
    return low > down and high < up
