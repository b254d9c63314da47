"""What one interval earns, and from which step on it earns at all."""

from decimal import Decimal

from okxlab.grid.money import ONE, RATIO


def profit_rate(buy: Decimal, sell: Decimal, fee: Decimal) -> Decimal:
    """Give the profit of one round trip as a fraction of what was paid: ``sell (1 - fee)**2 / buy - 1``.

    Fifty digits; ``fee`` is the rate of one side.

    >>> profit_rate(Decimal(400), Decimal(860), Decimal("0.001"))
    Decimal('1.14570215')
    """
    kept = RATIO.power(RATIO.subtract(ONE, fee), Decimal(2))
    return RATIO.subtract(RATIO.divide(RATIO.multiply(sell, kept), buy), ONE)


def break_even_ratio(fee: Decimal) -> Decimal:
    """Give the ratio ``sell / buy`` at which a round trip earns nothing: ``1 / (1 - fee)**2``, fifty digits.

    >>> round(break_even_ratio(Decimal("0.0008")), 8)
    Decimal('1.00160192')
    """
    return RATIO.divide(ONE, RATIO.power(RATIO.subtract(ONE, fee), Decimal(2)))
