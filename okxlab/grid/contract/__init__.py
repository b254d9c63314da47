"""Contract grids on linear swaps and futures: ladder, margin, funding, liquidation and their backtest."""

from okxlab.grid.contract.backtest import backtest_contract, play_contract
from okxlab.grid.contract.ladder import ContractLadder, contract_ladder
from okxlab.grid.contract.market import Market, fees_of
from okxlab.grid.contract.result import ContractResult
from okxlab.grid.contract.road import Marks
from okxlab.grid.contract.tiers import Tier, TierList, maintenance_rate, read_tiers

__all__ = [
    "ContractLadder",
    "ContractResult",
    "Market",
    "Marks",
    "Tier",
    "TierList",
    "backtest_contract",
    "contract_ladder",
    "fees_of",
    "maintenance_rate",
    "play_contract",
    "read_tiers",
]
