"""The frame of a sweep as figures read it: its figures as floats, its grids in words, its columns checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError
from okxlab.model import exact, plain

GIVEN = ("low", "high", "grids", "spacing", "investment")


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise InputError unless the table has these columns and a row."""
    absent = [name for name in names if name not in table.columns]
    if absent:
        has = ", ".join(map(str, table.columns))
        raise InputError(f"The table has no column {absent[0]!r}.", f"Give what ox.sweep gave, and one of {has}.")
    if table.empty:
        raise InputError("The table has no row.", "Give what ox.sweep gave.")


def figures(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Give a column as floats, NaN for the grids that cannot be made.

    Raises
    ------
    InputError
        When the column holds something else, or no grid could be made.
    """
    try:
        values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise InputError(f"{name!r} is no figure of a sweep.", "Choose a column of numbers.") from None
    if not np.isfinite(values).any():
        raise InputError("No grid of the table could be made.", "Its column error says why.")
    return values


def label(value: Any) -> str:
    """Write a parameter's value as an axis shows it.

    >>> label(26931.9), label(100), label("geometric")
    ('26931.9', '100', 'geometric')
    """
    return value if isinstance(value, str) else plain(exact(value))


def grid_text(row: dict[str, Any]) -> str:
    """Name a grid by what was given of it.

    >>> grid_text({"low": 100.0, "high": 120.0, "grids": 4, "spacing": "arithmetic", "investment": 1000.0})
    '4 arithmetic grids from 100 to 120 with 1000'
    """
    low, high, grids, spacing, investment = (label(row[name]) for name in GIVEN)
    return f"{grids} {spacing} grids from {low} to {high} with {investment}"
