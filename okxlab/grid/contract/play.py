"""The play: the kernel walks, and wherever a float cannot tell whether the margin holds, exact figures decide."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from okxlab.grid.contract.book import Book
from okxlab.grid.contract.launch import Begin, Bounds
from okxlab.grid.contract.road import Course
from okxlab.grid.kernels import Ints, Walk, walk_contract
from okxlab.grid.kernels import contract as kernel
from okxlab.grid.ledger import Moves
from okxlab.grid.money import EXACT

Reason = Literal["stop", "time_limit", "liquidation"]

_ROOM = 1024


@dataclass(frozen=True, slots=True)
class Ending:
    """Why and where everything was cancelled and the position closed; ``cash`` is that before the closing."""

    reason: Reason
    row: int
    price: Decimal
    cash: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What came of a play: the fills, the state at each funding paid, the state at the end, and an early end."""

    moves: Moves
    owed: Ints
    state: int
    ending: Ending | None


def play(
    book: Book, course: Course, begin: Begin, *, through: bool = False, stops: Bounds = (None, None), limit: int = -1
) -> Played:
    """Play a book over its course.

    Parameters
    ----------
    through
        Whether orders fill only when the price goes beyond theirs.
    stops
        Prices on the tick, below and above, at which it stops.
    limit
        The row at whose open it stops; -1 for none.
    """
    table = _Table(book, course, through)
    road, rules = course.road(limit), book.rules(stops, through=through)
    place = np.array([begin.row, begin.point, begin.half_tick, book.state, 0, 0, 0, kernel.POINT], dtype=np.int64)
    owed = np.zeros(len(course.due_rows), dtype=np.int64)
    walk = Walk(place, np.array([float(book.cash), abs(float(book.cash)) * 2.0**-52]), _blank(_ROOM), owed)
    ending = None
    if course.follows and book.fails(book.state, book.cash, begin.price):
        ending = Ending("liquidation", begin.row, begin.price, book.cash)
    elif _beyond(begin.price, stops):
        ending = Ending("stop", begin.row, begin.price, book.cash)
    while ending is None:
        why = walk_contract(road, rules, walk)
        if why == kernel.END:
            break
        if why == kernel.FULL:
            walk = walk._replace(fills=np.concatenate((walk.fills, _blank(len(walk.fills)))))
            continue
        cash = table.cash(walk)
        ending = _ending(why, table, walk, cash, stops)
        place[kernel.TESTED] = why == kernel.AHEAD
        walk.money[:] = float(cash), abs(float(cash)) * 2.0**-52
    fills = walk.fills[: place[kernel.USED]]
    moves = Moves(fills[:, 0].copy(), fills[:, 1].copy(), fills[:, 2] == 1)
    return Played(moves, owed[: place[kernel.DUE]], int(place[kernel.STATE]), ending)


def untouched(book: Book) -> Played:
    """Give what comes of a grid that is never launched."""
    return Played(
        Moves(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_)),
        np.empty(0, np.int64),
        book.state,
        None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Exact figures at a place where a walk stands still."""

    book: Book
    course: Course
    through: bool

    def cash(self, walk: Walk) -> Decimal:
        fills, owed = walk.fills[: walk.place[kernel.USED]], walk.owed[: walk.place[kernel.DUE]]
        return self.book.after(fills, payments(self.book, self.course, owed))

    def here(self, walk: Walk) -> Decimal:
        """Give the price where it stands: that of the last fill, or the close before a funding."""
        if walk.place[kernel.MET] == kernel.POINT:
            return self.course.mark(int(walk.place[kernel.ROW]) - 1, 3)
        _, interval, bought = walk.fills[walk.place[kernel.USED] - 1]
        return self.book.levels[int(interval + 1 - bought)]

    def fell(self, walk: Walk, cash: Decimal, stops: Bounds) -> Decimal | None:
        """Give the price on the way ahead at which the margin fails before anything else happens."""
        row, point, state, ahead = (
            int(walk.place[part]) for part in (kernel.ROW, kernel.LEG, kernel.STATE, kernel.MET)
        )
        if not self.course.follows:
            price = self.course.mark(row, point)
            return price if self.book.fails(state, cash, price) else None
        if ahead in {kernel.BUY, kernel.SELL}:
            return self._before(self.book.failing_tick(state, cash), state, ahead)
        edge = self.course.mark(row, point) if ahead == kernel.POINT else stops[ahead - kernel.LOW_STOP]
        return None if edge is None else self._until(edge, state, cash)

    def stopped(self, walk: Walk, cash: Decimal, stops: Bounds) -> Ending:
        """Give the end at a stop: at its price; on the way to an open at the open, if the margin holds till there."""
        row, point, state, ahead = (
            int(walk.place[part]) for part in (kernel.ROW, kernel.LEG, kernel.STATE, kernel.MET)
        )
        edge, open_ = stops[ahead - kernel.LOW_STOP], self.course.price(row, 0)
        if point and edge is not None:
            return Ending("stop", row, edge, cash)
        failed = self._until(open_, state, cash) if self.course.follows else None
        return Ending("stop", row, open_, cash) if failed is None else Ending("liquidation", row, failed, cash)

    def _until(self, edge: Decimal, state: int, cash: Decimal) -> Decimal | None:
        """Give where the margin fails on the way to a price: at the first on the tick, or at that price itself."""
        if not self.book.fails(state, cash, edge):
            return None
        tick = self.book.failing_tick(state, cash)
        return edge if tick is None else (max if self.book.positions[state] > 0 else min)(tick, edge)

    def _before(self, tick: Decimal | None, state: int, ahead: int) -> Decimal | None:
        """Give the failing tick when the price meets it before the order's level; at one price orders fill first."""
        falls = ahead == kernel.BUY
        if tick is None or (self.book.positions[state] > 0) is not falls:
            return None
        level = self.book.levels[state - 1 if falls else state + 1]
        sooner = tick > level if falls else tick < level
        return tick if sooner or (self.through and tick == level) else None


def payments(book: Book, course: Course, owed: Ints) -> list[Decimal]:
    """Give the amount of each funding paid so far, in quote currency; negative when it was received."""
    dues = zip(owed.tolist(), course.due_marks, course.due_rates, strict=False)
    return [EXACT.multiply(book.positions[state], EXACT.multiply(mark, rate)) for state, mark, rate in dues]


def _ending(why: int, table: _Table, walk: Walk, cash: Decimal, stops: Bounds) -> Ending | None:
    row, _, state, _ = _standing(walk)
    if why == kernel.LIMIT:
        return Ending("time_limit", row, table.course.price(row, 0), cash)
    if why == kernel.STOP:
        return table.stopped(walk, cash, stops)
    if why == kernel.HERE:
        price = table.here(walk)
        return Ending("liquidation", row, price, cash) if table.book.fails(state, cash, price) else None
    found = table.fell(walk, cash, stops)
    return None if found is None else Ending("liquidation", row, found, cash)


def _standing(walk: Walk) -> tuple[int, int, int, int]:
    """Give row, point, state and what lies ahead where a walk stands still."""
    place = walk.place
    return int(place[kernel.ROW]), int(place[kernel.LEG]), int(place[kernel.STATE]), int(place[kernel.MET])


def _beyond(price: Decimal, stops: Bounds) -> bool:
    low, high = stops
    return (low is not None and price <= low) or (high is not None and price >= high)


def _blank(rows: int) -> Ints:
    return np.zeros((rows, 3), dtype=np.int64)
