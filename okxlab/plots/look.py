"""The look of every figure: one template, colours that colour-blind readers tell apart."""

from typing import Any

import plotly.graph_objects as go

# Okabe and Ito's palette; buys and sells differ in hue, lightness and marker.
BUY = "#0072B2"
SELL = "#D55E00"
PRICE = "#595959"
EQUITY = "#009E73"
LEVEL = "#C8C8C8"
VOLUME = "#9AA5B1"
ABSENT = "#D55E00"
IDLE = "#E69F00"
UNKNOWN = "#56B4E9"
HOLD = "#CC79A7"
HALF = "#8C8C8C"
CHOSEN = "#D55E00"
IN_SAMPLE = "#56B4E9"
OUT_OF_SAMPLE = "#D55E00"
SCALE = "Cividis"


def styled(figure: go.Figure, title: str, *, height: int) -> go.Figure:
    """Give the figure its title and the common look."""
    layout: dict[str, Any] = {
        "template": "plotly_white",
        "title": {"text": title, "x": 0.0, "xanchor": "left"},
        "height": height,
        "margin": {"l": 70, "r": 30, "t": 70, "b": 40},
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 1.0, "xanchor": "right", "y": 1.0, "yanchor": "bottom"},
    }
    figure.update_layout(layout)
    return figure
