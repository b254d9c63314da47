"""A ladder in one figure: what rests where, over the price."""

from decimal import Decimal

import pandas as pd
import plotly.graph_objects as go

from okxlab.grid import ContractPlan, Ladder, Plan, opening
from okxlab.model import Side, plain
from okxlab.plots.look import ABSENT, BUY, PRICE, SELL, styled
from okxlab.plots.price import price_trace

Ends = tuple[object, object]
Order = tuple[Side, Decimal, Decimal]


def plot_ladder(ladder: Ladder | Plan | ContractPlan, candles: pd.DataFrame | None = None) -> go.Figure:
    """Draw the orders that rest after launch as lines, buys and sells apart, with the launch price.

    Parameters
    ----------
    ladder
        A ladder or a plan. The plan of a contract grid is drawn with its liquidation prices, those that there are.
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
    made = ladder if isinstance(ladder, Ladder) else ladder.ladder
    orders = _orders(ladder)
    ends = (0, 1) if candles is None else (candles.index[0], candles.index[-1])
    figure = go.Figure()
    if candles is not None:
        figure.add_trace(price_trace(candles))
    for side, color in (("buy", BUY), ("sell", SELL)):
        figure.add_trace(_lines([order for order in orders if order[0] == side], ends, f"{side}s", color))
    figure.add_trace(_across([made.launch_price], ends, "launch price", PRICE))
    if isinstance(ladder, ContractPlan) and (ruin := _liquidations(ladder)):
        figure.add_trace(_across(ruin, ends, "liquidation", ABSENT))
    figure.update_yaxes(title_text=f"price [{made.instrument.quote}]")
    figure.update_xaxes(rangeslider_visible=False, showticklabels=candles is not None)
    if candles is not None:
        figure.update_xaxes(title_text="time [UTC]")
    unit = "contracts" if isinstance(ladder, ContractPlan) else made.instrument.base
    return styled(figure, f"{made.spec.symbol}: {len(orders)} orders of {_sizes(ladder, orders)} {unit}", height=520)


def _orders(ladder: Ladder | Plan | ContractPlan) -> list[Order]:
    if isinstance(ladder, ContractPlan):
        columns = (ladder.orders[name] for name in ("side", "price", "size"))
        return list(zip(*columns, strict=True))
    made = ladder.ladder if isinstance(ladder, Plan) else ladder
    return [(order.side, order.price, order.size) for order in opening(made)]


def _sizes(ladder: Ladder | Plan | ContractPlan, orders: list[Order]) -> str:
    """Name the size of the orders: one, or their span; a fee in base currency makes none of its own."""
    made = ladder if isinstance(ladder, Ladder) else ladder.ladder
    if isinstance(made, Ladder) and made.spec.sizes == "equal_base":
        return plain(made.size)
    least, most = min(size for *_, size in orders), max(size for *_, size in orders)
    return plain(least) if least == most else f"{plain(least)} to {plain(most)}"


def _liquidations(plan: ContractPlan) -> list[Decimal]:
    prices = (plan.liquidation, plan.liquidation_low, plan.liquidation_high)
    return sorted({price for price in prices if price is not None})


def _lines(orders: list[Order], ends: Ends, name: str, color: str) -> go.Scatter:
    # One trace a side: None lifts the pen between the lines.
    return go.Scatter(
        x=[end for _ in orders for end in (*ends, None)],
        y=[value for _, price, _ in orders for value in (float(price), float(price), None)],
        text=[text for side, _, size in orders for text in (*[f"{side} {plain(size)}"] * 2, "")],
        hovertemplate="%{text} at %{y}<extra></extra>",
        mode="lines",
        line={"color": color, "width": 1.5},
        name=name,
    )


def _across(prices: list[Decimal], ends: Ends, name: str, color: str) -> go.Scatter:
    lifted = len(prices) > 1
    return go.Scatter(
        x=[end for _ in prices for end in (*ends, *([None] if lifted else []))],
        y=[value for one in prices for value in (float(one), float(one), *([None] if lifted else []))],
        mode="lines",
        line={"color": color, "width": 2, "dash": "dash"},
        name=name,
    )
