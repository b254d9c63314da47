"""A position in a derivative: its size, what it was entered at, and what became of it so far."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import divided_freely, minus, plus, times
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)
_FINE = Decimal("1e-10")
Key = tuple[str, str, str]  # instrument, margin mode, position side


@dataclass(slots=True, eq=False)
class Position:
    """What an account holds in one instrument; ``size`` is signed: below zero is short.

    Amounts are of ``instrument.contract.settle`` and exact: a part that is closed takes its share of ``cost`` along,
    the last one whatever is left, so that over a position's life profits add up to the difference of its worths.

    Parameters
    ----------
    id
        OKX's posId; a position that passes through zero is a new one.
    side
        OKX's posSide.
    cost
        What the open size was worth when it was entered.
    margin
        What an isolated position has set aside.
    realized, fees, funding, liquidation
        Profit without fees, fees paid, funding received, and what was forgiven or charged at a liquidation.
    opened, entered
        All that was ever opened, and its worth.
    closed, left
        All that was closed, and its worth.
    most
        The largest size so far.
    ending
        OKX's type of a closed position: 2 closed, 3 liquidated; empty while there is one.
    bought
        Whether it is or was long.
    """

    id: int
    account: Account
    instrument: Instrument
    mode: str
    side: str
    size: Decimal = ZERO
    cost: Decimal = ZERO
    margin: Decimal = ZERO
    leverage: int = 3
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    liquidation: Decimal = ZERO
    opened: Decimal = ZERO
    entered: Decimal = ZERO
    closed: Decimal = ZERO
    left: Decimal = ZERO
    most: Decimal = ZERO
    created: int = 0
    updated: int = 0
    trade_id: int = 0
    ending: str = ""
    bought: bool = False

    @property
    def key(self) -> Key:
        """What it is kept under."""
        return self.instrument.name, self.mode, self.side

    @property
    def currency(self) -> str:
        """The currency that settles it."""
        return self.instrument.terms.settle

    @property
    def long(self) -> bool:
        """Whether it profits from a rise."""
        return self.size > 0

    @property
    def average(self) -> Decimal:
        """The price it was entered at: the arithmetic mean of a linear contract, the harmonic of an inverse one."""
        return mean(self.instrument, self.size.copy_abs(), self.cost)

    def worth(self, price: Decimal) -> Decimal:
        """Give what it is worth at a price."""
        return self.instrument.worth(self.size.copy_abs(), price)

    def profit(self, price: Decimal) -> Decimal:
        """Give what closing it at a price would bring, without fees."""
        return earned(self.instrument, self.cost, self.worth(price), long=self.long)

    def open(self, size: Decimal, price: Decimal, *, long: bool) -> Decimal:
        """Add to it and give what is added is worth."""
        added = self.instrument.worth(size, price)
        self.size = plus(self.size, size if long else size.copy_negate())
        self.cost, self.opened, self.entered = (
            plus(self.cost, added), plus(self.opened, size), plus(self.entered, added)
        )  # fmt: skip
        self.bought = long
        self.most = max(self.most, self.size.copy_abs())
        return added

    def close(self, size: Decimal, price: Decimal) -> Decimal:
        """Take from it and give the profit."""
        long, share, gone = self.long, self.share(self.cost, size), self.instrument.worth(size, price)
        self.size = minus(self.size, size) if long else plus(self.size, size)
        self.cost, self.closed, self.left = minus(self.cost, share), plus(self.closed, size), plus(self.left, gone)
        profit = earned(self.instrument, share, gone, long=long)
        self.realized = plus(self.realized, profit)
        return profit

    def share(self, amount: Decimal, size: Decimal) -> Decimal:
        """Give the part of an amount that belongs to a part of the size."""
        whole = self.size.copy_abs()
        return amount if size == whole else divided_freely(times(amount, size), whole)


def earned(instrument: Instrument, cost: Decimal, gone: Decimal, *, long: bool) -> Decimal:
    """Give the profit of a part that was entered at one worth and left at another."""
    linear = instrument.kind == "OPTION" or instrument.terms.linear
    return minus(gone, cost) if linear is long else minus(cost, gone)


def mean(instrument: Instrument, size: Decimal, cost: Decimal) -> Decimal:
    """Give the price at which a size has a worth, to 18 decimals; to 10 of an inverse contract, whose worth has 18."""
    if not size or not cost:
        return ZERO
    amount = times(size, instrument.terms.value)
    linear = instrument.kind == "OPTION" or instrument.terms.linear
    return divided_freely(cost, amount) if linear else divided_freely(amount, cost).quantize(_FINE)
