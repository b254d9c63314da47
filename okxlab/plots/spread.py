"""The spread over time."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from okxlab.errors import InputError
from okxlab.plots.look import PRICE, styled
from okxlab.plots.price import MOST_BARS


def plot_spread(quotes: pd.DataFrame, *, title: str = "spread") -> go.Figure:
    """Draw the distance between the best bid and the best ask, in basis points of their middle.

    Parameters
    ----------
    quotes
        One row a moment: ``bid`` and ``ask``, and its time as index or in a column ``time`` (UTC), as tickers and books
        kept over time have it. NaN where a side was empty: the line breaks there.
    title
        What stands above; the median comes after it.

    Returns
    -------
    Figure
        Basis points over UTC time, at most 5,000 points: of more rows, the widest spread of each group is drawn, at its
        own time. Trace ``spread``.

    Raises
    ------
    InputError
        When a column or the times are not there.

    Examples
    --------
    >>> quotes = pd.DataFrame({"bid": [99.0, 99.5], "ask": [101.0, 100.5]},
    ...                       index=pd.DatetimeIndex(["2024-01-01", "2024-01-02"], tz="UTC"))
    >>> [float(value) for value in plot_spread(quotes).data[0].y]
    [200.0, 100.0]
    """
    absent = [name for name in ("bid", "ask") if name not in quotes.columns]
    if absent:
        raise InputError(
            f"The quotes have no column {absent[0]!r}.", "Give a frame with bid, ask and a time in each row."
        )
    timed = quotes.set_index("time") if "time" in quotes.columns else quotes
    if not isinstance(timed.index, pd.DatetimeIndex):
        raise InputError("The quotes have no times.", "Give a UTC index, or a column 'time'.")
    points = ((timed["ask"] - timed["bid"]) / (timed["ask"] + timed["bid"]) * 20_000).sort_index(kind="stable")
    figure = go.Figure(_line(points))
    figure.update_xaxes(title_text="time [UTC]")
    figure.update_yaxes(title_text="spread [basis points]", rangemode="tozero")
    middle = points.median()
    told = "nothing on both sides" if pd.isna(middle) else f"median {middle:.2f} basis points"
    return styled(figure, f"{title}: {told}", height=360)


def _line(points: "pd.Series[float]") -> go.Scatter:
    shown = points
    if len(points) > MOST_BARS:
        # a spike must not fall between the points that are drawn
        size = -(-len(points) // MOST_BARS)
        values = points.fillna(-1).to_numpy()
        widest = [at + int(np.argmax(values[at : at + size])) for at in range(0, len(values), size)]
        shown = points.iloc[widest]
    line = {"color": PRICE, "width": 1.2, "shape": "hv"}
    return go.Scatter(x=shown.index, y=shown, mode="lines", line=line, name="spread", connectgaps=False)
