"""What grids come to that a sweep cannot count: stopped, triggered, trailing, reinvesting ones, and contract grids."""

from decimal import Decimal
from typing import Any

import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.backtest import backtest
from okxlab.grid.spec import GridSpec
from okxlab.model import exact


def play_each(candles: pd.DataFrame, specs: list[GridSpec], **terms: Any) -> pd.DataFrame:
    """Give the figures of a backtest of each grid, one row each, as a sweep does: floats, and why not in ``error``.

    ``investment`` has what base currency was put in too; ``terms`` are those of `backtest`.
    """
    return pd.DataFrame([_figures(candles, spec, terms) for spec in specs])


def capital(spec: GridSpec, price: Decimal) -> float:
    """Give what is put into a grid, in quote currency, base currency at a price."""
    return float(spec.investment + spec.base * price)


def _figures(candles: pd.DataFrame, spec: GridSpec, terms: dict[str, Any]) -> dict[str, Any]:
    money = capital(spec, exact(float(candles["open"].iloc[0])))
    none = {"investment": money, "equity_end": float("nan"), "error": None}
    try:
        summary = backtest(spec, candles, **terms).summary
    except SpecError as error:
        return none | {"error": str(error)}
    return none | {name: float(value) for name, value in summary.items()}
