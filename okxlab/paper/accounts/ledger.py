"""Who owns what: a double-entry ledger in exact decimals."""

from collections import defaultdict
from decimal import Decimal

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plus

MARKET, FEES, OUTSIDE = "market", "fees", "outside"
ZERO = Decimal(0)


class Ledger:
    """Balances of every account and wallet, of the market they trade with, of the fees, and of the world outside.

    Since an amount only ever moves from one owner to another, the total of a currency never changes: it is zero, with
    deposits owed by `OUTSIDE`. What orders set aside is held, and stays with its owner.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.move("USDT", Decimal(100), OUTSIDE, "7")
    >>> ledger.hold("7", "USDT", Decimal(30))
    >>> ledger.balance("7", "USDT"), ledger.available("7", "USDT"), ledger.total("USDT")
    (Decimal('100'), Decimal('70'), Decimal('0'))
    """

    def __init__(self) -> None:
        self._owned: dict[str, dict[str, Decimal]] = defaultdict(dict)  # by owner, then currency
        self._held: dict[tuple[str, str], Decimal] = {}
        self._moved: dict[tuple[str, str], None] = {}

    def currencies(self, owner: str) -> list[str]:
        """Give the currencies an owner has some of."""
        return [currency for currency, amount in self._owned.get(owner, {}).items() if amount]

    def owners(self) -> list[str]:
        """Give everybody who has or had something."""
        return list(self._owned)

    def balance(self, owner: str, currency: str) -> Decimal:
        """Give what an owner has, held or not."""
        owned = self._owned.get(owner)
        return owned.get(currency, ZERO) if owned else ZERO

    def held(self, owner: str, currency: str) -> Decimal:
        """Give what an owner's orders hold."""
        return self._held.get((owner, currency), ZERO)

    def available(self, owner: str, currency: str) -> Decimal:
        """Give what a new order may use."""
        return minus(self.balance(owner, currency), self.held(owner, currency))

    def total(self, currency: str) -> Decimal:
        """Give the sum over all owners, the world outside included; it is always zero."""
        amounts = [owned.get(currency, ZERO) for owned in self._owned.values()]
        total = ZERO
        for amount in amounts:
            total = plus(total, amount)
        return total

    def require(self, owner: str, currency: str, amount: Decimal) -> None:
        """Refuse with 51008 when less than an amount is available."""
        if amount > self.available(owner, currency):
            raise Refusal("51008", currency, sub_code="1000")

    def hold(self, owner: str, currency: str, amount: Decimal) -> None:
        """Set an amount more aside, or give it back when it is negative."""
        key = owner, currency
        self._held[key] = plus(self._held.get(key, ZERO), amount)

    def move(self, currency: str, amount: Decimal, source: str, target: str) -> None:
        """Move an amount from one owner to another."""
        giver, taker = self._owned[source], self._owned[target]
        giver[currency] = minus(giver.get(currency, ZERO), amount)
        taker[currency] = plus(taker.get(currency, ZERO), amount)
        self._moved[source, currency] = self._moved[target, currency] = None

    def moved(self) -> list[tuple[str, str]]:
        """Give the owners and currencies whose balance changed since this was asked last."""
        found = list(self._moved)
        self._moved.clear()
        return found

    def restore(self, owner: str, currency: str, amount: Decimal) -> None:
        """Set a balance as an earlier process left it."""
        self._owned[owner][currency] = amount
