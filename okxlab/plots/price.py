"""The price in a figure: candles, or fewer and longer candles when there are too many to see."""

from math import ceil

import pandas as pd
import plotly.graph_objects as go

from okxlab.plots.look import PRICE

# A screen is about two thousand pixels wide; more bars only make the browser slow.
MOST_BARS = 5000
_JOINED = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


def fewer(candles: pd.DataFrame) -> pd.DataFrame:
    """Give at most 5,000 candles: neighbours joined into longer ones that keep every high and low.

    The first bar of each group gives the time and the open, the last one the close; volume, if there is one, is summed.
    """
    kept = [name for name in _JOINED if name in candles.columns]
    if len(candles) <= MOST_BARS:
        return candles[kept]
    size = ceil(len(candles) / MOST_BARS)
    groups = pd.RangeIndex(len(candles)) // size
    joined = candles[kept].groupby(groups).agg({name: _JOINED[name] for name in kept})
    return joined.set_index(candles.index[::size])


def price_trace(candles: pd.DataFrame) -> go.Candlestick:
    """Give the candlestick trace of at most 5,000 bars, in neutral colours so that fills stand out."""
    bars = fewer(candles)
    line = {"line": {"color": PRICE, "width": 1}}
    return go.Candlestick(
        x=bars.index,
        open=bars["open"],
        high=bars["high"],
        low=bars["low"],
        close=bars["close"],
        name="price",
        increasing={**line, "fillcolor": "#FFFFFF"},
        decreasing={**line, "fillcolor": PRICE},
    )
