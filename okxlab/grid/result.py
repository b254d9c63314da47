"""What a backtest gives back."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.grid.kernels import Ints
from okxlab.grid.ladder import Ladder
from okxlab.grid.ledger import Moves, Tariff, tariff
from okxlab.grid.spec import GridSpec
from okxlab.model import gaps, plain

FillModel = Literal["touch", "through"]


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """A backtested grid.

    Attributes
    ----------
    summary
        Counts as int and money as exact Decimals: ``candles``, ``buys``, ``sells``, ``round_trips``, ``launch_units``,
        ``size`` and ``base_end`` (base currency), ``launch_price``, ``mark`` (the last close), ``grid_profit``,
        ``floating_profit``, ``fees``, ``quote_end``, ``equity_end`` (quote currency), ``identity_residual``
        (``equity_end - investment - grid_profit - floating_profit``, always 0). ``buys`` and ``sells`` leave the launch
        purchase out; ``fees`` holds its fee.
    spec, ladder, candles
        What was run: the specification, the ladder it became at the first open, and the candles as given.
    fill
        ``"touch"`` or ``"through"``.
    moves
        The fills as three arrays; `fills` is the readable form.
    """

    summary: dict[str, int | Decimal]
    spec: GridSpec
    ladder: Ladder
    candles: pd.DataFrame
    fill: FillModel
    moves: Moves

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Every fill of a resting order, in order; the launch purchase is not among them.

        Returns
        -------
        DataFrame
            ``candle`` (int64, row of the candle from 0), ``time`` (UTC, that candle's opening), ``side``, ``level``
            (int64, the interval), ``price`` (quote), ``size`` (base; for a buy before its fee), ``fee`` (in
            ``fee_currency``, what was received), ``fee_currency``, ``fee_quote`` (the fee at the fill's price, in
            quote). Prices, sizes and fees are exact Decimals.
        """
        prices, kinds, buy = tariff(self.ladder), self.moves.kinds(self.ladder), self.moves.buy
        instrument = self.ladder.instrument
        return pd.DataFrame(
            {
                "candle": self.moves.candle,
                "time": self.candles.index[self.moves.candle],
                "side": pd.Series(np.where(buy, "buy", "sell"), dtype="str"),
                "level": self.moves.level,
                "price": _take(prices.price, kinds),
                "size": _take(prices.size, kinds),
                "fee": _take(prices.fee, kinds),
                "fee_currency": pd.Series(np.where(buy, instrument.base, instrument.quote), dtype="str"),
                "fee_quote": _take(prices.fee_quote, kinds),
            }
        )

    @cached_property
    def equity(self) -> "pd.Series[float]":
        """Quote balance plus base balance at the close, in quote currency, one float64 a candle, indexed like them.

        A curve for research, added up in floats; its last value is the float nearest to ``summary["equity_end"]``.
        """
        prices, kinds = tariff(self.ladder), self.moves.kinds(self.ladder)
        done = np.searchsorted(self.moves.candle, np.arange(len(self.candles)), side="right")
        quote, base = _balances(self.ladder, prices, kinds)
        values = quote[done] + base[done] * self.candles["close"].to_numpy(dtype=np.float64)
        values[-1] = float(self.summary["equity_end"])
        return pd.Series(values, index=self.candles.index, name="equity")

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Holes between the candles, which were traded over: ``after``, ``before`` (UTC) and ``missing`` bars."""
        return gaps(self.candles)

    def plot(self) -> Any:
        """Give a plotly Figure: price, levels and fills above, equity below."""
        from okxlab.plots import plot_backtest  # noqa: PLC0415  the one way up the house, kept off the import path

        return plot_backtest(self)

    def __repr__(self) -> str:
        return f"Result({self.spec!r}, {', '.join(f'{name}={value}' for name, value in _facts(self))})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in _facts(self)
        )
        return f"<p>{escape(repr(self.spec))}</p><table>{rows}</table>"


def _facts(result: Result) -> list[tuple[str, str]]:
    names = ("candles", "round_trips", "grid_profit", "floating_profit", "fees", "equity_end")
    facts = [(name, plain(Decimal(result.summary[name]))) for name in names]
    return [*facts, ("gaps", str(len(result.gaps)))]


def _take(table: list[Decimal], kinds: Ints) -> npt.NDArray[np.object_]:
    return np.array(table, dtype=object)[kinds]


def _balances(ladder: Ladder, prices: Tariff, kinds: Ints) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give quote and base, as floats, before the first fill and after each one."""
    quote = float(ladder.spec.investment - ladder.launch_cost)
    base = float(ladder.size * ladder.launch_units * (1 - ladder.taker))
    moved = (np.array(table, dtype=np.float64)[kinds] for table in (prices.quote, prices.base))
    quotes, bases = (
        np.cumsum(np.concatenate(([start], steps))) for start, steps in zip((quote, base), moved, strict=True)
    )
    return quotes, bases
