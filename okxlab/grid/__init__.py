"""Grids, purely: specification, levels, ladder, plan, rotation, backtest, sweep, study. Values in, values out."""

from okxlab.grid.audit import Audit, audit_grid
from okxlab.grid.backtest import backtest
from okxlab.grid.bands import Band, band, band_many, low_first_chances, rank_by_band
from okxlab.grid.conditions import Conditions
from okxlab.grid.contract import ContractLadder, ContractResult, backtest_contract, contract_ladder, read_tiers
from okxlab.grid.contract_plan import ContractPlan, plan_contract
from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.levels import levels
from okxlab.grid.liquidation import Exposure, Further, further, liquidation_price, worst_price
from okxlab.grid.margin import initial_margin, order_margin
from okxlab.grid.minimum import minimum_investment
from okxlab.grid.plan import Plan, plan_grid
from okxlab.grid.profit import (
    break_even_ratio,
    contract_break_even_ratio,
    contract_profit_rate,
    okx_annualised,
    okx_minimum_investment,
    okx_suggested_rate,
    profit_rate,
)
from okxlab.grid.result import Result
from okxlab.grid.rotation import GridOrder, opening, rotate
from okxlab.grid.sizes import weights
from okxlab.grid.spacing import most_grids
from okxlab.grid.spec import GridSpec
from okxlab.grid.study.bootstrap import bootstrap_paths
from okxlab.grid.study.bootstrap_sweep import bootstrap_sweep
from okxlab.grid.study.deflated import deflated_sharpe, expected_best, independent_trials, probabilistic_sharpe
from okxlab.grid.study.overfitting import Overfitting, overfitting
from okxlab.grid.study.returns import trial_returns
from okxlab.grid.study.walk_forward import walk_forward
from okxlab.grid.study.windows import Window, split, windows
from okxlab.grid.sweep.index import PathIndex, index_path
from okxlab.grid.sweep.sweep import sweep

__all__ = [
    "Audit",
    "Band",
    "Conditions",
    "ContractLadder",
    "ContractPlan",
    "ContractResult",
    "Exposure",
    "Further",
    "GridOrder",
    "GridSpec",
    "Ladder",
    "Overfitting",
    "PathIndex",
    "Plan",
    "Result",
    "Window",
    "audit_grid",
    "backtest",
    "backtest_contract",
    "band",
    "band_many",
    "bootstrap_paths",
    "bootstrap_sweep",
    "break_even_ratio",
    "contract_break_even_ratio",
    "contract_ladder",
    "contract_profit_rate",
    "deflated_sharpe",
    "expected_best",
    "further",
    "independent_trials",
    "index_path",
    "initial_margin",
    "ladder",
    "levels",
    "liquidation_price",
    "low_first_chances",
    "minimum_investment",
    "most_grids",
    "okx_annualised",
    "okx_minimum_investment",
    "okx_suggested_rate",
    "opening",
    "order_margin",
    "overfitting",
    "plan_contract",
    "plan_grid",
    "probabilistic_sharpe",
    "profit_rate",
    "rank_by_band",
    "read_tiers",
    "rotate",
    "split",
    "sweep",
    "trial_returns",
    "walk_forward",
    "weights",
    "windows",
    "worst_price",
]
