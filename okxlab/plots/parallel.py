"""A sweep as lines across its columns: which parameters the good grids share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from okxlab.plots.lines import every
from okxlab.plots.look import SCALE, styled
from okxlab.plots.sweep_frame import check_columns, figures

# More lines are a surface.
MOST_LINES = 5_000
_ASKED = ("low", "high", "grids", "spacing", "investment")
_CAME = ("round_trips", "grid_profit", "floating_profit", "fees", "equity_end")


def plot_parallel(table: pd.DataFrame, columns: Sequence[str] = (), *, value: str = "equity_end") -> go.Figure:
    """Draw each grid of a sweep as a line across its columns, coloured by one figure.

    Dragging along an axis keeps the lines that pass there. Of more than 5,000 grids that could be made, every k-th in
    the order of the figure is drawn, the best among them, and the title says so.

    Parameters
    ----------
    table
        What `ox.sweep` gave.
    columns
        Columns to draw, in order; without them the parameters that vary and then ``round_trips``, ``grid_profit``,
        ``floating_profit``, ``fees`` and ``equity_end``.
    value
        The figure that colours the lines.

    Returns
    -------
    Figure
        One axis a column, in the column's unit.

    Raises
    ------
    InputError
        When a column is missing, or the figure is none.

    Examples
    --------
    >>> table = pd.DataFrame({"low": [90.0, 95.0], "high": 120.0, "grids": [4, 8], "equity_end": [1010.0, 1030.0]})
    >>> [axis.label for axis in plot_parallel(table).data[0].dimensions]
    ['low', 'grids', 'equity_end']
    """
    check_columns(table, [*columns, value])
    values = figures(table, value)
    order = np.argsort(values, kind="stable")[: int(np.isfinite(values).sum())]
    kept = order[every(len(order), MOST_LINES)]
    shown = table.iloc[kept]
    lines = go.Parcoords(
        dimensions=[_axis(shown[name]) for name in columns or _columns(table)],
        line={
            "color": values[kept],
            "colorscale": SCALE,
            "showscale": True,
            "colorbar": {"title": {"text": value.replace("_", " ")}},
        },
    )
    drawn = "" if len(kept) == len(order) else f", {len(kept):,} of them drawn"
    figure = styled(go.Figure(lines), f"{len(order):,} grids, best {value} {values[order[-1]]:,.2f}{drawn}", height=480)
    return figure.update_layout(margin={"t": 110})


def _columns(table: pd.DataFrame) -> list[str]:
    varied = [name for name in _ASKED if name in table.columns and table[name].nunique() > 1]
    return [*varied, *(name for name in _CAME if name in table.columns)]


def _axis(column: "pd.Series[Any]") -> dict[str, Any]:
    """Give one axis: numbers as they are, anything else by name."""
    if pd.api.types.is_numeric_dtype(column) or column.map(lambda one: hasattr(one, "as_tuple")).all():
        return {"label": column.name, "values": column.astype(np.float64)}
    codes, names = pd.factorize(column.astype(object), sort=True)
    return {"label": column.name, "values": codes, "tickvals": list(range(len(names))), "ticktext": list(names)}
