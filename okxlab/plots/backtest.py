"""A backtest in one figure: price, levels, fills and what ended it above, equity below."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.grid import Result
from okxlab.model import plain
from okxlab.plots.lines import curve, every, level_lines
from okxlab.plots.look import ABSENT, BUY, CHOSEN, EQUITY, LEVEL, PRICE, SELL, styled
from okxlab.plots.price import MOST_BARS, price_trace

# Every fill is drawn up to this many; beyond it every k-th is, and the title says so.
MOST_FILLS = 20_000


def plot_backtest(result: Result) -> go.Figure:
    """Draw a backtest: candles with the grid's levels and fills, and the equity curve below.

    More than 5,000 candles are joined into longer ones that keep every high and low, and equity is then drawn at
    every k-th close and the last. Every fill is drawn up to 20,000; beyond that every k-th, and the title says so.

    Orders that filled in parts have a hollow marker a part. A range that follows the price is drawn by its ends; what
    happened beside the fills, but for the launch, has a marker with its name. The liquidation price of a contract grid
    is there to be switched on in the legend.

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
    shown = fills.iloc[every(len(fills), MOST_FILLS)]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.04)
    for trace in (price_trace(result.candles), *_range(result)):
        figure.add_trace(trace, row=1, col=1)
    for side in ("buy", "sell"):
        figure.add_trace(_fills(shown, side, quote), row=1, col=1)
    for trace in (*_events(result), *_liquidation(result)):
        figure.add_trace(trace, row=1, col=1)
    figure.add_trace(curve(result.equity, "equity", EQUITY), row=2, col=1)
    figure.update_xaxes(rangeslider_visible=False)
    figure.update_xaxes(title_text="time [UTC]", row=2, col=1)
    figure.update_yaxes(title_text=f"price [{quote}]", row=1, col=1)
    figure.update_yaxes(title_text=f"equity [{quote}]", row=2, col=1)
    return styled(figure, _title(result, len(shown)), height=640)


def _range(result: Result) -> list[go.Scatter]:
    """Give the levels as they were launched, or the ends of a range that moved."""
    index, ends = result.candles.index, result.account.bounds(len(result.candles))
    if all(len(np.unique(end[np.isfinite(end)])) <= 1 for end in ends):
        return [level_lines([float(price) for price in result.ladder.levels], index)]
    named = zip(("lowest level", "highest level"), ends, strict=True)
    lines = (curve(pd.Series(np.where(np.isfinite(end), end, np.nan), index), name, LEVEL) for name, end in named)
    return [line.update(line_shape="hv") for line in lines]


def _fills(fills: pd.DataFrame, side: str, quote: str) -> go.Scatter | go.Scattergl:
    rows = fills[fills["side"] == side]
    buy = side == "buy"
    symbol = "triangle-up" if buy else "triangle-down"
    parts = not rows["whole"].all()
    # A browser has few WebGL contexts to give, so a page of figures takes them only for crowds of markers.
    kind = go.Scatter if len(rows) <= MOST_BARS else go.Scattergl
    return kind(
        x=rows["time"],
        y=_floats(rows["price"]),
        customdata=np.column_stack([rows["level"], [plain(size) for size in rows["size"]]]),
        hovertemplate=f"{side} %{{customdata[1]}} at %{{y}} {quote}, interval %{{customdata[0]}}<extra></extra>",
        mode="markers",
        marker={
            "color": BUY if buy else SELL,
            "symbol": [symbol if whole else f"{symbol}-open" for whole in rows["whole"]] if parts else symbol,
            "size": 8,
        },
        name=f"{side}s",
    )


def _events(result: Result) -> list[go.Scatter]:
    """Give a marker for each event, unless the grid was launched at once and ran to the last candle."""
    rows = result.events
    if not len(rows) or (len(rows) == 1 and rows["candle"].iloc[0] == 0):
        return []
    return [
        go.Scatter(
            x=rows["time"],
            y=_floats(rows["price"]),
            text=[name.replace("_", " ") for name in rows["event"]],
            textposition="top center",
            mode="markers+text",
            marker={"color": CHOSEN, "symbol": "diamond", "size": 11, "line": {"color": PRICE, "width": 1}},
            name="events",
        )
    ]


def _liquidation(result: Result) -> list[go.Scatter]:
    # It may lie far away from the price, and would then flatten everything else.
    if result.margin is None:
        return []
    return [curve(result.margin["liquidation_price"], "liquidation price", ABSENT, visible="legendonly")]


def _floats(values: Iterable[Decimal]) -> list[float]:
    return [float(value) for value in values]


def _title(result: Result, shown: int) -> str:
    total = len(result.fills)
    kept = "" if shown == total else f", {shown:,} of {total:,} fills drawn"
    quote = result.ladder.instrument.quote
    profit = float(sum(result.attribution.values()))
    return f"{result.spec.symbol}: {result.summary['round_trips']:,} round trips, total {profit:+,.2f} {quote}{kept}"
