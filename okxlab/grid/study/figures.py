"""What many grids come to over the same candles."""

from typing import Any

import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.backtest import backtest
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument


def figures(
    candles: pd.DataFrame, specs: pd.DataFrame | list[GridSpec], *, instrument: Instrument, **terms: Any
) -> pd.DataFrame:
    """Give the figures of each grid's backtest, one row each, floats; NaN and the reason in ``error`` where none is.

    ``terms`` are those of `backtest`.
    """
    rows = list(specs.to_dict("records")) if isinstance(specs, pd.DataFrame) else specs
    return pd.DataFrame([_figures(candles, row, instrument, terms) for row in rows])


def _figures(
    candles: pd.DataFrame, row: GridSpec | dict[Any, Any], instrument: Instrument, terms: dict[str, Any]
) -> dict[str, Any]:
    try:
        spec = row if isinstance(row, GridSpec) else GridSpec(instrument.symbol, **row)
        summary = backtest(spec, candles, instrument=instrument, **terms).summary
    except SpecError as error:
        return {"investment": float("nan"), "equity_end": float("nan"), "error": str(error)}
    return {name: float(value) for name, value in summary.items()} | {"investment": float(spec.investment), "error": ""}
