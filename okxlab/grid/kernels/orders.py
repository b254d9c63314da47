"""The orders of the engine: which is met first, what it fills, what rests next, and where the range stands."""

from numba import njit

from okxlab.grid.kernels.layout import (
    AFTER,
    ARRIVES,
    BASE,
    BOUGHT,
    BOUGHT_AT,
    BUY,
    BUY_AT,
    CHOSEN,
    CLOSE,
    CLOSED,
    ENDED,
    FILL,
    FINE,
    FIRST,
    GRIDS,
    HERE,
    HIGH,
    KEPT,
    LEFT,
    LEG,
    LIVE,
    LOW,
    NEVER,
    OPEN,
    QUEUED,
    RISES,
    SELL,
    SELL_AT,
    SHARE,
    SIDE,
    SINKS,
    SIZE,
    SMALLEST,
    SOLD,
    SOLD_AT,
    STATUS,
    TAKEN_LOTS,
    THROUGH,
    UNIT,
    UNIT_AFTER,
    USED,
    WAKE,
    WHOLE,
    Board,
    Field,
)


@njit(cache=True)
def look(field: Field, board: Board, row: int) -> None:  # pragma: no cover - compiled
    """Find the prices that fill the next buy and the next sell, and the row in which another order becomes live."""
    state, machine, beyond = board.state, board.machine, field.rules[FILL] == THROUGH
    state[BUY_AT], state[SELL_AT], state[WAKE] = -NEVER, NEVER, NEVER
    for i in range(state[FIRST], state[FIRST] + field.rules[GRIDS]):
        if machine[i, LIVE] > row:
            state[WAKE] = min(state[WAKE], machine[i, LIVE])
        elif machine[i, SIDE] == BUY:
            state[BUY_AT] = max(state[BUY_AT], field.levels[i] - beyond)
        elif machine[i, SIDE] == SELL:
            state[SELL_AT] = min(state[SELL_AT], field.levels[i + 1] + beyond)


@njit(cache=True)
def edges(field: Field, board: Board) -> tuple[int, int]:  # pragma: no cover - compiled
    """Give the prices at which the range moves up and down, or prices that are never reached."""
    machine, state = board.machine, board.state
    first, end = state[FIRST], state[FIRST] + field.rules[GRIDS]
    up, down = NEVER, -NEVER
    if state[RISES] and end < machine.shape[0]:
        lowest = machine[first]
        if lowest[SIDE] == BUY and lowest[LEFT] == lowest[SIZE]:
            up = field.levels[end + 1]
    if state[SINKS] and first > 0:
        highest = machine[end - 1]
        if highest[SIDE] == SELL and highest[LEFT] == highest[SIZE]:
            down = field.levels[first - 1]
    return up, down


@njit(cache=True)
def meet(field: Field, board: Board, row: int, here: int, end: int) -> bool:  # pragma: no cover - compiled
    """Fill the order met first on the way, and go there; the lowest interval of several met at once."""
    state, machine, levels = board.state, board.machine, field.levels
    low, high, beyond = min(here, end), max(here, end), field.rules[FILL] == THROUGH
    if low > state[BUY_AT] and high < state[SELL_AT]:
        return False
    found, at, nearest = state[FIRST], here, high - low + 1
    for i in range(state[FIRST], state[FIRST] + field.rules[GRIDS]):
        if machine[i, LIVE] > row:
            continue
        if machine[i, SIDE] == BUY:
            met, place = levels[i] >= low + beyond, min(here, levels[i])
        else:
            met, place = levels[i + 1] <= high - beyond, max(here, levels[i + 1])
        if met and abs(place - here) < nearest:
            found, at, nearest = i, place, abs(place - here)
    if nearest > high - low:
        return False
    state[HERE] = at
    fill(field, board, row, found, machine[found, LEFT])
    look(field, board, row)
    return True


@njit(cache=True)
def trade(field: Field, board: Board, row: int, low: int, high: int) -> None:  # pragma: no cover - compiled
    """Share out the volume of the half ticks ``low`` to ``high``; what an order takes is not there for farther ones."""
    state, machine, levels = board.state, board.machine, field.levels
    if low > state[BUY_AT] and high < state[SELL_AT]:
        return
    first, end = state[FIRST], state[FIRST] + field.rules[GRIDS]
    long = length(field, board, row)
    share, queued = field.rows[row, SHARE], field.rows[row, QUEUED] // long
    rest = NEVER
    for i in range(end - 1, first - 1, -1):
        machine[i, TAKEN_LOTS] = 0
        if machine[i, SIDE] == BUY and machine[i, LIVE] <= row and levels[i] >= low:
            lots = _part(share, max(0, min(high, levels[i] - 1) - low + 1), long) + queued * (levels[i] <= high)
            rest = min(rest, lots)
            machine[i, TAKEN_LOTS] = min(machine[i, LEFT], rest)
            rest -= machine[i, TAKEN_LOTS]
    rest = NEVER
    for i in range(first, end):
        if machine[i, SIDE] == SELL and machine[i, LIVE] <= row and levels[i + 1] <= high:
            lots = _part(share, max(0, high - max(low, levels[i + 1] + 1) + 1), long)
            rest = min(rest, lots + queued * (levels[i + 1] >= low))
            machine[i, TAKEN_LOTS] = min(machine[i, LEFT], rest)
            rest -= machine[i, TAKEN_LOTS]
    for i in range(end - 1, first - 1, -1):
        if machine[i, TAKEN_LOTS] and machine[i, SIDE] == BUY:
            fill(field, board, row, i, machine[i, TAKEN_LOTS])
            machine[i, TAKEN_LOTS] = 0
    for i in range(first, end):
        if machine[i, TAKEN_LOTS]:
            fill(field, board, row, i, machine[i, TAKEN_LOTS])
    look(field, board, row)


