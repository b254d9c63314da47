"""Funding over time: each payment, and what it has come to."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.errors import InputError
from okxlab.plots.look import BUY, EQUITY, SELL, styled

_DAYS_A_YEAR = 365


def plot_funding(rates: pd.DataFrame, *, title: str = "funding") -> go.Figure:
    """Draw funding rates, and their sum from the first one on.

    Parameters
    ----------
    rates
        ``funding_rate`` (a fraction of the position's value; positive: longs pay shorts) by UTC time, the index.
    title
        What stands above; the mean, as a year of it, comes after it.

    Returns
    -------
    Figure
        Per cent over UTC time. Traces ``longs pay``, ``shorts pay`` and ``sum``.

    Raises
    ------
    InputError
        When it is no frame of funding rates, or an empty one.

    Examples
    --------
    >>> rates = pd.DataFrame({"funding_rate": [0.0001, -0.0002]},
    ...                      index=pd.DatetimeIndex(["2024-01-01 00:00", "2024-01-01 08:00"], tz="UTC"))
    >>> [trace.name for trace in plot_funding(rates).data]
    ['longs pay', 'shorts pay', 'sum']
    """
    if "funding_rate" not in rates.columns or not isinstance(rates.index, pd.DatetimeIndex) or rates.empty:
        raise InputError("That is no frame of funding rates.", "Give a column 'funding_rate' by UTC time.")
    percent = rates["funding_rate"] * 100
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.05)
    for name, held, color in (("longs pay", percent >= 0, SELL), ("shorts pay", percent < 0, BUY)):
        shown = percent[held]
        figure.add_trace(go.Bar(x=shown.index, y=shown, marker={"color": color}, name=name), row=1, col=1)
    total = go.Scatter(x=percent.index, y=percent.cumsum(), line={"color": EQUITY, "width": 1.5}, name="sum")
    figure.add_trace(total, row=2, col=1)
    figure.update_xaxes(title_text="time [UTC]", row=2, col=1)
    figure.update_yaxes(title_text="rate [%]", row=1, col=1)
    figure.update_yaxes(title_text="sum [%]", row=2, col=1)
    return styled(figure, f"{title}: {_yearly(percent)}", height=460)


def _yearly(percent: "pd.Series[float]") -> str:
    """Write what the mean rate comes to in a year, by the median distance between payments."""
    count = f"{len(percent):,} payments"
    if len(percent) < 2:
        return count
    days = float(np.median(np.diff(pd.DatetimeIndex(percent.index).as_unit("ms").asi8))) / 86_400_000
    return f"{count}, {percent.mean() / days * _DAYS_A_YEAR:+.2f} % a year"
