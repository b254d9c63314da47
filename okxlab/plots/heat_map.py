"""A sweep over two of its parameters: a colour a cell, and every cell knows the row it stands for."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from okxlab.errors import InputError
from okxlab.plots.look import CHOSEN, SCALE, styled
from okxlab.plots.sweep_frame import GIVEN, check_columns, figures, grid_text, label

# Cells beyond it are narrower than what a pointer can meet, and each carries its grid in words.
MOST_CELLS = 40_000


def plot_heat_map(
    table: pd.DataFrame, *, x: str = "grids", y: str = "low", value: str = "equity_end", chosen: Any = None
) -> go.Figure:
    """Draw a figure of a sweep over two parameters, the cell of one row marked.

    Where several rows share a cell, because something else varies too, it shows the one with the highest figure. Every
    cell says which row of the table it is: hovering tells it, ``customdata`` holds it. `okxlab.widgets.SweepExplorer`
    plays a cell that is clicked.

    Parameters
    ----------
    table
        What `ox.sweep` gave.
    x, y
        Columns of its parameters: ``low``, ``high``, ``grids``, ``spacing``, ``investment``.
    value
        The figure to draw.
    chosen
        The row to mark, by its label in the table; without it the one with the highest figure.

    Returns
    -------
    Figure
        Traces ``heat map`` and ``chosen``; ``customdata`` of both is the row's label and its grid in words. A cell
        without a grid that could be made is empty.

    Raises
    ------
    InputError
        When a column is missing or is no figure, ``chosen`` is no row of the table or could not be made, or there are
        more than 40,000 cells.

    Examples
    --------
    >>> table = pd.DataFrame({"low": [90.0, 90.0, 95.0], "high": 120.0, "grids": [4, 8, 4], "spacing": "arithmetic",
    ...     "investment": 1000.0, "equity_end": [1010.0, 1030.0, 1020.0]})
    >>> heat, mark = plot_heat_map(table).data
    >>> list(heat.x), list(heat.y), heat.z.tolist()
    (['4', '8'], ['90', '95'], [[1010.0, 1030.0], [1020.0, nan]])
    >>> mark.customdata[0]
    [1, '8 arithmetic grids from 90 to 120 with 1000']
    """
    check_columns(table, [*GIVEN, x, y, value])
    cells = _Cells(table, x, y, figures(table, value))
    place = cells.best if chosen is None else cells.place(chosen)
    unit = value.replace("_", " ")
    figure = go.Figure([_heat(cells, unit), _mark(cells, place, unit)])
    figure.update_xaxes(type="category", title_text=x)
    figure.update_yaxes(type="category", title_text=y)
    row, text = cells.row(place)
    made = f"{int(np.isfinite(cells.values).sum()):,} of {len(table):,} grids"
    return styled(figure, f"{made}; row {row}: {text}, {unit} {cells.values[place]:,.2f}", height=520)


class _Cells:
    """The rows of a table laid out over two of its columns, and the best of each cell."""

    def __init__(self, table: pd.DataFrame, x: str, y: str, values: npt.NDArray[np.float64]) -> None:
        self.table, self.values = table, values
        self.columns, self.across = _axis(table[x])
        self.rows, self.up = _axis(table[y])
        if len(self.rows) * len(self.columns) > MOST_CELLS:
            raise InputError(
                f"{y} has {len(self.rows):,} values and {x} {len(self.columns):,}, too many cells to see.",
                f"Choose other columns, or keep some rows of the table: at most {MOST_CELLS:,} cells.",
            )
        # In rising order the highest is written last, and of equal ones the first row.
        order = np.lexsort((-np.arange(len(values)), values))
        order = order[np.isfinite(values[order])]
        self.best = int(order[-1])
        self.filled = np.full((len(self.rows), len(self.columns)), -1)
        self.filled[self.up[order], self.across[order]] = order

    def row(self, place: int) -> list[Any]:
        """Give the label and the grid of a row."""
        label_of_row = self.table.index[place]
        told = grid_text({name: self.table[name].iloc[place] for name in GIVEN})
        return [label_of_row.item() if hasattr(label_of_row, "item") else label_of_row, told]

    def told(self) -> list[list[list[Any]]]:
        """Give for each cell its row's label and grid; an empty cell has neither."""
        rows = {place: self.row(place) for place in self.filled[self.filled >= 0].tolist()}
        return [[rows.get(place, [None, ""]) for place in line] for line in self.filled.tolist()]

    def place(self, chosen: Any) -> int:
        """Give where the chosen row stands in the table."""
        found = np.flatnonzero(self.table.index == chosen)
        if not len(found):
            raise InputError(f"The table has no row {chosen!r}.", "Give a label of its index.")
        if not np.isfinite(self.values[found[0]]):
            raise InputError(f"The grid of row {chosen!r} could not be made.", "Its column error says why.")
        return int(found[0])


def _axis(column: "pd.Series[Any]") -> tuple[list[str], npt.NDArray[np.intp]]:
    """Give the values of a parameter in order, as text, and where each row stands among them."""
    codes, names = pd.factorize(column.astype(object) if column.dtype == "category" else column, sort=True)
    return [label(one) for one in names], codes


def _heat(cells: _Cells, unit: str) -> go.Heatmap:
    return go.Heatmap(
        x=cells.columns,
        y=cells.rows,
        z=np.where(cells.filled >= 0, cells.values[cells.filled], np.nan),
        customdata=cells.told(),
        hovertemplate=f"row %{{customdata[0]}}: %{{customdata[1]}}<br>{unit} %{{z:,.4f}}<extra></extra>",
        colorscale=SCALE,
        colorbar={"title": {"text": unit}},
        name="heat map",
    )


def _mark(cells: _Cells, place: int, unit: str) -> go.Scatter:
    says = f"chosen, row %{{customdata[0]}}: %{{customdata[1]}}<br>{unit} {cells.values[place]:,.4f}<extra></extra>"
    return go.Scatter(
        x=[cells.columns[cells.across[place]]],
        y=[cells.rows[cells.up[place]]],
        customdata=[cells.row(place)],
        hovertemplate=says,
        mode="markers",
        marker={"symbol": "square-open", "size": 16, "color": CHOSEN, "line": {"width": 3}},
        name="chosen",
        showlegend=False,
    )
