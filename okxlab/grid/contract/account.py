"""The account of a contract grid: what a result reads of it."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
import pandas as pd

from okxlab.grid.account import Attribution, Objects, events_frame
from okxlab.grid.contract.book import Book
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.contract.launch import Begin
from okxlab.grid.contract.ledger import Ledger, ended_at
from okxlab.grid.contract.play import Played, payments
from okxlab.grid.contract.road import Course
from okxlab.grid.kernels import Flags, Floats, Ints
from okxlab.grid.ledger import Moves
from okxlab.grid.money import EXACT, total


@dataclass(frozen=True, eq=False)
class ContractAccount:
    """A contract grid that was played: its ladder and book, its course, what came of it, and the exact ledger.

    ``begin`` is None when the trigger was never touched; nothing was traded then.
    """

    ladder: ContractLadder
    book: Book
    course: Course
    begin: Begin | None
    played: Played
    ledger: Ledger

    @cached_property
    def figures(self) -> dict[str, int | Decimal]:
        """Counts and exact money, as `ContractResult.summary` describes them."""
        ledger, ladder = self.ledger, self.ladder
        investment = ladder.spec.investment
        parts = [ledger.grid_profit, ledger.floating_profit, ledger.funding, ledger.liquidation]
        equity = EXACT.add(investment, total(parts))
        open_gain = Decimal(0) if self.played.ending else ledger.floating
        trips = sum(part.trips for part in ledger.parts)
        return {
            "candles": len(self.course.path),
            "buys": sum(part.buys for part in ledger.parts),
            "sells": sum(part.sells for part in ledger.parts),
            "round_trips": trips,
            "launch_units": ladder.launch_units if self.begin else 0,
            "size": min(ladder.sizes),
            "launch_price": ladder.launch_price,
            "mark": ledger.mark,
            "grid_profit": ledger.grid_profit,
            "floating_profit": ledger.floating_profit,
            "fees": ledger.fees,
            "funding": ledger.funding,
            "liquidation": ledger.liquidation,
            "quote_end": EXACT.subtract(equity, open_gain),
            "base_end": ledger.position,
            "equity_end": equity,
            "identity_residual": EXACT.subtract(EXACT.subtract(equity, investment), total(parts)),
        }

    @property
    def moves(self) -> Moves:
        """Every resting fill: candle, interval, whether it is a buy."""
        return self.played.moves

    def fills(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Every fill of a resting order, in order; ``size`` in contracts, fees in quote."""
        ladder, moves = self.ladder, self.moves
        price = _take(ladder.levels, moves.level + ~moves.buy)
        size = _take(ladder.sizes, moves.level)
        bases = tuple(EXACT.multiply(one, ladder.contract) for one in ladder.sizes)
        fee = _take(tuple(self._fees(bases)), 2 * moves.level + ~moves.buy)
        shorts = np.array([ladder.opens_short(i) for i in range(ladder.spec.grids)], dtype=np.bool_)
        closes = moves.buy == shorts[moves.level]
        return pd.DataFrame(
            {
                "candle": moves.candle,
                "time": candles.index[moves.candle],
                "side": pd.Series(np.where(moves.buy, "buy", "sell"), dtype="str"),
                "level": moves.level,
                "price": price,
                "size": size,
                "fee": fee,
                "fee_currency": pd.Series([ladder.instrument.quote] * len(fee), dtype="str"),
                "fee_quote": fee,
                "pair": _pairs(moves.level, closes),
                "whole": np.ones(len(fee), dtype=np.bool_),
            }
        )

    def events(self, candles: pd.DataFrame) -> pd.DataFrame:
        """The launch, and what ended the grid."""
        rows = [(self.begin.row, "launch", self.ladder.launch_price)] if self.begin else []
        if self.played.ending:
            rows.append((self.played.ending.row, self.end_event, self.played.ending.price))
        return events_frame(candles, rows)

    @property
    def end_event(self) -> str:
        """What ended the grid early: stop_loss, take_profit, time_limit or liquidation; empty when nothing did."""
        ending, spec = self.played.ending, self.ladder.spec
        if ending is None:
            return ""
        if ending.reason != "stop":
            return ending.reason
        stop = spec.stop_loss
        lost = stop is not None and (ending.price <= stop if stop < spec.low else ending.price >= stop)
        return "stop_loss" if lost else "take_profit"

    def equity(self, closes: Floats) -> Floats:
        """Equity at the mark of each close; the investment before the launch, what is left after an early end."""
        curve = self.cash + self.inventory(len(self.course.path)) * self.course.marks[:, 3]
        curve[: self.begin.row if self.begin else None] = float(self.ladder.spec.investment)
        left = ended_at(self.played.ending, self.book.positions[self.played.state], self.ladder.taker)
        if self.played.ending is not None and left is not None:
            curve[self.played.ending.row :] = float(left)
        return curve

    def inventory(self, rows: int) -> Floats:
        """Position at each close, in base currency, negative when short; 0 while no grid ran."""
        positions = np.array([float(position) for position in self.book.positions])
        return np.where(self.running(rows), positions[self.states], 0.0)

    def bounds(self, rows: int) -> tuple[Floats, Floats]:
        """Lowest and highest level at each close; NaN where no grid was running."""
        runs = self.running(rows)
        low, high = float(self.ladder.levels[0]), float(self.ladder.levels[-1])
        return np.where(runs, low, np.nan), np.where(runs, high, np.nan)

    def intervals(self) -> pd.DataFrame:
        """Buys, sells and profit of each interval."""
        parts, levels = self.ledger.parts, self.ladder.levels
        return pd.DataFrame(
            {
                "low": pd.Series(levels[:-1], dtype="object"),
                "high": pd.Series(levels[1:], dtype="object"),
                "buys": np.array([part.buys for part in parts], dtype=np.int64),
                "sells": np.array([part.sells for part in parts], dtype=np.int64),
                "round_trips": np.array([part.trips for part in parts], dtype=np.int64),
                "grid_profit": pd.Series([part.profit for part in parts], dtype="object"),
            },
            index=pd.RangeIndex(len(parts), name="level"),
        )

    def attribution(self) -> Attribution:
        """Price differences of closed pairs and of the rest, fees, funding, and what a liquidation took."""
        ledger = self.ledger
        return {
            "grid": ledger.grid,
            "floating": ledger.floating,
            "fee": EXACT.minus(ledger.fees),
            "funding": ledger.funding,
            "dust": Decimal(0),
            "liquidation": ledger.liquidation,
        }

    def running(self, rows: int) -> Flags:
        """Tell for each close whether a grid was running."""
        runs = np.zeros(rows, dtype=np.bool_)
        if self.begin is not None:
            runs[self.begin.row : self.played.ending.row if self.played.ending else None] = True
        return runs

    @cached_property
    def states(self) -> Ints:
        """The state at each close."""
        steps = np.concatenate(([self.ladder.launch_state], np.where(self.moves.buy, -1, 1)))
        return np.asarray(np.cumsum(steps)[self._done], dtype=np.int64)

    @cached_property
    def funded(self) -> Floats:
        """Funding received at each candle, negative when paid."""
        paid = [float(amount) for amount in payments(self.book, self.course, self.played.owed)]
        rows = self.course.due_rows[: len(paid)]
        changes = np.negative(np.array(paid, dtype=np.float64))
        return np.bincount(rows, weights=changes, minlength=len(self.course.path)).astype(np.float64)

    @cached_property
    def cash(self) -> Floats:
        """Cash at each close: the investment, what was sold less what was bought, fees and funding."""
        moves, book = self.moves, self.book
        tables = np.array([[float(one) for one in table] for table in (book.got, book.paid)])
        changes = tables[moves.buy.astype(np.int64), moves.level]
        curve = np.cumsum(np.concatenate(([float(book.cash)], changes)))[self._done]
        return curve + np.cumsum(self.funded)

    @cached_property
    def _done(self) -> Ints:
        """How many orders had filled by each close."""
        return np.searchsorted(self.moves.candle, np.arange(len(self.course.path)), side="right").astype(np.int64)

    def _fees(self, bases: tuple[Decimal, ...]) -> list[Decimal]:
        """Give the fees of a buy and of a sell of each interval, in turns."""
        levels, maker = self.ladder.levels, self.ladder.maker
        return [
            EXACT.multiply(EXACT.multiply(base, price), maker)
            for i, base in enumerate(bases)
            for price in (levels[i], levels[i + 1])
        ]


def _take(table: tuple[Decimal, ...], rows: Ints) -> Objects:
    return np.array([*table, None], dtype=object)[rows]


def _pairs(level: Ints, closes: Flags) -> Ints:
    """Give for each fill how many pairs of its interval were closed before it."""
    pairs: Ints = np.zeros(len(level), dtype=np.int64)
    for one in np.unique(level):
        rows = np.flatnonzero(level == one)
        pairs[rows] = np.cumsum(closes[rows]) - closes[rows]
    return pairs
