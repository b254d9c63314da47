"""The ledger of a contract grid: what its fills, funding and end did to the money, pair by pair, exactly."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from okxlab.errors import OkxlabError
from okxlab.grid.contract.book import Book
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.contract.play import Ending, Played, payments
from okxlab.grid.contract.road import Course
from okxlab.grid.money import EXACT, total


@dataclass(frozen=True, slots=True)
class Part:
    """What one interval did, in quote currency: ``trips`` pairs closed, price differences and fees apart.

    ``closed`` and ``closed_fees`` are those of closed pairs, ``floating`` and ``open_fees`` those of the unit still
    open: at the mark, or at what it was closed for at the end.
    """

    buys: int
    sells: int
    trips: int
    closed: Decimal
    closed_fees: Decimal
    floating: Decimal
    open_fees: Decimal

    @property
    def profit(self) -> Decimal:
        """Profit of closed pairs after both fees."""
        return EXACT.subtract(self.closed, self.closed_fees)


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """Exact money of a play; ``liquidation`` is what the liquidation took of what was left, negative, or forgave."""

    parts: tuple[Part, ...]
    funding: Decimal
    liquidation: Decimal
    mark: Decimal
    position: Decimal

    @property
    def grid(self) -> Decimal:
        """Price differences of closed pairs."""
        return total([part.closed for part in self.parts])

    @property
    def floating(self) -> Decimal:
        """Price differences of units still open, or closed at the end."""
        return total([part.floating for part in self.parts])

    @property
    def fees(self) -> Decimal:
        """All fees."""
        return total([EXACT.add(part.closed_fees, part.open_fees) for part in self.parts])

    @property
    def grid_profit(self) -> Decimal:
        """Profit of closed pairs after fees."""
        return total([part.profit for part in self.parts])

    @property
    def floating_profit(self) -> Decimal:
        """What open units have gained, and those closed at the end, after fees."""
        return total([EXACT.subtract(part.floating, part.open_fees) for part in self.parts])


def idle(grids: int, mark: Decimal) -> Ledger:
    """Give the ledger of a grid that was never launched."""
    nothing = Decimal(0)
    part = Part(0, 0, 0, nothing, nothing, nothing, nothing)
    return Ledger((part,) * grids, nothing, nothing, mark, nothing)


def settle(ladder: ContractLadder, book: Book, course: Course, played: Played) -> Ledger:
    """Settle a play, pair by pair, and hold it against the cash.

    Raises
    ------
    OkxlabError
        When cash and pairs disagree by any digit, which is a defect of okxlab.
    """
    ending, mark = played.ending, course.last_mark
    level, bought, grids = played.moves.level, played.moves.buy, ladder.spec.grids
    buys = np.bincount(level[bought], minlength=grids).tolist()
    sells = np.bincount(level[~bought], minlength=grids).tolist()
    price = mark if ending is None else ending.price
    parts = tuple(_part(ladder, i, (buys[i], sells[i]), price, closes=ending is not None) for i in range(grids))
    paid = payments(book, course, played.owed)
    made = Ledger(parts, EXACT.minus(total(paid)), Decimal(0), mark, book.positions[played.state])
    change = total([made.grid_profit, made.floating_profit, made.funding])
    equity = _equity(ladder, book, played, paid, price)
    _check(EXACT.subtract(equity, EXACT.add(ladder.spec.investment, change)))
    if ending is None:
        return made
    taken = EXACT.minus(equity) if ending.reason == "liquidation" or equity < 0 else Decimal(0)
    return Ledger(parts, made.funding, taken, mark, Decimal(0))


def _part(ladder: ContractLadder, i: int, counts: tuple[int, int], price: Decimal, *, closes: bool) -> Part:
    size, short, held = EXACT.multiply(ladder.sizes[i], ladder.contract), ladder.opens_short(i), ladder.holds(i)
    buys, sells = counts
    opened, trips = (sells, buys) if short else (buys, sells)
    low, high = (EXACT.multiply(size, one) for one in (ladder.levels[i], ladder.levels[i + 1]))
    entry, exit_ = (high, low) if short else (low, high)
    launch, sign = EXACT.multiply(size, ladder.launch_price), Decimal(-1 if short else 1)
    first, still = int(held and trips > 0), opened + held - trips
    launch_fee = EXACT.multiply(launch, ladder.taker)
    fees = _product(trips, exit_, ladder.maker), _product(trips - first, entry, ladder.maker), _times(first, launch_fee)
    gains = [_times(trips - first, EXACT.subtract(exit_, entry)), _times(first, EXACT.subtract(exit_, launch))]
    # A unit of the launch that was never closed is the one still open.
    fresh = held and not trips
    now = EXACT.multiply(size, price)
    cost, cost_fee = (launch, launch_fee) if fresh else (entry, EXACT.multiply(entry, ladder.maker))
    closing = EXACT.multiply(now, ladder.taker) if closes else Decimal(0)
    return Part(
        buys=buys,
        sells=sells,
        trips=trips,
        closed=EXACT.multiply(sign, total(gains)),
        closed_fees=total(list(fees)),
        floating=_times(still, EXACT.multiply(sign, EXACT.subtract(now, cost))),
        open_fees=_times(still, EXACT.add(cost_fee, closing)),
    )


def _equity(ladder: ContractLadder, book: Book, played: Played, paid: list[Decimal], price: Decimal) -> Decimal:
    """Give cash and position at a price, less the fee of closing when the grid has ended."""
    moves = played.moves
    fills = np.column_stack((moves.candle, moves.level, moves.buy.astype(np.int64)))
    position = book.positions[played.state]
    worth = EXACT.add(book.after(fills, paid), EXACT.multiply(position, price))
    return worth if played.ending is None else EXACT.subtract(worth, closing_fee(position, price, ladder.taker))


def closing_fee(position: Decimal, price: Decimal, taker: Decimal) -> Decimal:
    """Give the fee of closing a position at a price, in quote currency."""
    return EXACT.multiply(EXACT.multiply(position.copy_abs(), price), taker)


def ended_at(ending: Ending | None, position: Decimal, taker: Decimal) -> Decimal | None:
    """Give the equity after an early end, never below zero, and None when there was none; a liquidation leaves none."""
    if ending is None:
        return None
    if ending.reason == "liquidation":
        return Decimal(0)
    worth = EXACT.add(ending.cash, EXACT.multiply(position, ending.price))
    return max(EXACT.subtract(worth, closing_fee(position, ending.price, taker)), Decimal(0))


def _check(residual: Decimal) -> None:
    if residual:
        raise OkxlabError(
            f"The cash and the pairs of this backtest differ by {residual}.", "Report it with the grid and the candles."
        )


def _times(count: int, amount: Decimal) -> Decimal:
    return EXACT.multiply(Decimal(count), amount)


def _product(count: int, value: Decimal, rate: Decimal) -> Decimal:
    return _times(count, EXACT.multiply(value, rate))
