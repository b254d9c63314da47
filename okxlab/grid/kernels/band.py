"""The choices that candles leave open, between the low first and the high first: listed, judged, and strolled through.

Gains are rows of whole numbers, added column by column; what a column means is the caller's.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from okxlab.grid.kernels.walk import Flags, Ints

Flag = np.bool_ | bool
Orders = npt.NDArray[np.uint8]

# Where a candle closes, the next buy of a state is below and its next sell above; three states at most have that.
ENTRIES = 3


@njit(cache=True, nogil=True)
def _play(  # noqa: PLR0917  compiled code takes plain arrays, by place
    prices: Ints, low_first: Flag, buy_at: Ints, sell_at: Ints, trips: Ints, state: int, gain: Ints
) -> int:  # pragma: no cover - compiled, so no line of it is seen running
    """Play one candle from a state, add what its sells gain, and give the state it ends in."""
    for point in range(4):
        price = prices[3 - point if low_first and 0 < point < 3 else point]
        while price <= buy_at[state]:
            state -= 1
        before = state
        while price >= sell_at[state]:
            state += 1
        if state != before:
            gain += trips[state] - trips[before]
    return state


@njit(cache=True, nogil=True)
def _distinct(ends: Ints, state: Ints, follow: Ints) -> int:  # pragma: no cover - compiled
    """Fill ``state`` with the different ones among ``ends`` and ``follow`` with their places, and give how many."""
    found = 0
    for entry in range(ends.shape[0]):
        for order in range(2):
            place = 0
            while place < found and state[place] != ends[entry, order]:
                place += 1
            state[place] = ends[entry, order]
            follow[entry, order] = place
            found = max(found, place + 1)
    return found


@njit(cache=True, nogil=True)
def choices(  # noqa: PLR0917  compiled code takes plain arrays, by place
    path: Ints, low_first: Flags, buy_at: Ints, sell_at: Ints, start: int, trips: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints]:  # pragma: no cover - compiled, so no line of it is seen running
    """List the candles whose order matters, and what follows from each order.

    ``path``, ``low_first``, ``buy_at``, ``sell_at`` and ``start`` are those of `walk`; one sell in each interval from a
    up to b gains ``trips[b] - trips[a]``.

    A candle is entered in one of three states at most, its entries. Of every choice: ``row``, its candle;
    ``follow[entry, order]``, the entry of the next choice; ``gain[entry, order]``, what was sold since the choice
    before. Order 0 is the one ``low_first`` names. After the last choice an entry ends in ``state`` and gains ``rest``.
    """
    used, entries, buy, sell = 0, 1, buy_at[start], sell_at[start]
    row = np.empty(256, np.int64)
    follow = np.zeros((256, ENTRIES, 2), np.int64)
    gain = np.zeros((256, ENTRIES, 2, trips.shape[1]), np.int64)
    state = np.full(ENTRIES, start, np.int64)
    ends = np.empty((ENTRIES, 2), np.int64)
    rest = np.zeros((ENTRIES, trips.shape[1]), np.int64)
    gains = np.empty((ENTRIES, 2, trips.shape[1]), np.int64)
    for candle in range(path.shape[0]):
        if path[candle, 2] > buy and path[candle, 1] < sell:
            continue
        for entry in range(entries):
            for order in range(2):
                flag = low_first[candle] != (order == 1)
                gains[entry, order] = rest[entry]
                ends[entry, order] = _play(
                    path[candle], flag, buy_at, sell_at, trips, state[entry], gains[entry, order]
                )
        if np.all(ends[:entries, 0] == ends[:entries, 1]) and np.all(gains[:entries, 0] == gains[:entries, 1]):
            state[:entries] = ends[:entries, 0]
            rest[:entries] = gains[:entries, 0]
        else:
            if used == row.size:
                row = np.concatenate((row, np.empty(used, np.int64)))
                follow = np.concatenate((follow, np.zeros((used, ENTRIES, 2), np.int64)))
                gain = np.concatenate((gain, np.zeros((used, ENTRIES, 2, trips.shape[1]), np.int64)))
            row[used] = candle
            gain[used, :entries] = gains[:entries]
            entries = _distinct(ends[:entries], state, follow[used])
            rest[:] = 0
            used += 1
        buy, sell = buy_at[state[:entries].max()], sell_at[state[:entries].min()]
    return row[:used], follow[:used], gain[:used], state[:entries], rest[:entries]


@njit(cache=True, nogil=True)
def _above(one: Ints, other: Ints, bits: int) -> int:  # pragma: no cover - compiled
    """Give 1, 0 or -1 as one number of limbs is above the other, the same, or below it."""
    carry = 0
    rest = 0
    for limb in range(one.size):
        difference = one[limb] - other[limb] + carry
        carry = difference >> bits
        rest |= difference - (carry << bits)
    if carry < 0:
        return -1
    return 1 if carry > 0 or rest > 0 else 0


@njit(cache=True, nogil=True)
def reach(follow: Ints, gain: Ints, rest: Ints, bits: int, sign: int) -> tuple[Orders, Ints]:  # pragma: no cover
    """Give the orders that lead to the highest sum of gains (``sign`` 1) or the lowest (-1), and that sum in limbs.

    Each number is a row of limbs of so many bits. From the last choice to the first, the best of what is ahead of each
    entry is known; of two orders that lead equally far it is order 0.
    """
    count = follow.shape[0]
    pick = np.zeros((count, ENTRIES), np.uint8)
    ahead = np.zeros((ENTRIES, gain.shape[3]), np.int64)
    ahead[: rest.shape[0]] = rest
    here = np.empty_like(ahead)
    for choice in range(count - 1, -1, -1):
        for entry in range(ENTRIES):
            plain = gain[choice, entry, 0] + ahead[follow[choice, entry, 0]]
            other = gain[choice, entry, 1] + ahead[follow[choice, entry, 1]]
            better = _above(other, plain, bits) == sign
            pick[choice, entry] = better
            here[entry] = other if better else plain
        ahead, here = here, ahead
    orders = np.empty(count, np.uint8)
    entry = 0
    for choice in range(count):
        orders[choice] = pick[choice, entry]
        entry = follow[choice, entry, orders[choice]]
    return orders, ahead[0]


@njit(cache=True, nogil=True)
def stroll(follow: Ints, gain: Ints, orders: Orders, entry: Ints, total: Ints) -> None:  # pragma: no cover - compiled
    """Take many ways through the same choices at once: move each way's ``entry`` and add to its ``total``, in place.

    ``orders`` has a row a choice and a column a way.
    """
    for choice in range(orders.shape[0]):
        for way in range(orders.shape[1]):
            order = orders[choice, way]
            for column in range(total.shape[1]):
                total[way, column] += gain[choice, entry[way], order, column]
            entry[way] = follow[choice, entry[way], order]
