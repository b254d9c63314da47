"""A band in one figure: how low and how high the equity could have ended, and holding beside it."""

import plotly.graph_objects as go

from okxlab.grid import Band
from okxlab.plots.lines import curve
from okxlab.plots.look import EQUITY, HALF, HOLD, styled

_FILL = "rgba(0, 158, 115, 0.2)"


def plot_band(band: Band) -> go.Figure:
    """Draw the equity of the courses that end lowest, likely and highest, and of the same money held or half held.

    The lowest and highest curves are those of two courses: at the end nothing lies outside them, before it a course
    may. More than 5,000 closes are drawn at every k-th and the last.

    Parameters
    ----------
    band
        What `okxlab.grid.band` gave.

    Returns
    -------
    Figure
        Equity in quote currency, times in UTC. Traces: ``lowest``, ``highest``, ``likely``, ``hold``, ``half``.

    Examples
    --------
    >>> import pandas as pd
    >>> from okxlab.grid import GridSpec, band
    >>> from okxlab.model import Instrument
    >>> bars = pd.DataFrame({"open": [105.0, 107.0], "high": [108.0, 116.0], "low": [105.0, 104.0],
    ...     "close": [107.0, 111.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = band(spec, bars, instrument=Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> plot_band(made).layout.title.text
    'BTC-USDT: ends between 1,049.36 and 1,063.18 USDT, likely 1,049.36'
    """
    held = band.likely.benchmarks
    figure = go.Figure(
        [
            curve(band.low.equity, "lowest", EQUITY).update(line_width=0.5),
            curve(band.high.equity, "highest", EQUITY, fill="tonexty", fillcolor=_FILL).update(line_width=0.5),
            curve(band.likely.equity, "likely", EQUITY),
            curve(held["hold"], "hold", HOLD).update(line_dash="dash"),
            curve(held["half"], "half", HALF).update(line_dash="dot"),
        ]
    )
    quote = band.likely.ladder.instrument.quote
    figure.update_xaxes(title_text="time [UTC]")
    figure.update_yaxes(title_text=f"equity [{quote}]")
    low, likely, high = (f"{float(band.ends['equity_end'][name]):,.2f}" for name in ("low", "likely", "high"))
    return styled(figure, f"{band.spec.symbol}: ends between {low} and {high} {quote}, likely {likely}", height=460)
