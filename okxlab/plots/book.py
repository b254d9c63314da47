"""An order book in one figure: how much waits within which distance of the middle."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from okxlab.errors import InputError
from okxlab.plots.look import BUY, SELL, styled


def plot_depth(book: pd.DataFrame, *, title: str = "order book") -> go.Figure:
    """Draw a book's depth: the size summed up from the best price outward, bids and asks apart.

    Parameters
    ----------
    book
        What `okxlab.order_book` gave: ``bid``, ``bid_size``, ``ask``, ``ask_size`` from the best level outward; NaN
        where a side has fewer levels.
    title
        What stands above; the spread comes after it.

    Returns
    -------
    Figure
        Prices in quote currency, sizes in base (contracts for derivatives). Traces ``bids`` and ``asks``.

    Raises
    ------
    InputError
        When a column is not there.

    Examples
    --------
    >>> book = pd.DataFrame({"bid_size": [1.0, 2.0], "bid": [99.0, 98.0], "ask": [101.0, 102.0], "ask_size": [3.0, 1]})
    >>> [trace.y.tolist() for trace in plot_depth(book).data]
    [[1.0, 3.0], [3.0, 4.0]]
    """
    absent = [name for name in ("bid", "bid_size", "ask", "ask_size") if name not in book.columns]
    if absent:
        raise InputError(f"The book has no column {absent[0]!r}.", "Give what ox.order_book() gives.")
    figure = go.Figure([_side(book, "bid", BUY), _side(book, "ask", SELL)])
    figure.update_xaxes(title_text="price")
    figure.update_yaxes(title_text="size up to here", rangemode="tozero")
    return styled(figure, f"{title}{_spread(book)}", height=420)


def _side(book: pd.DataFrame, side: str, color: str) -> go.Scatter:
    levels = book[[side, f"{side}_size"]].dropna()
    return go.Scatter(
        x=levels[side],
        y=np.cumsum(levels[f"{side}_size"].to_numpy()),
        mode="lines",
        # what waits at a price is there from that price outward
        line={"color": color, "width": 1.5, "shape": "hv"},
        fill="tozeroy",
        name=f"{side}s",
        hovertemplate="%{y} up to %{x}<extra></extra>",
    )


def _spread(book: pd.DataFrame) -> str:
    bid, ask = book["bid"].max(), book["ask"].min()
    at = f", {book.attrs['time']:%Y-%m-%d %H:%M:%S} UTC" if "time" in book.attrs else ""
    if pd.isna(bid) or pd.isna(ask):
        return f": one side is empty{at}"
    return f": spread {(ask - bid) / (ask + bid) * 20_000:.2f} basis points{at}"
