"""Who owns what: a double-entry ledger in exact decimals."""

from collections import defaultdict
from decimal import Decimal
from typing import Literal

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plus

Owner = Literal["trader", "market", "fees"]
ZERO = Decimal(0)


class Ledger:
    """Balances of the trader, of the market he trades with, and of the fees; moving is all that can be done.

    Since an amount only ever moves from one owner to another, the total of a currency never changes.

    Examples
    --------
    >>> ledger = Ledger({"USDT": Decimal(100)})
    >>> ledger.move("USDT", Decimal(30), "trader", "market")
    >>> ledger.balance("USDT"), ledger.total("USDT")
    (Decimal('70'), Decimal('100'))
    """

    def __init__(self, funds: dict[str, Decimal]) -> None:
        self._owned: dict[str, dict[Owner, Decimal]] = defaultdict(
            lambda: dict.fromkeys(("trader", "market", "fees"), ZERO)
        )
        self._held: dict[str, Decimal] = defaultdict(Decimal)
        for currency, amount in funds.items():
            self._owned[currency]["trader"] = amount

    @property
    def currencies(self) -> list[str]:
        """The currencies the trader owns some of."""
        return [currency for currency, owned in self._owned.items() if owned["trader"]]

    def balance(self, currency: str) -> Decimal:
        """Give what the trader owns, held or not."""
        return self._owned[currency]["trader"] if currency in self._owned else ZERO

    def held(self, currency: str) -> Decimal:
        """Give what resting orders hold."""
        return self._held.get(currency, ZERO)

    def available(self, currency: str) -> Decimal:
        """Give what a new order may use."""
        return minus(self.balance(currency), self.held(currency))

    def total(self, currency: str) -> Decimal:
        """Give the sum over all owners; it never changes."""
        owned = self._owned.get(currency)
        return ZERO if owned is None else plus(plus(owned["trader"], owned["market"]), owned["fees"])

    def require(self, currency: str, amount: Decimal) -> None:
        """Refuse with 51008 when less than an amount is available."""
        if amount > self.available(currency):
            raise Refusal("51008", currency, sub_code="1000")

    def hold(self, currency: str, amount: Decimal) -> None:
        """Set an amount aside for a resting order; 51008 when it is not there."""
        self.require(currency, amount)
        self._held[currency] = plus(self._held[currency], amount)

    def release(self, currency: str, amount: Decimal) -> None:
        """Give back what a resting order held."""
        self._held[currency] = minus(self._held[currency], amount)

    def move(self, currency: str, amount: Decimal, source: Owner, target: Owner) -> None:
        """Move an amount from one owner to another."""
        owned = self._owned[currency]
        owned[source] = minus(owned[source], amount)
        owned[target] = plus(owned[target], amount)
