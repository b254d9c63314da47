"""Figures: results, ladders and market data in, plotly figures out. Nothing is fetched or computed anew."""

from okxlab.plots.backtest import plot_backtest
from okxlab.plots.book import plot_depth
from okxlab.plots.candles import plot_candles
from okxlab.plots.coverage import plot_coverage
from okxlab.plots.funding import plot_funding
from okxlab.plots.ladder import plot_ladder
from okxlab.plots.spread import plot_spread

__all__ = ["plot_backtest", "plot_candles", "plot_coverage", "plot_depth", "plot_funding", "plot_ladder", "plot_spread"]
