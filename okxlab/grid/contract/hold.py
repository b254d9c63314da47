"""What the same money would have become without a grid: one position at the same leverage, held to the end."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from okxlab.grid.contract.book import Book
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.contract.launch import at_open
from okxlab.grid.contract.play import Played, payments, play
from okxlab.grid.contract.road import Course
from okxlab.grid.contract.tiers import Tier, maintenance_rate
from okxlab.grid.kernels import Floats
from okxlab.grid.money import EXACT, total


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """A position opened at the first open and held: funded and liquidated as the grid is."""

    book: Book
    course: Course
    played: Played

    @property
    def end(self) -> Decimal:
        """Equity at the last mark, exactly."""
        if self.played.ending is not None:  # only a liquidation ends it, and leaves nothing
            return Decimal(0)
        cash = EXACT.subtract(self.book.cash, total(payments(self.book, self.course, self.played.owed)))
        mark = self.course.last_mark
        return EXACT.add(cash, EXACT.multiply(self.book.positions[0], mark))

    def curve(self) -> Floats:
        """Equity at each close, one float64 a candle."""
        rows, ending = len(self.course.path), self.played.ending
        paid = [float(amount) for amount in payments(self.book, self.course, self.played.owed)]
        funded = np.bincount(self.course.due_rows[: len(paid)], weights=np.negative(paid), minlength=rows)
        held = float(self.book.positions[0]) * self.course.marks[:, 3]
        values = np.asarray(float(self.book.cash) + np.cumsum(funded) + held, dtype=np.float64)
        if ending is not None:
            values[ending.row :] = 0.0
        values[-1] = float(self.end)
        return values


def hold(ladder: ContractLadder, tiers: tuple[Tier, ...], course: Course, share: Decimal) -> Hold:
    """Play a position bought at the first open with ``share`` of the investment at the grid's leverage.

    A short grid's is sold. Its size is whole lots whose initial margin and taker fee that share carries; the whole
    investment stands behind it.
    """
    spec, price = ladder.spec, course.price(0, 0)
    one = EXACT.multiply(EXACT.multiply(ladder.contract, price), _loaded(ladder))
    money = EXACT.multiply(EXACT.multiply(spec.investment, share), spec.leverage)
    lots = EXACT.divide_int(money, EXACT.multiply(one, ladder.instrument.lot))
    size = EXACT.multiply(lots, ladder.instrument.lot)
    base = EXACT.multiply(size, ladder.contract)
    value = EXACT.multiply(base, price)
    held = EXACT.minus(base) if spec.kind == "short" else base
    paid = EXACT.add(EXACT.multiply(held, price), EXACT.multiply(value, ladder.taker))
    book = Book(
        tick=ladder.instrument.tick,
        cash=EXACT.subtract(spec.investment, paid),
        state=0,
        positions=(held,),
        rates=(EXACT.add(maintenance_rate(tiers, size), ladder.taker),),
    )
    return Hold(book, course, play(book, course, at_open(course, 0)))


def _loaded(ladder: ContractLadder) -> Decimal:
    return EXACT.add(Decimal(1), EXACT.multiply(ladder.taker, ladder.spec.leverage))
