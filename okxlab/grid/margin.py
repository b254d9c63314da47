"""Margin: what positions and resting orders of a contract grid set aside."""

from collections.abc import Iterable
from decimal import Decimal

from okxlab.grid.money import EXACT, RATIO, total


def initial_margin(position: Decimal, mark: Decimal, leverage: Decimal) -> Decimal:
    """Give the initial margin of a position in base currency, in quote: its value at the mark over the leverage.

    >>> initial_margin(Decimal("-0.009"), Decimal(30_000), Decimal(5))
    Decimal('54.000')
    """
    return _shared(EXACT.multiply(position.copy_abs(), mark), leverage)


def order_margin(orders: Iterable[tuple[Decimal, Decimal]], leverage: Decimal) -> Decimal:
    """Give the margin of resting orders that open, of price and size in base currency: their value over the leverage.

    >>> order_margin([(Decimal("26931.9"), Decimal("0.001"))], Decimal(5))
    Decimal('5.38638')
    """
    return _shared(total([EXACT.multiply(price, size.copy_abs()) for price, size in orders]), leverage)


def _shared(value: Decimal, leverage: Decimal) -> Decimal:
    return RATIO.divide(value, leverage)
