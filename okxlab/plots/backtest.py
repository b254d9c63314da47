"""A backtest in one figure: price, levels and fills above, equity below."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.grid import Result
from okxlab.model import plain
from okxlab.plots.look import BUY, EQUITY, LEVEL, SELL, styled
from okxlab.plots.price import MOST_BARS, price_trace

# Every fill is drawn up to this many; beyond it every k-th is, and the title says so.
MOST_FILLS = 20_000


def plot_backtest(result: Result) -> go.Figure:
    """Draw a backtest: candles with the grid's levels and fills, and the equity curve below.

    More than 5,000 candles are joined into longer ones that keep every high and low, and equity is then drawn at
    every k-th close and the last. Every fill is drawn up to 20,000; beyond that every k-th, and the title says so.

    Parameters
    ----------
    result
        What `okxlab.grid.backtest` gave.

    Returns
    -------
    Figure
        Prices and equity in quote currency, times in UTC.

    Examples
    --------
    >>> from okxlab.grid import GridSpec, backtest
    >>> from okxlab.model import Instrument
    >>> bars = pd.DataFrame({"open": [105.0], "high": [111.0], "low": [99.0], "close": [105.0]},
    ...     index=pd.DatetimeIndex(["2024-01-01"], tz="UTC"))
    >>> spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1_000)
    >>> result = backtest(spec, bars, instrument=Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> [trace.name for trace in plot_backtest(result).data]
    ['price', 'levels', 'buys', 'sells', 'equity']
    """
    quote = result.ladder.instrument.quote
    fills = result.fills
    shown = fills.iloc[_every(len(fills), MOST_FILLS)]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.04)
    figure.add_trace(price_trace(result.candles), row=1, col=1)
    figure.add_trace(_levels(result), row=1, col=1)
    figure.add_trace(_fills(shown, "buy", quote), row=1, col=1)
    figure.add_trace(_fills(shown, "sell", quote), row=1, col=1)
    figure.add_trace(_equity(result.equity), row=2, col=1)
    figure.update_xaxes(rangeslider_visible=False)
    figure.update_xaxes(title_text="time [UTC]", row=2, col=1)
    figure.update_yaxes(title_text=f"price [{quote}]", row=1, col=1)
    figure.update_yaxes(title_text=f"equity [{quote}]", row=2, col=1)
    return styled(figure, _title(result, len(shown)), height=640)


def _every(count: int, most: int) -> np.ndarray:
    """Give evenly spaced positions, the last one among them, at most ``most + 1``."""
    step = max(1, -(-count // most))
    return np.unique(np.append(np.arange(0, count, step), count - 1)) if count else np.arange(0)


def _levels(result: Result) -> go.Scatter:
    # One trace for all lines: None lifts the pen between them.
    start, end = result.candles.index[0], result.candles.index[-1]
    prices = [float(price) for price in result.ladder.levels]
    return go.Scatter(
        x=[time for _ in prices for time in (start, end, None)],
        y=[value for price in prices for value in (price, price, None)],
        mode="lines",
        line={"color": LEVEL, "width": 1},
        name="levels",
        hoverinfo="skip",
    )


def _fills(fills: pd.DataFrame, side: str, quote: str) -> go.Scatter | go.Scattergl:
    rows = fills[fills["side"] == side]
    buy = side == "buy"
    # A browser has few WebGL contexts to give, so a page of figures takes them only for crowds of markers.
    kind = go.Scatter if len(rows) <= MOST_BARS else go.Scattergl
    return kind(
        x=rows["time"],
        y=_floats(rows["price"]),
        customdata=np.column_stack([rows["level"], [plain(size) for size in rows["size"]]]),
        hovertemplate=f"{side} %{{customdata[1]}} at %{{y}} {quote}, interval %{{customdata[0]}}<extra></extra>",
        mode="markers",
        marker={"color": BUY if buy else SELL, "symbol": "triangle-up" if buy else "triangle-down", "size": 8},
        name=f"{side}s",
    )


def _equity(equity: "pd.Series[float]") -> go.Scatter:
    shown = equity.iloc[_every(len(equity), MOST_BARS)]
    return go.Scatter(x=shown.index, y=shown, mode="lines", line={"color": EQUITY, "width": 1.5}, name="equity")


def _floats(values: Iterable[Decimal]) -> list[float]:
    return [float(value) for value in values]


def _title(result: Result, shown: int) -> str:
    total = len(result.fills)
    kept = "" if shown == total else f", {shown:,} of {total:,} fills drawn"
    quote = result.ladder.instrument.quote
    profit = float(result.summary["equity_end"] - result.spec.investment)
    return f"{result.spec.symbol}: {result.summary['round_trips']:,} round trips, total {profit:+,.2f} {quote}{kept}"
