"""Where grids are tried: which ones, on what instrument, at what fees; the candles come later, and more than once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from okxlab.errors import InputError, SpecError
from okxlab.grid.backtest import backtest
from okxlab.grid.spec import GridSpec
from okxlab.grid.study.figures import capital, play_each
from okxlab.grid.study.matrix import Floats
from okxlab.grid.study.trials import Grids, Trials, read_trials
from okxlab.grid.sweep.sweep import sweep
from okxlab.grid.sweep.table import MONEY
from okxlab.model import Instrument, Number, exact, instrument_of

NONE = float("nan")

# Columns of numbers that more of is not better.
_NOT_RANKED = frozenset({"low", "high", "grids", "investment", "fees", "max_drawdown"})


@dataclass(frozen=True, slots=True)
class Stage:
    """Grids and the terms they are played on."""

    trials: Trials
    instrument: Instrument
    maker: Number
    taker: Number
    fill: str

    @classmethod
    def of(
        cls,
        grids: Grids,
        candles: pd.DataFrame,
        instrument: Instrument | None,
        *,
        maker: Number,
        taker: Number,
        fill: str,
    ) -> "Stage":
        """Make a stage of what a study was called with."""
        return cls(read_trials(grids), instrument_of(candles, instrument), maker, taker, fill)

    def play(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Launch the grids at the first open of candles: plain ones are counted, others played one by one."""
        grids = self.trials.at(launch_price(candles), self.instrument)
        if isinstance(grids, pd.DataFrame) or all(spec.plain for spec in grids):
            return sweep(candles, specs=grids, **self._terms, progress=False)
        return play_each(candles, grids, **self._terms)

    def figures(self, candles: pd.DataFrame, rank: str) -> tuple[Floats, Floats]:
        """Give each grid's figure and its gain, the change of equity over the investment; NaN where it cannot be made.

        Raises
        ------
        InputError
            When ``rank`` is no figure of a sweep, or money of grids that differ in their investment.
        """
        table = self.play(candles)
        made = table["error"].isna().to_numpy()
        table["gain"] = table["equity_end"] / table["investment"] - 1
        _check_rank(rank, table)
        return np.where(made, table[rank], NONE), np.where(made, table["gain"], NONE)

    def benchmarks(self, spec: GridSpec, candles: pd.DataFrame) -> dict[str, float]:
        """Give the gain of a grid's money, all and half of it, held over candles; NaN where the grid cannot be made."""
        try:
            summary = backtest(spec, candles, **self._terms).summary
        except SpecError:
            return {"hold_gain": NONE, "half_gain": NONE}
        money = capital(spec, launch_price(candles))
        return {f"{name}_gain": float(summary[f"{name}_end"]) / money - 1 for name in ("hold", "half")}

    @property
    def _terms(self) -> dict[str, Any]:
        return {"instrument": self.instrument, "maker": self.maker, "taker": self.taker, "fill": self.fill}


def launch_price(candles: pd.DataFrame) -> Decimal:
    """Give the first open, exactly."""
    return exact(float(candles["open"].iloc[0]))


def _check_rank(rank: str, table: pd.DataFrame) -> None:
    names = [name for name in table.select_dtypes("number").columns if name not in _NOT_RANKED]
    if rank not in names:
        raise InputError(f"rank is {rank!r}, which is no figure to choose by.", f"Choose one of {', '.join(names)}.")
    if rank in MONEY and table["investment"].nunique() > 1:
        raise InputError(
            f"rank is {rank!r}, and the grids differ in their investment: the largest would win.",
            "Choose rank='gain', the change of equity over the investment.",
        )
