"""A position in a derivative, or a margin loan that carries one."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Position:
    """What an account holds in one instrument; ``size`` is signed: below zero is short.

    ``side`` is OKX's posSide; ``margin`` what an isolated position holds of ``instrument.contract.settle``.
    """

    id: int
    account: Account
    instrument: Instrument
    mode: str
    side: str
    size: Decimal = ZERO
    average: Decimal = ZERO
    margin: Decimal = ZERO
    leverage: int = 3
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    liquidation: Decimal = ZERO
    created: int = 0
    updated: int = 0
    trade_id: int = 0
