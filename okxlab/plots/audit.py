"""An audit in one figure: what a grid gained where it was chosen and where it was not, and holding beside it."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from okxlab.grid import Audit
from okxlab.plots.lines import curve
from okxlab.plots.look import EQUITY, HALF, HOLD, IN_SAMPLE, PRICE, styled

_FILL = "rgba(0, 158, 115, 0.2)"
# Each stretch's curves, in the order they are drawn: the filled one needs the one before it.
_CURVES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("low", "lowest", EQUITY, {"line_width": 0.5}),
    ("high", "highest", EQUITY, {"line_width": 0.5, "fill": "tonexty", "fillcolor": _FILL}),
    ("grid", "grid", EQUITY, {}),
    ("hold", "hold", HOLD, {"line_dash": "dash"}),
    ("half", "half", HALF, {"line_dash": "dot"}),
)


def plot_audit(audit: Audit) -> go.Figure:
    """Draw the gain of an audited grid on each stretch, the one it was chosen on shaded, beside holding all or half.

    On every stretch the grid is launched afresh, so every curve begins at its launch; a spot grid has its band. Of more
    than 5,000 closes a stretch every k-th and the last are drawn.

    Parameters
    ----------
    audit
        What `okxlab.grid.audit_grid` or `okxlab.trading.audit` gave.

    Returns
    -------
    Figure
        Gains in per cent of the investment since the launch, times in UTC. Each trace is named ``lowest``, ``highest``,
        ``grid``, ``hold`` or ``half``, once a stretch.

    Examples
    --------
    >>> from okxlab.grid import GridSpec, audit_grid
    >>> from okxlab.model import Instrument
    >>> bars = pd.DataFrame({"open": 105.0, "high": [111.0, 106.0] * 24, "low": 104.0, "close": 105.0},
    ...     index=pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> audit = audit_grid(spec, bars, seen=("2024-01-02", "2024-01-03"), instrument=btc, claimed=0.5)
    >>> plot_audit(audit).layout.title.text
    'BTC-USDT: before +13.87 %, seen +13.87 %; claimed +50.00 % a year'
    """
    figure = go.Figure()
    for number, (stretch, part) in enumerate(audit.curves.groupby("stretch", observed=True)):
        for column, name, color, more in _CURVES:
            if column in part.columns and part[column].notna().any():
                line = curve(100 * part[column], name, color, legendgroup=name, showlegend=number == 0)
                figure.add_trace(line.update(more))
        ends = part.index[0], part.index[-1]
        _name_stretch(figure, str(stretch), ends)
    figure.add_hline(y=0, line={"color": PRICE, "width": 1})
    figure.update_xaxes(title_text="time [UTC]")
    figure.update_yaxes(title_text="gain since the launch [%]")
    return styled(figure, _title(audit), height=500)


def _name_stretch(figure: go.Figure, stretch: str, ends: tuple[pd.Timestamp, pd.Timestamp]) -> None:
    """Write the stretch's name above it, and shade it when it is what was seen."""
    if stretch == "seen":
        figure.add_vrect(x0=ends[0], x1=ends[1], fillcolor=IN_SAMPLE, opacity=0.15, line_width=0)
    text = "seen: chosen here" if stretch == "seen" else stretch
    middle = ends[0] + (ends[1] - ends[0]) / 2
    figure.add_annotation(x=middle, y=1, yref="paper", yanchor="top", text=text, showarrow=False)


def _title(audit: Audit) -> str:
    gains = ", ".join(f"{stretch} {100 * gain:+.2f} %" for stretch, gain in audit.summary["gain"].items())
    claimed = "" if audit.claimed is None else f"; claimed {100 * audit.claimed:+.2f} % a year"
    return f"{audit.spec.symbol}: {gains}{claimed}"
