"""Liquidation: the price at which a position's money is no more than it must keep, now and as further orders fill."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from okxlab.grid.money import EXACT, RATIO

# The maintenance rate of a position of so many base currency.
Rates = Callable[[Decimal], Decimal]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A position in base currency, negative when short, and the money behind it.

    ``equity`` is in quote currency at the price ``mark``: balance and unrealised profit together.
    """

    position: Decimal
    equity: Decimal
    mark: Decimal

    def worth(self, price: Decimal) -> Decimal:
        """Give the equity at another price."""
        return EXACT.add(self.equity, EXACT.multiply(self.position, EXACT.subtract(price, self.mark)))

    def filled(self, price: Decimal, size: Decimal, fee: Decimal = Decimal(0)) -> "Exposure":
        """Give the exposure after an order of ``size`` (negative when sold) filled at its price, the mark there too.

        >>> Exposure(Decimal(1), Decimal(50), Decimal(100)).filled(Decimal(90), Decimal(1))
        Exposure(position=Decimal('2'), equity=Decimal('40'), mark=Decimal('90'))
        """
        paid = EXACT.multiply(EXACT.multiply(price, size.copy_abs()), fee)
        return Exposure(EXACT.add(self.position, size), EXACT.subtract(self.worth(price), paid), price)


@dataclass(frozen=True, slots=True)
class Further:
    """How an exposure stands after one further order: ``order`` counts from 0, None before the first.

    ``liquidation`` is the price at which this exposure is liquidated, None when there is none above zero. ``reached``
    says whether the price can come here before that happens.
    """

    order: int | None
    exposure: Exposure
    liquidation: Decimal | None
    reached: bool


def liquidation_price(exposure: Exposure, rate: Decimal) -> Decimal | None:
    """Give the price at which equity is ``rate`` of the position's value, fifty digits; None when there is none.

    ``rate`` is the maintenance rate of the position's tier and the fee that closes it. For a long position of Q it is
    ``(Q mark - equity) / (Q (1 - rate))``, for a short one ``(Q mark + equity) / (Q (1 + rate))``.

    Examples
    --------
    >>> sample = Exposure(Decimal("0.009"), Decimal("108.7945652387089673"), Decimal("28385.1"))
    >>> round(liquidation_price(sample, Decimal("0.0045")), 6)
    Decimal('16370.482143')
    """
    position = exposure.position
    if not position:
        return None
    behind = EXACT.subtract(EXACT.multiply(position, exposure.mark), exposure.equity)
    slope = EXACT.subtract(position, EXACT.multiply(position.copy_abs(), rate))
    price = RATIO.divide(behind, slope)
    return price if price > 0 else None


def further(
    start: Exposure, orders: Sequence[tuple[Decimal, Decimal]], rates: Rates, fee: Decimal = Decimal(0)
) -> list[Further]:
    """Give how an exposure stands now and after each of its orders, if the price goes straight from one to the next.

    That is the worst way to the last order: every way that turns back closes intervals and earns on them.

    Parameters
    ----------
    start
        The exposure now.
    orders
        Price and size (base currency, negative when sold) of the orders on one side, nearest first.
    rates
        Gives what a position of a size must keep, the fee that closes it included.
    fee
        What a fill costs, as a fraction of its value.
    """
    found = [Further(None, start, liquidation_price(start, rates(start.position.copy_abs())), reached=True)]
    for number, (price, size) in enumerate(orders):
        before = found[-1]
        reached = before.reached and not _stopped(before.liquidation, price, down=size > 0)
        exposure = before.exposure.filled(price, size, fee)
        rate = rates(exposure.position.copy_abs())
        found.append(Further(number, exposure, liquidation_price(exposure, rate), reached))
    return found


def worst_price(steps: Sequence[Further]) -> Decimal | None:
    """Give the price at which the price's straight way through these orders ends in a liquidation; None if it does not.

    An order that fills may leave less than must be kept at once, where its tier asks for more: then it is its price.

    Examples
    --------
    >>> sample = Exposure(Decimal("0.009"), Decimal("108.7945652387089673"), Decimal("28385.1"))
    >>> steps = further(sample, [(Decimal("26931.9"), Decimal("0.001"))], lambda size: Decimal("0.0045"))
    >>> round(worst_price(steps), 2), round(steps[0].liquidation, 2)
    (Decimal('17438.80'), Decimal('16370.48'))
    """
    last = [step for step in steps if step.reached][-1]
    if last.liquidation is None:
        return None
    nearest = last.exposure.mark
    return min(last.liquidation, nearest) if last.exposure.position > 0 else max(last.liquidation, nearest)


def _stopped(liquidation: Decimal | None, price: Decimal, *, down: bool) -> bool:
    if liquidation is None:
        return False
    return liquidation >= price if down else liquidation <= price
