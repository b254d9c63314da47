"""A ladder in one figure: what rests where, beside the price."""

import pandas as pd
import plotly.graph_objects as go

from okxlab.grid import GridOrder, Ladder, Plan, opening
from okxlab.model import plain
from okxlab.plots.look import BUY, PRICE, SELL, styled
from okxlab.plots.price import price_trace


def plot_ladder(ladder: Ladder | Plan, candles: pd.DataFrame | None = None) -> go.Figure:
    """Draw the orders that rest after launch as lines, buys and sells apart, with the launch price.

    Parameters
    ----------
    ladder
        A ladder or a plan.
    candles
        Candles to draw behind the orders (UTC index, quote currency); at most 5,000 bars are shown.

    Returns
    -------
    Figure
        Prices in quote currency; with candles the horizontal axis is UTC time, without them it has no meaning.

    Examples
    --------
    >>> from okxlab.grid import GridSpec, ladder
    >>> from okxlab.model import Instrument
    >>> spec = GridSpec("AAA-USDT", low=95, high=115, grids=4, investment=1_000)
    >>> made = ladder(spec, Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001"), 105)
    >>> [trace.name for trace in plot_ladder(made).data]
    ['buys', 'sells', 'launch price']
    """
    made = ladder.ladder if isinstance(ladder, Plan) else ladder
    quote, orders = made.instrument.quote, opening(made)
    ends = (0, 1) if candles is None else (candles.index[0], candles.index[-1])
    figure = go.Figure()
    if candles is not None:
        figure.add_trace(price_trace(candles))
    for side, color in (("buy", BUY), ("sell", SELL)):
        figure.add_trace(_lines([order for order in orders if order.side == side], ends, f"{side}s", color))
    launch = [float(made.launch_price)] * 2
    line = {"color": PRICE, "width": 2, "dash": "dash"}
    figure.add_trace(go.Scatter(x=list(ends), y=launch, mode="lines", line=line, name="launch price"))
    figure.update_yaxes(title_text=f"price [{quote}]")
    figure.update_xaxes(rangeslider_visible=False, showticklabels=candles is not None)
    if candles is not None:
        figure.update_xaxes(title_text="time [UTC]")
    sizes = sorted({order.size for order in orders})
    amount = plain(made.size) if made.spec.sizes == "equal_base" else f"{plain(sizes[0])} to {plain(sizes[-1])}"
    title = f"{made.spec.symbol}: {len(orders)} orders of {amount} {made.instrument.base}"
    return styled(figure, title, height=520)


def _lines(orders: list[GridOrder], ends: tuple[object, object], name: str, color: str) -> go.Scatter:
    # One trace a side: None lifts the pen between the lines.
    return go.Scatter(
        x=[end for _ in orders for end in (*ends, None)],
        y=[value for order in orders for value in (float(order.price), float(order.price), None)],
        text=[text for order in orders for text in (*[f"{order.side} {plain(order.size)}"] * 2, "")],
        hovertemplate="%{text} at %{y}<extra></extra>",
        mode="lines",
        line={"color": color, "width": 1.5},
        name=name,
    )
