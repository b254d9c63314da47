"""A walk forward in one figure: what was chosen in sample, and what it came to."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.errors import InputError
from okxlab.plots.look import EQUITY, HALF, HOLD, IN_SAMPLE, OUT_OF_SAMPLE, PRICE, styled

_NEEDED = (
    "test_start",
    "in_sample",
    "out_of_sample",
    "gain",
    "place",
    "trials",
    "median_gain",
    "hold_gain",
    "half_gain",
)
_GAINS = (
    ("gain", "the winner", OUT_OF_SAMPLE, "circle"),
    ("median_gain", "median of all", EQUITY, "diamond"),
    ("hold_gain", "hold", HOLD, "x"),
    ("half_gain", "half", HALF, "cross"),
)


def plot_walk_forward(table: pd.DataFrame) -> go.Figure:
    """Draw for each window the winner's figure in sample and out of sample, and below what it gained beside holding.

    Parameters
    ----------
    table
        What `okxlab.grid.walk_forward` gave.

    Returns
    -------
    Figure
        Above the figure the winners were chosen by, in its own unit, each pair joined by a line; below gains in per
        cent of the investment over the test: of the winner, the median of all grids, and the same money held or half
        held. The horizontal axis is the beginning of each test, UTC.

    Raises
    ------
    InputError
        When it is no such table.

    Examples
    --------
    >>> table = pd.DataFrame({"test_start": pd.to_datetime(["2024-01-05"], utc=True), "in_sample": [1100.0],
    ...     "out_of_sample": [990.0], "gain": [-0.01], "place": [3], "trials": [4], "median_gain": [0.0],
    ...     "hold_gain": [0.02], "half_gain": [0.01]})
    >>> plot_walk_forward(table).layout.title.text
    '1 window: winners came on average 3.0 of 4 and gained -1.00 %, holding +2.00 %'
    """
    absent = [name for name in _NEEDED if name not in table.columns]
    if absent:
        raise InputError(f"The table has no column {absent[0]!r}.", "Give what ox.walk_forward gave.")
    if table.empty:
        raise InputError("The table has no window.", "Give what ox.walk_forward gave.")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for trace in _pairs(table):
        figure.add_trace(trace, row=1, col=1)
    for column, name, color, symbol in _GAINS:
        figure.add_trace(_gain(table, column, name, color, symbol), row=2, col=1)
    figure.add_hline(y=0, line={"color": PRICE, "width": 1}, row=2, col=1)
    figure.update_yaxes(title_text="chosen by", row=1, col=1)
    figure.update_yaxes(title_text="gain in the test [%]", row=2, col=1)
    figure.update_xaxes(title_text="beginning of the test [UTC]", row=2, col=1)
    return styled(figure, _title(table), height=560)


def _pairs(table: pd.DataFrame) -> list[go.Scatter]:
    times = table["test_start"]
    joined = go.Scatter(
        x=[time for time in times for _ in range(3)],
        y=[one for pair in zip(table["in_sample"], table["out_of_sample"], strict=True) for one in (*pair, None)],
        mode="lines",
        line={"color": HALF, "width": 1},
        hoverinfo="skip",
        showlegend=False,
        name="joined",
    )
    ends = (
        ("in_sample", "in sample", IN_SAMPLE, "circle-open"),
        ("out_of_sample", "out of sample", OUT_OF_SAMPLE, "circle"),
    )
    return [joined, *(_points(times, table[column], name, color, symbol) for column, name, color, symbol in ends)]


def _gain(table: pd.DataFrame, column: str, name: str, color: str, symbol: str) -> go.Scatter:
    places = [f"place {place} of {trials}" for place, trials in zip(table["place"], table["trials"], strict=True)]
    trace = _points(table["test_start"], 100 * table[column], name, color, symbol)
    return trace.update(text=places) if column == "gain" else trace


def _points(times: Any, values: Any, name: str, color: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=times, y=values, mode="markers", marker={"color": color, "symbol": symbol, "size": 9}, name=name
    )


def _title(table: pd.DataFrame) -> str:
    place, trials = table["place"].astype("Float64").mean(), table["trials"].median()
    many = f"{len(table)} windows" if len(table) > 1 else "1 window"
    gains = f"gained {100 * table['gain'].mean():+.2f} %, holding {100 * table['hold_gain'].mean():+.2f} %"
    return f"{many}: winners came on average {place:.1f} of {trials:.0f} and {gains}"
