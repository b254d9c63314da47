"""What a backtest gives back."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from okxlab.grid.account import Account, Attribution, Floats, Rungs
from okxlab.grid.benchmark import Holding, holding
from okxlab.grid.conditions import FillModel, PathModel
from okxlab.grid.ledger import Moves
from okxlab.grid.money import EXACT, RATIO
from okxlab.grid.spec import GridSpec
from okxlab.model import exact, gaps, plain


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """A backtested grid.

    Attributes
    ----------
    spec, ladder, candles
        What was run: the specification, the ladder it became at launch, and the candles as given.
    fill, path
        How orders filled and in which order each candle was gone through, as `backtest` was told.
    account
        What was played, as arrays and exact figures; the attributes below are its readable form.
    funding, margin, liquidated
        Of a contract grid: funding paid (negative) or received at each candle, margin at each close, and when it was
        liquidated, if it was; see `ContractResult`. None on spot.
    """

    spec: GridSpec
    ladder: Rungs
    candles: pd.DataFrame
    fill: FillModel
    path: PathModel
    account: Account
    funding: "pd.Series[float] | None" = None
    margin: pd.DataFrame | None = None
    liquidated: pd.Timestamp | None = None

    @cached_property
    def summary(self) -> dict[str, int | Decimal]:
        """Counts as int and money as exact Decimals.

        ``candles``, ``buys``, ``sells``, ``round_trips``, ``launch_units``, ``size`` and ``base_end`` (base currency),
        ``launch_price`` (the market's, before slippage), ``mark`` (the last close), ``grid_profit``,
        ``floating_profit``, ``fees``, ``quote_end``, ``equity_end`` (quote currency), ``identity_residual``
        (``equity_end - investment - grid_profit - floating_profit``, always 0; base put in counts at the first open as
        invested). ``buys`` and ``sells`` count orders filled whole and leave the launch purchase out; ``fees`` holds
        its fee.

        Beside them: ``hold_end`` and ``half_end`` (what all, or half, of the investment spent at the first open would
        be worth, with the rest kept in quote), ``max_drawdown`` (largest fall from a peak as a fraction, read from
        the float curve), ``bars_below`` and ``bars_above`` (closes outside the range while the grid ran) and
        ``share_below`` and ``share_above`` (of all candles, fifty digits).
        """
        closes, side = exact(float(self.candles["close"].iloc[-1])), self.outside.to_numpy()
        below, above = int((side < 0).sum()), int((side > 0).sum())
        return self.account.figures | {
            "hold_end": self._hold.worth(closes),
            "half_end": self._half.worth(closes),
            "max_drawdown": exact(abs(float(self.drawdown.min()))),
            "bars_below": below,
            "bars_above": above,
            "share_below": RATIO.divide(Decimal(below), Decimal(len(side))),
            "share_above": RATIO.divide(Decimal(above), Decimal(len(side))),
        }

    @cached_property
    def attribution(self) -> Attribution:
        """What the change of equity is made of: exact Decimals in quote currency that sum to it, to the last digit.

        ``grid``: price differences of what closed pairs sold. ``floating``: those of what is still held, at the mark,
        and of what a stop sold. ``fee``: all fees, negative. ``funding``: 0 on spot. ``dust``: what the remainders
        below a lot, which fees leave behind, have gained since they were bought.
        """
        return self.account.attribution()

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Every fill of a resting order, in order; the launch purchase is not among them.

        Returns
        -------
        DataFrame
            ``candle`` (int64, row of the candle from 0), ``time`` (UTC, that candle's opening), ``side``, ``level``
            (int64, the interval), ``price`` (quote), ``size`` (base; for a buy before its fee), ``fee`` (in
            ``fee_currency``, what was received), ``fee_currency``, ``fee_quote`` (the fee at the fill's price, in
            quote), ``pair`` (int64, the round trip of its interval it belongs to, from 0), ``whole`` (whether the order
            was filled to its end). Prices, sizes and fees are exact Decimals.
        """
        return self.account.fills(self.candles)

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened beside the fills, in order.

        Returns
        -------
        DataFrame
            ``candle`` (int64), ``time`` (UTC, that candle's opening), ``event`` and ``price`` (exact Decimal, quote):
            ``"launch"`` and what it paid, ``"trailing_up"`` and ``"trailing_down"`` and the new end of the range,
            ``"reinvest"`` and the close before it, ``"stop_loss"``, ``"take_profit"`` or ``"time_limit"`` and what the
            sale got.
        """
        return self.account.events(self.candles)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """What each interval did, one row each, lowest first, indexed by ``level``.

        Returns
        -------
        DataFrame
            ``low``, ``high`` (its two levels, quote), ``buys``, ``sells``, ``round_trips`` (int64) and
            ``grid_profit`` (quote, after fees); prices and profit are exact Decimals.
        """
        return self.account.intervals()

    @cached_property
    def equity(self) -> "pd.Series[float]":
        """Quote balance plus base balance at the close, in quote currency, one float64 a candle, indexed like them.

        A curve for research, added up in floats; its last value is the float nearest to ``summary["equity_end"]``.
        """
        values = self.account.equity(self._closes)
        values[-1] = float(self.account.figures["equity_end"])
        return self._series(values, "equity")

    @cached_property
    def drawdown(self) -> "pd.Series[float]":
        """Fall of the equity from its highest so far, 0 at a peak, else a negative fraction; the investment counts."""
        equity = self.equity.to_numpy()
        peak = np.maximum.accumulate(np.maximum(equity, float(self.money)))
        return self._series(equity / peak - 1, "drawdown")

    @cached_property
    def inventory(self) -> "pd.Series[float]":
        """Base balance at the close, one float64 a candle."""
        return self._series(self.account.inventory(len(self.candles)), "inventory")

    @cached_property
    def outside(self) -> "pd.Series[int]":
        """Where the close lies: -1 below the range, 1 above it, 0 in it or while no grid ran; int64, one a candle."""
        low, high = self.account.bounds(len(self.candles))
        side = (self._closes > high).astype(np.int64) - (self._closes < low)
        return pd.Series(side, index=self.candles.index, name="outside")

    @cached_property
    def benchmarks(self) -> pd.DataFrame:
        """The same money without a grid at each close, in quote currency, float64, indexed like the candles.

        ``hold``: all of it bought base at the first open. ``half``: half of it did. At market, with the taker fee.
        """
        curves = {
            name: float(one.quote) + float(one.base) * self._closes
            for name, one in (("hold", self._hold), ("half", self._half))
        }
        return pd.DataFrame(curves, index=self.candles.index)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Holes between the candles, which were traded over: ``after``, ``before`` (UTC) and ``missing`` bars."""
        return gaps(self.candles)

    @property
    def moves(self) -> Moves:
        """The fills as three arrays; `fills` is the readable form."""
        return self.account.moves

    @cached_property
    def money(self) -> Decimal:
        """What was put in, in quote currency: the investment, and the base at the first open."""
        base = EXACT.multiply(self.spec.base, exact(float(self.candles["open"].iloc[0])))
        return EXACT.add(self.spec.investment, base)

    def plot(self) -> Any:
        """Give a plotly Figure: price, levels and fills above, equity below."""
        from okxlab.plots import plot_backtest  # noqa: PLC0415  a way up the house, kept off the import path

        return plot_backtest(self)

    @cached_property
    def _closes(self) -> Floats:
        return self.candles["close"].to_numpy(dtype=np.float64)

    @cached_property
    def _hold(self) -> Holding:
        return holding(self.ladder, exact(float(self.candles["open"].iloc[0])), Decimal(1))

    @cached_property
    def _half(self) -> Holding:
        return holding(self.ladder, exact(float(self.candles["open"].iloc[0])), Decimal("0.5"))

    def _series(self, values: Floats, name: str) -> "pd.Series[float]":
        return pd.Series(values, index=self.candles.index, name=name)

    def __repr__(self) -> str:
        return f"Result({self.spec!r}, {', '.join(f'{name}={value}' for name, value in _facts(self))})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in [*_facts(self), *_beside(self)]
        )
        return f"<p>{escape(repr(self.spec))}</p><table>{rows}</table>"


def _facts(result: Result) -> list[tuple[str, str]]:
    names = ("candles", "round_trips", "grid_profit", "floating_profit", "fees", "equity_end")
    facts = [(name, plain(Decimal(result.account.figures[name]))) for name in names]
    return [*facts, ("gaps", str(len(result.gaps)))]


def _beside(result: Result) -> list[tuple[str, str]]:
    """Give what a reader compares the end with: holding, half and half, the worst fall, and the time out of range."""
    summary = result.summary
    return [
        ("hold_end", f"{summary['hold_end']:.2f}"),
        ("half_end", f"{summary['half_end']:.2f}"),
        ("max_drawdown", f"{summary['max_drawdown']:.2%}"),
        ("below, above the range", f"{summary['share_below']:.1%}, {summary['share_above']:.1%} of the bars"),
    ]
