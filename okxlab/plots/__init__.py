"""Figures: results, ladders, sweeps and market data in, plotly figures out. Nothing is fetched or computed anew."""

from okxlab.plots.audit import plot_audit
from okxlab.plots.backtest import plot_backtest
from okxlab.plots.band import plot_band
from okxlab.plots.book import plot_depth
from okxlab.plots.candles import plot_candles
from okxlab.plots.coverage import plot_coverage
from okxlab.plots.funding import plot_funding
from okxlab.plots.heat_map import plot_heat_map
from okxlab.plots.ladder import plot_ladder
from okxlab.plots.levels import plot_levels
from okxlab.plots.parallel import plot_parallel
from okxlab.plots.spread import plot_spread
from okxlab.plots.walk_forward import plot_walk_forward

__all__ = [
    "plot_audit",
    "plot_backtest",
    "plot_band",
    "plot_candles",
    "plot_coverage",
    "plot_depth",
    "plot_funding",
    "plot_heat_map",
    "plot_ladder",
    "plot_levels",
    "plot_parallel",
    "plot_spread",
    "plot_walk_forward",
]
