"""Lines in a figure: few enough points to see, and many flat ones in one trace."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from okxlab.plots.look import LEVEL
from okxlab.plots.price import MOST_BARS


def every(count: int, most: int) -> npt.NDArray[np.int64]:
    """Give evenly spaced positions, the last one among them, at most ``most + 1``.

    >>> every(10, 4).tolist(), every(0, 4).tolist()
    ([0, 3, 6, 9], [])
    """
    step = max(1, -(-count // most))
    return np.unique(np.append(np.arange(0, count, step), count - 1)) if count else np.arange(0)


def curve(values: "pd.Series[float]", name: str, color: str, **more: object) -> go.Scatter:
    """Draw a curve over time, every k-th value and the last where there are more than 5,000."""
    shown = values.iloc[every(len(values), MOST_BARS)]
    return go.Scatter(x=shown.index, y=shown, mode="lines", line={"color": color, "width": 1.5}, name=name, **more)


def level_lines(prices: Iterable[float], index: pd.Index) -> go.Scatter:
    """Draw prices as flat lines from the first time to the last, all in one trace."""
    start, end = index[0], index[-1]
    listed = list(prices)
    # None lifts the pen between the lines.
    return go.Scatter(
        x=[time for _ in listed for time in (start, end, None)],
        y=[value for price in listed for value in (price, price, None)],
        mode="lines",
        line={"color": LEVEL, "width": 1},
        name="levels",
        hoverinfo="skip",
    )
