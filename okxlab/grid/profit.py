"""What one interval earns, and from which step on it earns at all; and what OKX shows of it."""

from datetime import timedelta
from decimal import Decimal

from okxlab.grid.money import EXACT, ONE, RATIO, total

_SUGGESTED = Decimal("0.9985")
_RESERVE = Decimal("1.002")
_YEAR = Decimal(8760)  # hours


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


def contract_profit_rate(buy: Decimal, sell: Decimal, fee: Decimal, leverage: Decimal) -> Decimal:
    """Give the profit of one round trip of a contract grid as a fraction of the margin and fee that open it.

    ``(sell - buy - fee (buy + sell)) / (buy / leverage + fee buy)``, as OKX shows it; fifty digits.

    >>> round(contract_profit_rate(Decimal("26931.9"), Decimal("27882.4"), Decimal("0.0007"), Decimal(5)), 10)
    Decimal('0.1687494513')
    """
    paid = RATIO.multiply(fee, RATIO.add(buy, sell))
    needed = RATIO.add(RATIO.divide(buy, leverage), RATIO.multiply(fee, buy))
    return RATIO.divide(RATIO.subtract(RATIO.subtract(sell, buy), paid), needed)


def contract_break_even_ratio(fee: Decimal) -> Decimal:
    """Give the ratio ``sell / buy`` at which a contract grid's round trip earns nothing: ``(1 + fee) / (1 - fee)``.

    >>> round(contract_break_even_ratio(Decimal("0.0002")), 8)
    Decimal('1.00040008')
    """
    return RATIO.divide(RATIO.add(ONE, fee), RATIO.subtract(ONE, fee))


def okx_suggested_rate(buy: Decimal, sell: Decimal) -> Decimal:
    """Give the profit of a round trip as OKX's suggested parameters show it: 0.15 % off the sale for both fees.

    >>> round(okx_suggested_rate(Decimal("15544.2"), Decimal("16710.0")), 10)
    Decimal('0.0733865365')
    """
    return RATIO.subtract(RATIO.divide(RATIO.multiply(sell, _SUGGESTED), buy), ONE)


def okx_minimum_investment(prices: tuple[Decimal, ...], minimum: Decimal) -> Decimal:
    """Give the minimum investment as OKX shows it: the smallest order at every lower level, and 0.2 % more.

    >>> prices = tuple(Decimal(price) for price in ("15544.2", "16710", "17875.8", "19041.6", "20207.4", "21373.3"))
    >>> okx_minimum_investment(prices, Decimal("0.00001"))
    Decimal('0.895577580')
    """
    return EXACT.multiply(EXACT.multiply(minimum, total(list(prices[:-1]))), _RESERVE)


def okx_annualised(ratio: Decimal, elapsed: timedelta) -> Decimal | None:
    """Give a profit as a yearly rate as OKX shows it: simple, by whole hours of 8760 a year; None before the first.

    >>> okx_annualised(Decimal("0.01"), timedelta(hours=20, minutes=33))
    Decimal('4.38')
    """
    hours = elapsed // timedelta(hours=1)
    return RATIO.divide(RATIO.multiply(ratio, _YEAR), Decimal(hours)) if hours > 0 else None
