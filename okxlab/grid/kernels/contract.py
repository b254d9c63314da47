"""The fast walk of a contract grid: fills, funding, and the watch over its margin up to the first doubt."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from okxlab.grid.kernels.walk import Flags, Ints

Floats = npt.NDArray[np.float64]

# Why a walk stands still: nothing is left; a stop; the time limit; no room for fills; the margin is in doubt where it
# stands, or on the way ahead.
END, STOP, LIMIT, FULL, HERE, AHEAD = range(6)
# What lies ahead: the point of the candle, an order, a stop.
POINT, BUY, SELL, LOW_STOP, HIGH_STOP = range(5)
# What a walk's place is made of: row, point of the row, half tick, state, next funding, next fill, whether the test
# ahead was made, and what lies ahead.
ROW, LEG, HALF_TICK, STATE, DUE, USED, TESTED, MET = range(8)

# Bounds of what one rounding, and the few roundings of a test, put a float off by.
_ROUNDING, _TEST = 2.0**-52, 2.0**-49


class Road(NamedTuple):
    """What a grid is played over.

    ``path`` and ``marks`` have one row a candle: open, high, low, close, in half ticks (see `path`) and as the mark's
    floats. Funding ``due_rates`` (mark times rate) is paid before the candles ``due_rows``, which rise. ``limit`` is
    the row at whose open the time is over, -1 for none. The mark ``follows`` the path and is watched all the way, or
    is looked at at the four points.
    """

    path: Ints
    marks: Floats
    low_first: Flags
    due_rows: Ints
    due_rates: Floats
    limit: int
    follows: bool


class Rules(NamedTuple):
    """What a grid does, whatever its kind: intervals from the state up rest a sell, those below a buy.

    By state: the half ticks ``buy_at`` or below and ``sell_at`` or above which the next order fills, ``position`` and
    ``need`` (its size times the rate that must be kept), in base currency. By interval: what a buy and a sell do to the
    cash. ``levels`` are floats; the grid stops at ``stops`` (low and high, half ticks), which are ``edges`` as floats.
    """

    buy_at: Ints
    sell_at: Ints
    position: Floats
    need: Floats
    paid: Floats
    got: Floats
    levels: Floats
    stops: Ints
    edges: Floats


class Walk(NamedTuple):
    """How far a grid has been played; all of it moves along.

    ``place`` is where it stands, ``money`` its cash and a bound of that float's error. ``fills`` has a row a fill:
    candle, interval, whether it bought; ``owed`` the state at each funding.
    """

    place: Ints
    money: Floats
    fills: Ints
    owed: Ints


@njit(cache=True)
def walk_contract(road: Road, rules: Rules, walk: Walk) -> int:  # pragma: no cover - compiled, so never seen running
    """Play a contract grid from its place on, and say why it stands still."""
    place = walk.place
    while place[ROW] < road.path.shape[0]:
        if place[LEG] == 0:
            if _pay(road, rules, walk):
                return HERE
            if not place[TESTED] and _skip(road, rules, walk):
                continue
        why = _move(road, rules, walk)
        if why != END:
            return why
        if place[LEG] == 0 and place[ROW] == road.limit:
            return LIMIT
        place[LEG] += 1
        if place[LEG] == 4:
            place[ROW] += 1
            place[LEG] = 0
    return END


@njit(cache=True)
def _doubtful(money: Floats, position: float, need: float, price: float) -> bool:  # pragma: no cover - compiled
    """Tell whether equity may be at or below what the position must keep; False is certain."""
    if position == 0.0:
        return False
    slack = money[1] + _TEST * (abs(money[0]) + (abs(position) + need) * price)
    return bool(money[0] + (position - need) * price <= slack)


@njit(cache=True)
def _book(money: Floats, change: float) -> None:  # pragma: no cover - compiled
    money[0] += change
    money[1] += _ROUNDING * (abs(money[0]) + 2.0 * abs(change))


@njit(cache=True)
def _pay(road: Road, rules: Rules, walk: Walk) -> bool:  # pragma: no cover - compiled
    """Pay what is due before the candle, and tell whether that leaves the margin in doubt; nothing lies ahead then."""
    place = walk.place
    state, first = place[STATE], place[DUE]
    while place[DUE] < road.due_rows.size and road.due_rows[place[DUE]] <= place[ROW]:
        _book(walk.money, -rules.position[state] * road.due_rates[place[DUE]])
        walk.owed[place[DUE]] = state
        place[DUE] += 1
        place[MET] = POINT
    if place[DUE] == first or not road.follows:
        return False
    return _doubtful(walk.money, rules.position[state], rules.need[state], road.marks[place[ROW] - 1, 3])


@njit(cache=True)
def _skip(road: Road, rules: Rules, walk: Walk) -> bool:  # pragma: no cover - compiled
    """Pass over candles in which nothing happens, and tell whether there was one."""
    place, money = walk.place, walk.money
    row, state, first = place[ROW], place[STATE], place[ROW]
    low, high = max(rules.buy_at[state], rules.stops[0]), min(rules.sell_at[state], rules.stops[1])
    end = road.path.shape[0]
    if place[DUE] < road.due_rows.size:
        end = min(end, road.due_rows[place[DUE]])
    if road.limit >= row:
        end = min(end, road.limit)
    while row < end and road.path[row, 2] > low and road.path[row, 1] < high:
        for column in range(4):
            if _doubtful(money, rules.position[state], rules.need[state], road.marks[row, column]):
                end = row
        row += row < end
    if row > first:
        place[ROW] = row
        place[HALF_TICK] = road.path[row - 1, 3]
    return bool(row > first)


@njit(cache=True)
def _move(road: Road, rules: Rules, walk: Walk) -> int:  # pragma: no cover - compiled
    """Move to the next point of the candle and fill what is met."""
    place, money = walk.place, walk.money
    row, point = place[ROW], place[LEG]
    # Columns in the order the price visits them: 0, then 2 and 1 or 1 and 2, then 3.
    column = 3 - point if road.low_first[row] and 0 < point < 3 else point
    while True:
        state, tested = place[STATE], place[TESTED]
        price, event = _ahead(road, rules, place, column)
        if road.follows and not tested and _doubtful(money, rules.position[state], rules.need[state], price):
            return AHEAD
        if place[MET] == POINT:
            break
        if place[MET] >= LOW_STOP:
            return STOP
        if place[USED] == walk.fills.shape[0]:
            return FULL
        place[TESTED] = False
        _fill(rules, walk)
        place[HALF_TICK] = event
        state = place[STATE]
        if road.follows and _doubtful(money, rules.position[state], rules.need[state], price):
            return HERE
    place[HALF_TICK] = road.path[row, column]
    if not (road.follows or tested) and _doubtful(money, rules.position[state], rules.need[state], price):
        return AHEAD
    place[TESTED] = False
    return END


@njit(cache=True)
def _ahead(road: Road, rules: Rules, place: Ints, column: int) -> tuple[float, int]:  # pragma: no cover - compiled
    """Note what the price meets first on its way to a point, and give its price and half tick."""
    state = place[STATE]
    target = road.path[place[ROW], column]
    ahead, price, event = POINT, road.marks[place[ROW], column], target
    if target <= rules.buy_at[state]:
        ahead, price, event = BUY, rules.levels[state - 1], rules.buy_at[state]
    elif target >= rules.sell_at[state]:
        ahead, price, event = SELL, rules.levels[state + 1], rules.sell_at[state]
    # At one price orders fill first.
    if target <= rules.stops[0] and (ahead == POINT or rules.stops[0] > event):
        ahead, price, event = LOW_STOP, rules.edges[0], rules.stops[0]
    elif target >= rules.stops[1] and (ahead == POINT or rules.stops[1] < event):
        ahead, price, event = HIGH_STOP, rules.edges[1], rules.stops[1]
    place[MET] = ahead
    return price, event


@njit(cache=True)
def _fill(rules: Rules, walk: Walk) -> None:  # pragma: no cover - compiled
    place, fills = walk.place, walk.fills
    buys, used = place[MET] == BUY, place[USED]
    interval = place[STATE] - buys
    fills[used, 0], fills[used, 1], fills[used, 2] = place[ROW], interval, buys
    place[STATE] = interval if buys else interval + 1
    place[USED] += 1
    _book(walk.money, rules.paid[interval] if buys else rules.got[interval])
