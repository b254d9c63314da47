"""Backtest and exchange side by side: what must agree, figure by figure and fill by fill."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import pandas as pd

FIGURES = (
    "buys",
    "sells",
    "round_trips",
    "launch_units",
    "size",
    "grid_profit",
    "floating_profit",
    "fees",
    "quote_end",
    "base_end",
    "equity_end",
    "identity_residual",
)
FILL_COLUMNS = ("candle", "side", "level", "price", "size", "fee", "fee_currency")


class Measured(Protocol):
    """What both a backtest's result and a replay have."""

    @property
    def summary(self) -> Mapping[str, int | Decimal]:
        """Exact figures."""

    @property
    def fills(self) -> pd.DataFrame:
        """Fills in order."""


def compare(backtest: Measured, paper: Measured) -> pd.DataFrame:
    """Set a backtest and a replay side by side.

    Returns
    -------
    DataFrame
        Index ``figure``; columns ``backtest`` and ``paper`` (int or exact Decimal) and ``equal`` (bool). The last row,
        ``different_fills``, counts the fills that differ in candle, side, level, price, size, fee or order, and is
        equal when there is none.
    """
    rows = {name: (backtest.summary[name], paper.summary[name]) for name in FIGURES}
    frame = pd.DataFrame(rows, index=["backtest", "paper"], dtype="object").T.rename_axis("figure")
    frame["equal"] = [left == right for left, right in rows.values()]
    different = different_fills(backtest, paper)
    frame.loc["different_fills"] = [different, different, different == 0]
    return frame


def different_fills(backtest: Measured, paper: Measured) -> int:
    """Count the places where the fills of a backtest and a replay differ, order included."""
    ours = list(backtest.fills[list(FILL_COLUMNS)].itertuples(index=False, name=None))
    theirs = list(paper.fills[list(FILL_COLUMNS)].itertuples(index=False, name=None))
    unequal = sum(one != other for one, other in zip(ours, theirs, strict=False))
    return unequal + abs(len(ours) - len(theirs))
