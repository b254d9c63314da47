"""What a backtest of a contract grid gives back."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import pandas as pd

from okxlab.grid.benchmark import Holding
from okxlab.grid.contract.account import ContractAccount
from okxlab.grid.contract.hold import Hold
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.result import Result


@dataclass(frozen=True, repr=False, eq=False)
class ContractResult(Result):
    """A backtested contract grid: a `Result`, with its margin.

    Attributes
    ----------
    summary
        As a `Result`'s, with these differences: ``size`` is in contracts (the smallest interval's); ``base_end`` is the
        position in base currency, negative when short; ``quote_end`` is equity without what open units have gained at
        the mark; ``mark`` is the mark of the last close. Beside them ``funding`` (received, negative when paid) and
        ``liquidation`` (what a liquidation took of what was left, negative, or what
        OKX forgave of a loss beyond the investment). ``identity_residual`` is
        ``equity_end - investment - grid_profit - floating_profit - funding - liquidation``, always 0. ``hold_end`` and
        ``half_end`` are those of a position opened at the first open with all or half of the investment at the same
        leverage, short for a short grid, long else, funded and liquidated by the same rules.
    attribution
        As a `Result`'s, with a part ``liquidation``; ``floating`` holds what was closed at the end too.
    fills
        As a `Result`'s; ``size`` is in contracts, all fees are in quote currency.
    events
        ``launch``, and one of ``stop_loss``, ``take_profit``, ``time_limit``, ``liquidation``.
    funding
        Received at each candle, negative when paid, in quote currency; float64.
    margin
        At each close, float64: ``mark``, ``position`` (contracts), ``equity``, ``initial`` (margin of the position),
        ``orders`` (margin of the resting orders that would open), ``available`` (equity less both; below zero
        OKX would refuse an order the backtest lets rest), ``required`` (maintenance margin and liquidation fee),
        ``ratio`` (equity over it: at 1 the grid is liquidated) and ``liquidation_price`` of the position as it stands;
        the last two are NaN without a position, the price too where none above zero would do it.
    liquidated
        The opening of the candle in which the grid was liquidated; None when it was not.
    holds
        The positions that `benchmarks` show.
    """

    ladder: ContractLadder
    account: ContractAccount
    holds: tuple[Hold, ...] = ()

    @cached_property
    def benchmarks(self) -> pd.DataFrame:
        """The same money in one position at the same leverage at each close, in quote currency, float64."""
        curves = (one.curve() for one in self.holds)
        return pd.DataFrame(dict(zip(("hold", "half"), curves, strict=False)), index=self.candles.index)

    @cached_property
    def _hold(self) -> Holding:
        return Holding(self.holds[0].end, Decimal(0))

    @cached_property
    def _half(self) -> Holding:
        return Holding(self.holds[1].end, Decimal(0))

    def __repr__(self) -> str:
        told = super().__repr__()
        return told if self.liquidated is None else f"{told[:-1]}, liquidated={self.liquidated.isoformat()})"
