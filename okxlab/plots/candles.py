"""Candles in one figure: price above, volume below, and what is odd in them in its place."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from okxlab.model import bar_length, check_candles, oddities
from okxlab.plots.look import ABSENT, IDLE, UNKNOWN, VOLUME, styled
from okxlab.plots.price import fewer, price_trace

# What is drawn as a band over the time it spans; the rest of the report concerns single values.
_BANDS = {"missing": ABSENT, "idle": IDLE, "no volume": UNKNOWN}


def plot_candles(candles: pd.DataFrame, odd: pd.DataFrame | None = None, *, title: str = "") -> go.Figure:
    """Draw candles and their volume, with holes, idle bars and unknown volume as bands over the time they span.

    More than 5,000 candles are joined into longer ones that keep every high, every low and the sum of volume. A band
    is drawn at its true time and keeps an outline, so that one missing minute shows in a year.

    Parameters
    ----------
    candles
        See `okxlab.model.check_candles`.
    odd
        What `okxlab.oddities` gave; default: asked of the candles.
    title
        What stands above; the number of bars and of what is odd comes after it.

    Returns
    -------
    Figure
        Prices in quote currency, volume in base, times in UTC. Traces: ``price``, ``volume`` if there is one, and one
        for each kind of band.

    Raises
    ------
    CandleError
        When the candles cannot be traded over.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": [1.0, 2.0, 0.0, 3.0]},
    ...                     index=pd.to_datetime([0, 60, 120, 240], unit="s", utc=True))
    >>> [trace.name for trace in plot_candles(bars).data]
    ['price', 'volume', 'missing', 'idle']
    """
    check_candles(candles)
    found = oddities(candles) if odd is None else odd
    instrument = candles.attrs.get("instrument")
    bar = bar_length(pd.DatetimeIndex(candles.index))
    has_volume = "volume" in candles.columns
    figure = make_subplots(
        rows=2 if has_volume else 1,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.75, 0.25] if has_volume else [1.0],
        vertical_spacing=0.04,
    )
    figure.add_trace(price_trace(candles), row=1, col=1)
    if has_volume:
        figure.add_trace(_volume(candles), row=2, col=1)
        figure.update_yaxes(title_text=f"volume [{instrument.base}]" if instrument else "volume", row=2, col=1)
    ends = (candles["low"].min(), candles["high"].max())
    for kind, color in _BANDS.items():
        rows = found[found["kind"] == kind]
        if len(rows):
            spans = zip(rows["first"], rows["last"] + bar, strict=True)
            figure.add_trace(_bands(kind, spans, ends, color), row=1, col=1)
    figure.update_xaxes(rangeslider_visible=False)
    figure.update_xaxes(title_text="time [UTC]", row=2 if has_volume else 1, col=1)
    figure.update_yaxes(title_text=f"price [{instrument.quote}]" if instrument else "price", row=1, col=1)
    return styled(figure, _title(candles, found, title), height=560)


def _volume(candles: pd.DataFrame) -> go.Bar:
    bars = fewer(candles)
    return go.Bar(x=bars.index, y=bars["volume"], marker={"color": VOLUME, "line": {"width": 0}}, name="volume")


def _bands(kind: str, spans: Iterable[tuple[Any, Any]], ends: tuple[float, float], color: str) -> go.Scatter:
    # One trace a kind: None lifts the pen between the rectangles.
    low, high = ends
    corners = [
        corner for a, b in spans for corner in ((a, low), (a, high), (b, high), (b, low), (a, low), (None, None))
    ]
    return go.Scatter(
        x=[time for time, _ in corners],
        y=[price for _, price in corners],
        mode="lines",
        line={"color": color, "width": 1},
        fill="toself",
        fillcolor=color,
        opacity=0.35,
        name=kind,
        hoverinfo="name",
    )


def _title(candles: pd.DataFrame, found: pd.DataFrame, title: str) -> str:
    instrument = candles.attrs.get("instrument")
    counts = found[found["kind"].isin(_BANDS)].groupby("kind", sort=False)["bars"].sum()
    told = "".join(f", {count:,} {kind}" for kind, count in counts.items())
    name = title or (instrument.symbol if instrument else "candles")
    return f"{name}: {len(candles):,} bars{told}"
