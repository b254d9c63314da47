"""The account of a backtest: what a result reads, whatever kind of grid was played and however."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.grid.kernels import Flags, Ints
from okxlab.grid.ladder import Ladder
from okxlab.grid.ledger import Moves, Tariff, settle, tariff
from okxlab.grid.money import EXACT, net, total
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
Attribution = dict[str, Decimal]


class Rungs(Protocol):
    """What a result reads of the ladder of any grid."""

    @property
    def spec(self) -> GridSpec:
        """The specification."""

    @property
    def instrument(self) -> Instrument:
        """What is traded."""

    @property
    def levels(self) -> tuple[Decimal, ...]:
        """Prices, lowest first."""

    @property
    def launch_price(self) -> Decimal:
        """Price at which the grid began."""

    @property
    def taker(self) -> Decimal:
        """Fee at market, as a fraction."""


class Account(Protocol):
    """What every kind of backtest can tell of itself.

    ``figures`` is the exact summary; ``moves`` are the fills as arrays; a curve has one float64 a candle, at its close.
    """

    @property
    def figures(self) -> dict[str, int | Decimal]:
        """Counts and exact money, the first part of a result's summary."""

    @property
    def moves(self) -> Moves:
        """Every resting fill: candle, interval, whether it is a buy."""

    def fills(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Every fill of a resting order, as `Result.fills` describes it."""

    def events(self, candles: pd.DataFrame) -> pd.DataFrame:
        """What happened beside the fills, as `Result.events` describes it."""

    def equity(self, closes: Floats) -> Floats:
        """Equity in quote currency at each close."""

    def inventory(self, rows: int) -> Floats:
        """Base balance at each close; of a contract grid its position, negative when short."""

    def bounds(self, rows: int) -> tuple[Floats, Floats]:
        """Lowest and highest level at each close; NaN where no grid was running."""

    def intervals(self) -> pd.DataFrame:
        """One row an interval, as `Result.intervals` describes it."""

    def attribution(self) -> Attribution:
        """Exact parts, in quote currency, that sum to the change of equity."""


@dataclass(frozen=True, slots=True, eq=False)
class WalkAccount:
    """The account of a plain spot grid whose orders fill whole: everything follows from how often each one filled."""

    figures: dict[str, int | Decimal]
    ladder: Ladder
    moves: Moves

    @classmethod
    def settled(cls, ladder: Ladder, moves: Moves, mark: Decimal, candles: int) -> "WalkAccount":
        """Settle the fills, which checks that balances and pairs agree."""
        return cls(settle(ladder, moves, mark, candles), ladder, moves)

    def fills(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Every fill of a resting order, in order."""
        prices, kinds, moves = tariff(self.ladder), self.moves.kinds(self.ladder), self.moves
        return fills_frame(
            candles,
            moves,
            self.ladder,
            price=_take(prices.price, kinds),
            size=_take(prices.size, kinds),
            fee=_take(prices.fee, kinds),
            fee_quote=_take(prices.fee_quote, kinds),
            whole=np.ones(len(kinds), dtype=np.bool_),
        )

    def events(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Only the launch."""
        return events_frame(candles, [(0, "launch", self.ladder.launch_price)])

    def equity(self, closes: Floats) -> Floats:
        """Quote balance plus base balance at each close."""
        quote, base = self._balances(len(closes))
        return quote + base * closes

    def inventory(self, rows: int) -> Floats:
        """Base balance at each close."""
        return self._balances(rows)[1]

    def bounds(self, rows: int) -> tuple[Floats, Floats]:
        """The range, which stays where it is."""
        return np.full(rows, float(self.ladder.levels[0])), np.full(rows, float(self.ladder.levels[-1]))

    def intervals(self) -> pd.DataFrame:
        """Buys, sells and profit of each interval."""
        grids = self.ladder.spec.grids
        bought, rotated, launched = self._times()
        trips = np.array(rotated, dtype=np.int64) + np.array(launched, dtype=np.int64)
        profit = [self._profit(i, rotated[i], launched[i]) for i in range(grids)]
        return pd.DataFrame(
            {
                "low": pd.Series(self.ladder.levels[:-1], dtype="object"),
                "high": pd.Series(self.ladder.levels[1:], dtype="object"),
                "buys": np.array(bought, dtype=np.int64),
                "sells": trips,
                "round_trips": trips,
                "grid_profit": pd.Series(profit, dtype="object"),
            },
            index=pd.RangeIndex(grids, name="level"),
        )

    def attribution(self) -> Attribution:
        """Price differences of what was sold and of what is open, fees, and the remainders below a lot."""
        made, (bought, rotated, launched) = self.ladder, self._times()
        mark = Decimal(self.figures["mark"])
        left = EXACT.subtract(net(made.size, made.maker), made.rotated_sell_size)
        left_launch = EXACT.subtract(net(made.size, made.taker), made.launch_sell_size)
        grid, floating, dust = [], [], []
        for i in range(made.spec.grids):
            low, high, held = made.levels[i], made.levels[i + 1], int(made.holds(i))
            for count, sold, size, paid, rest in (
                (bought[i], rotated[i], made.rotated_sell_size, low, left),
                (held, launched[i], made.launch_sell_size, made.launch_price, left_launch),
            ):
                grid.append(_product(sold, size, _gain(high, paid)))
                floating.append(_product(count - sold, size, _gain(mark, paid)))
                dust.append(_product(count, rest, _gain(mark, paid)))
        return {
            "grid": total(grid),
            "floating": total(floating),
            "fee": EXACT.minus(Decimal(self.figures["fees"])),
            "funding": Decimal(0),
            "dust": total(dust),
        }

    def _times(self) -> tuple[list[int], list[int], list[int]]:
        """Give for each interval how often it bought, sold a rotated unit, and sold its unit of the launch."""
        grids = self.ladder.spec.grids
        times = np.bincount(self.moves.kinds(self.ladder), minlength=3 * grids).tolist()
        return times[:grids], times[grids : 2 * grids], times[2 * grids :]

    def _profit(self, interval: int, rotated: int, launched: int) -> Decimal:
        made, value = self.ladder, self.ladder.levels[interval + 1]
        paid = EXACT.multiply(made.size, made.levels[interval])
        paid_launch = EXACT.multiply(made.size, made.launch_price)
        brought = net(EXACT.multiply(value, made.rotated_sell_size), made.maker)
        brought_launch = net(EXACT.multiply(value, made.launch_sell_size), made.maker)
        return EXACT.add(
            EXACT.multiply(Decimal(rotated), EXACT.subtract(brought, paid)),
            EXACT.multiply(Decimal(launched), EXACT.subtract(brought_launch, paid_launch)),
        )

    def _balances(self, rows: int) -> tuple[Floats, Floats]:
        prices, kinds = tariff(self.ladder), self.moves.kinds(self.ladder)
        done = np.searchsorted(self.moves.candle, np.arange(rows), side="right")
        quote, base = _balances(self.ladder, prices, kinds)
        return quote[done], base[done]


def fills_frame(  # noqa: PLR0913  one argument a column
    candles: pd.DataFrame,
    moves: Moves,
    ladder: Ladder,
    *,
    price: Objects,
    size: Objects,
    fee: Objects,
    fee_quote: Objects,
    whole: Flags,
) -> pd.DataFrame:
    """Put the columns of a fills frame together; the four of money are object arrays of exact Decimals."""
    instrument, buy = ladder.instrument, moves.buy
    return pd.DataFrame(
        {
            "candle": moves.candle,
            "time": candles.index[moves.candle],
            "side": pd.Series(np.where(buy, "buy", "sell"), dtype="str"),
            "level": moves.level,
            "price": price,
            "size": size,
            "fee": fee,
            "fee_currency": pd.Series(np.where(buy, instrument.base, instrument.quote), dtype="str"),
            "fee_quote": fee_quote,
            "pair": _pairs(moves.level, ~buy & whole),
            "whole": whole,
        }
    )


def events_frame(candles: pd.DataFrame, events: list[tuple[int, str, Decimal]]) -> pd.DataFrame:
    """Put rows of candle, event and price into an events frame."""
    rows = np.array([row for row, _, _ in events], dtype=np.int64)
    return pd.DataFrame(
        {
            "candle": rows,
            "time": candles.index[rows],
            "event": pd.Series([name for _, name, _ in events], dtype="str"),
            "price": pd.Series([price for _, _, price in events], dtype="object"),
        }
    )


def _pairs(level: Ints, closes: Flags) -> Ints:
    """Give for each fill how many pairs of its interval were closed before it."""
    pairs: Ints = np.zeros(len(level), dtype=np.int64)
    order = np.argsort(level, kind="stable")
    closed = np.cumsum(closes[order], dtype=np.int64) - closes[order]
    _, first, group = np.unique(level[order], return_index=True, return_inverse=True)
    pairs[order] = closed - closed[first][group]
    return pairs


def _take(table: list[Decimal], kinds: Ints) -> Objects:
    return np.array(table, dtype=object)[kinds]


def _gain(value: Decimal, paid: Decimal) -> Decimal:
    return EXACT.subtract(value, paid)


def _product(count: int, size: Decimal, gain: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.multiply(Decimal(count), size), gain)


def _balances(ladder: Ladder, prices: Tariff, kinds: Ints) -> tuple[Floats, Floats]:
    """Give quote and base, as floats, before the first fill and after each one."""
    quote = float(ladder.spec.investment - ladder.launch_cost)
    base = float(ladder.size * ladder.launch_units * (1 - ladder.taker))
    moved = (np.array(table, dtype=np.float64)[kinds] for table in (prices.quote, prices.base))
    quotes, bases = (
        np.cumsum(np.concatenate(([start], steps))) for start, steps in zip((quote, base), moved, strict=True)
    )
    return quotes, bases
