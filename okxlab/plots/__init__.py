"""Figures: results and ladders in, plotly figures out. Nothing is fetched or computed anew."""

from okxlab.plots.backtest import plot_backtest
from okxlab.plots.ladder import plot_ladder

__all__ = ["plot_backtest", "plot_ladder"]