@njit(cache=True)
def _part(share: int, part: int, whole: int) -> int:  # pragma: no cover - compiled
    """Give ``share * part // whole`` without a product that could overflow."""
    return share // whole * part + share % whole * part // whole


@njit(cache=True)
def length(field: Field, board: Board, row: int) -> int:  # pragma: no cover - compiled
    """Give the half ticks a candle passes in the chosen order, its open among them."""
    rows = field.rows
    open_, high, low, close = rows[row, 0], rows[row, HIGH], rows[row, LOW], rows[row, CLOSE]
    ends = open_ - low + high - close if board.state[CHOSEN] else high - open_ + close - low
    return int(1 + ends + high - low)


@njit(cache=True)
def fill(field: Field, board: Board, row: int, i: int, lots: int) -> None:  # pragma: no cover - compiled
    """Fill ``lots`` of the order of an interval; a whole one is followed by its opposite."""
    state, order, rules = board.state, board.machine[i], field.rules
    order[LEFT] -= lots
    whole = int(order[LEFT] == 0)
    buy = order[SIDE] == BUY
    place = field.levels[i] if buy else field.levels[i + 1]
    _write(board, row, i, BOUGHT_AT if buy else SOLD_AT, lots, place)
    board.log[state[USED] - 1, WHOLE] = whole
    if buy:
        state[BASE] += lots * rules[KEPT]
        state[BOUGHT] += lots * (place // 2)
    else:
        state[BASE] -= lots * rules[FINE]
        state[SOLD] += lots * (place // 2)
    if whole and buy:
        order[SIDE], order[SIZE], order[LEFT], order[AFTER] = SELL, order[AFTER], order[AFTER], order[SIZE]
    elif whole:
        order[SIDE], order[SIZE], order[LEFT], order[AFTER] = BUY, order[UNIT], order[UNIT], order[UNIT_AFTER]
    if whole:
        order[LIVE] = field.rows[row, ARRIVES]


@njit(cache=True)
def rise(field: Field, board: Board, row: int, what: int) -> None:  # pragma: no cover - compiled
    """Move the range up one interval: what the lowest buy would have paid rests as a buy below the new top."""
    state, machine, rules, levels = board.state, board.machine, field.rules, field.levels
    low = state[FIRST]
    top = low + rules[GRIDS]
    size = machine[low, SIZE] * (levels[low] // 2) // (levels[top] // 2)
    if size < rules[SMALLEST]:
        state[RISES] = 0
        return
    after = size * rules[KEPT] // rules[FINE]
    order = machine[top]
    order[SIDE], order[SIZE], order[LEFT], order[AFTER] = BUY, size, size, after
    order[LIVE], order[UNIT], order[UNIT_AFTER] = field.rows[row, ARRIVES], size, after
    machine[low, SIDE] = 0
    state[FIRST] += 1
    _write(board, row, top, what, size, levels[top + 1])
    look(field, board, row)


@njit(cache=True)
def sink(field: Field, board: Board, row: int, what: int) -> None:  # pragma: no cover - compiled
    """Move the range down one interval: the unit at the top is offered above the new bottom instead."""
    state, machine = board.state, board.machine
    low = state[FIRST] - 1
    top = low + field.rules[GRIDS]
    for column in range(machine.shape[1]):
        machine[low, column] = machine[top, column]
    machine[low, LIVE] = field.rows[row, ARRIVES]
    machine[top, SIDE] = 0
    state[FIRST] -= 1
    _write(board, row, low, what, machine[low, SIZE], field.levels[low])
    look(field, board, row)


@njit(cache=True)
def close(field: Field, board: Board, row: int, why: int) -> None:  # pragma: no cover - compiled
    """Cancel everything and sell every whole lot at market: here, or at the open when the price jumps to it."""
    state, rules = board.state, field.rules
    lots = state[BASE] // rules[FINE]
    state[BASE] -= lots * rules[FINE]
    state[CLOSED] += lots * (state[HERE] // 2)
    for i in range(state[FIRST], state[FIRST] + rules[GRIDS]):
        board.machine[i, SIDE] = 0
    state[STATUS] = ENDED
    _write(board, row, state[FIRST], why, lots, OPEN if state[LEG] == 0 else state[HERE])


@njit(cache=True)
def _write(  # noqa: PLR0917  one argument a column
    board: Board, row: int, interval: int, what: int, lots: int, price: int
) -> None:  # pragma: no cover - compiled
    line = board.log[board.state[USED]]
    line[0], line[1], line[2], line[3], line[WHOLE], line[5] = row, interval, what, lots, 1, price
    board.state[USED] += 1
