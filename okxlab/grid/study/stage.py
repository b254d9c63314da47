"""Where grids are tried: which ones, on what instrument, at what fees; the candles come later, and more than once."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import InputError, SpecError
from okxlab.grid.benchmark import holding
from okxlab.grid.ladder import ladder
from okxlab.grid.spec import GridSpec
from okxlab.grid.study.figures import figures
from okxlab.grid.study.matrix import Floats
from okxlab.grid.study.trials import Grids, Trials, read_trials
from okxlab.model import Instrument, Number, exact, instrument_of

NONE = float("nan")


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
        """Sweep the grids over candles, launched at their first open."""
        return figures(
            candles,
            self.trials.at(launch_price(candles), self.instrument),
            instrument=self.instrument,
            maker=self.maker,
            taker=self.taker,
            fill=self.fill,
        )

    def figures(self, candles: pd.DataFrame, rank: str) -> tuple[Floats, Floats]:
        """Give each grid's figure and its gain, the change of equity over the investment; NaN where it cannot be made.

        Raises
        ------
        InputError
            When ``rank`` is no figure of a sweep.
        """
        table = self.play(candles)
        if rank not in table.columns or not pd.api.types.is_numeric_dtype(table[rank]):
            names = ", ".join(table.select_dtypes("number").columns)
            raise InputError(f"rank is {rank!r}, which is no figure of a sweep.", f"Choose one of {names}.")
        made = (table["error"] == "").to_numpy()
        gain = table["equity_end"] / table["investment"] - 1
        return np.where(made, table[rank], NONE), np.where(made, gain, NONE)

    def held(self, spec: GridSpec, candles: pd.DataFrame, share: Decimal) -> float:
        """Give the gain of a part of a grid's money held over candles, NaN where the grid cannot be made beside it."""
        try:
            made = ladder(spec, self.instrument, launch_price(candles), maker=self.maker, taker=self.taker)
        except SpecError:
            return NONE
        worth = holding(made, made.launch_price, share).worth(exact(float(candles["close"].iloc[-1])))
        return float(worth / spec.investment - 1)


def launch_price(candles: pd.DataFrame) -> Decimal:
    """Give the first open, exactly."""
    return exact(float(candles["open"].iloc[0]))
