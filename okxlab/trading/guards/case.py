"""One order as the checks see it, and what they find."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from okxlab.model import Instrument, OrderRequest, Rules


class Verdict(NamedTuple):
    """What one check found: ``detail`` is short when it passed; else it is the sentence, and ``fix`` the next step."""

    name: str
    passed: bool
    detail: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


def passed(name: str, detail: str) -> Verdict:
    """Give the verdict of a check that passed."""
    return Verdict(name, passed=True, detail=detail)


def failed(name: str, what: str, fix: str) -> Verdict:
    """Give the verdict of a check that did not: what is wrong, with its value, and what to do."""
    return Verdict(name, passed=False, detail=what, fix=fix)


@dataclass(frozen=True, slots=True)
class Case:
    """One order with all that is known around it.

    ``price`` is the market's (quote currency); ages are in seconds; ``rate`` is what one unit of the quote currency is
    worth in USDT, ``taker`` the fee as a fraction, ``now_ms`` the exchange's clock.
    """

    request: OrderRequest
    rules: Rules
    rules_age: float
    price: Decimal
    price_age: float
    rate: Decimal
    taker: Decimal
    now_ms: int

    @property
    def size(self) -> Decimal:
        """Give the size in base currency."""
        return self.rules.instrument.base_size(self.request.size)

    @property
    def worth(self) -> Decimal:
        """Give the most the order can trade for, in USDT."""
        return notional(self.request, self.rules.instrument, self.price) * self.rate


def notional(request: OrderRequest, instrument: Instrument, price: Decimal) -> Decimal:
    """Give what an order is worth in quote currency, contracts by what they hold of the base currency.

    A buy pays at most its own price, a market order and a sell below the market get the market's.

    Examples
    --------
    >>> swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
    >>> notional(OrderRequest("BTC-USDT-SWAP", "buy", Decimal(10), Decimal(60_000)), swap, Decimal(61_000))
    Decimal('6000.00')
    """
    limit = request.price
    if limit is None or (request.side == "sell" and limit < price):
        limit = price
    return instrument.base_size(request.size) * limit
