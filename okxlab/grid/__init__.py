"""Grids, purely: specification, levels, ladder, plan, rotation, backtest. Values in, values out."""

from okxlab.grid.backtest import backtest
from okxlab.grid.ladder import Ladder, ladder, minimum_investment
from okxlab.grid.levels import levels
from okxlab.grid.plan import Plan, plan_grid
from okxlab.grid.profit import break_even_ratio, profit_rate
from okxlab.grid.result import Result
from okxlab.grid.rotation import GridOrder, opening, rotate
from okxlab.grid.spec import GridSpec

__all__ = [
    "GridOrder",
    "GridSpec",
    "Ladder",
    "Plan",
    "Result",
    "backtest",
    "break_even_ratio",
    "ladder",
    "levels",
    "minimum_investment",
    "opening",
    "plan_grid",
    "profit_rate",
    "rotate",
]
