"""The band: how low and how high a grid could have ended, since nobody knows the path inside a candle."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from okxlab.grid.result import Result
from okxlab.grid.spec import GridSpec
from okxlab.model import plain

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, repr=False, eq=False)
class Band:
    """What the candles leave open about a grid: each runs open, high, low, close or open, low, high, close.

    Attributes
    ----------
    low, high
        The `Result` of the course that ends with the least and the most equity. No course ends outside.
    likely
        The `Result` of the sampled course with the median equity (the lower of two in the middle).
    ends
        Three rows, ``low``, ``likely`` and ``high``, of ``equity_end``, ``grid_profit`` (quote, exact Decimals) and
        ``round_trips`` (int64). Every column has its own exact ends and its own sampled median: the course with the
        most round trips need not be the one with the most equity.
    samples
        One row a sampled course: ``equity_end``, ``grid_profit`` (quote, float64 nearest to the exact value) and
        ``round_trips`` (int64).
    choices
        One row a candle, indexed like them: whether the low comes first in the courses ``low``, ``likely``, ``high``.
    open_choices
        Number of candles whose order changes anything; the others are as in a backtest with the nearest extreme first.
    """

    low: Result
    likely: Result
    high: Result
    ends: pd.DataFrame
    samples: pd.DataFrame
    choices: pd.DataFrame
    open_choices: int

    @property
    def spec(self) -> GridSpec:
        """The specification that was run."""
        return self.low.spec

    @cached_property
    def quantiles(self) -> pd.DataFrame:
        """The samples at 5, 25, 50, 75 and 95 %, by column, each a value that was drawn (the lower of two)."""
        return self.samples.quantile(list(QUANTILES), interpolation="lower").rename_axis("quantile")

    def plot(self) -> Any:
        """Give a plotly Figure: the lowest, likely and highest equity, and holding beside them."""
        from okxlab.plots import plot_band  # noqa: PLC0415  a way up the house, kept off the import path

        return plot_band(self)

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={_span(self.ends[name])}" for name in self.ends.columns)
        return f"Band({self.spec!r}, {facts}, open_choices={self.open_choices})"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(str(name))}</th>" for name in ("", *self.ends.index))
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            + "".join(f"<td>{escape(plain(Decimal(value)))}</td>" for value in self.ends[name])
            + "</tr>"
            for name in self.ends.columns
        )
        note = f"<p>{self.open_choices:,} of {len(self.choices):,} candles leave a choice.</p>"
        return f"<p>{escape(repr(self.spec))}</p><table><tr>{head}</tr>{rows}</table>{note}"


def _span(column: pd.Series) -> str:
    return " / ".join(plain(Decimal(value)) for value in column)
