"""What each level did, beside the price: fills and round trips of every interval."""

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.grid import Result
from okxlab.model import plain
from okxlab.plots.lines import level_lines
from okxlab.plots.look import BUY, VOLUME, styled
from okxlab.plots.price import price_trace


def plot_levels(result: Result) -> go.Figure:
    """Draw the candles and levels of a backtest, and at each interval's height how often it filled and closed.

    Parameters
    ----------
    result
        What `okxlab.grid.backtest` gave.

    Returns
    -------
    Figure
        Left the price in quote currency over time in UTC, right counts: ``fills`` (buys and sells) behind
        ``round trips``. Hovering an interval tells its buys, sells and profit.

    Examples
    --------
    >>> from okxlab.grid import GridSpec, backtest
    >>> from okxlab.model import Instrument
    >>> bars = pd.DataFrame({"open": [105.0], "high": [111.0], "low": [99.0], "close": [105.0]},
    ...     index=pd.DatetimeIndex(["2024-01-01"], tz="UTC"))
    >>> spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1_000)
    >>> result = backtest(spec, bars, instrument=Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> figure = plot_levels(result)
    >>> figure.data[-1].x.tolist(), list(figure.data[-1].y)
    ([0, 1, 1, 0], [97.5, 102.5, 107.5, 112.5])
    """
    quote, rows = result.ladder.instrument.quote, result.intervals
    edges = [float(price) for price in (*rows["low"], rows["high"].iloc[-1])]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, column_widths=[0.7, 0.3], horizontal_spacing=0.02)
    figure.add_trace(price_trace(result.candles), row=1, col=1)
    figure.add_trace(level_lines(edges, result.candles.index), row=1, col=1)
    for trace in _bars(rows, edges, quote):
        figure.add_trace(trace, row=1, col=2)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(rangeslider_visible=False, title_text="time [UTC]", row=1, col=1)
    figure.update_xaxes(title_text="count", row=1, col=2)
    figure.update_yaxes(title_text=f"price [{quote}]", row=1, col=1)
    idle = int((rows["round_trips"] == 0).sum())
    trips = f"{result.summary['round_trips']:,} round trips"
    title = f"{result.spec.symbol}: {trips}, {idle:,} of {len(rows):,} intervals without one"
    return styled(figure, title, height=560)


def _bars(rows: pd.DataFrame, edges: list[float], quote: str) -> list[go.Bar]:
    """Give the bars of fills and, narrower before them, of round trips, in the middle of each interval."""
    counts = [rows[name] for name in ("buys", "sells", "round_trips")]
    told = np.column_stack([rows.index, *counts, [plain(one) for one in rows["grid_profit"]]])
    says = "interval %{customdata[0]}: %{customdata[1]} buys, %{customdata[2]} sells, %{customdata[3]} round trips"
    drawn = (("fills", rows["buys"] + rows["sells"], VOLUME, 0.9), ("round trips", rows["round_trips"], BUY, 0.5))
    return [
        go.Bar(
            x=count,
            y=[(low + high) / 2 for low, high in pairwise(edges)],
            width=np.diff(edges) * share,
            orientation="h",
            customdata=told,
            hovertemplate=f"{says}, profit %{{customdata[4]}} {quote}<extra></extra>",
            marker={"color": color, "line": {"width": 0}},
            name=name,
        )
        for name, count, color, share in drawn
    ]
