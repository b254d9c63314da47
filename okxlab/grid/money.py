"""Exact money: a decimal context in which nothing is ever rounded in silence."""

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from okxlab.errors import InputError
from okxlab.model import Number, exact

# Sums, products and // of prices, sizes and rates need a few dozen digits; a result that would not fit raises.
EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

# For ratios, which have no last digit.
RATIO = Context(prec=50, traps=[InvalidOperation, DivisionByZero, Overflow])

ONE = Decimal(1)


def fee_rate(value: Number, name: str) -> Decimal:
    """Read a fee as a fraction of what is received; a rebate is negative.

    Raises
    ------
    InputError
        When it is not between -1 and 1.

    Examples
    --------
    >>> fee_rate("0.0008", "maker")
    Decimal('0.0008')
    """
    rate = exact(value, name)
    if not -1 < rate < 1:
        raise InputError(f"{name} is {value!r}, which is not a fraction.", "Write 0.1 % as '0.001'.")
    return rate


def floor_step(value: Decimal, step: Decimal) -> Decimal:
    """Give the largest multiple of ``step`` that is not above the non-negative ``value``.

    >>> floor_step(Decimal("0.0024026"), Decimal("0.0001"))
    Decimal('0.0024')
    """
    return EXACT.multiply(EXACT.divide_int(value, step), step)


def ceil_step(value: Decimal, step: Decimal) -> Decimal:
    """Give the smallest multiple of ``step`` that is not below the non-negative ``value``.

    >>> ceil_step(Decimal("0.0024026"), Decimal("0.0001"))
    Decimal('0.0025')
    """
    whole = floor_step(value, step)
    return whole if whole == value else EXACT.add(whole, step)


def net(value: Decimal, rate: Decimal) -> Decimal:
    """Give what is left of ``value`` after a fee of ``rate``.

    >>> net(Decimal("0.00005222"), Decimal("0.001"))
    Decimal('0.00005216778')
    """
    return EXACT.multiply(value, EXACT.subtract(ONE, rate))


def total(values: list[Decimal]) -> Decimal:
    """Add without rounding.

    >>> total([Decimal("1e30"), Decimal("1e-4")])
    Decimal('1000000000000000000000000000000.0001')
    """
    result = Decimal(0)
    for value in values:
        result = EXACT.add(result, value)
    return result


def ceil_ratio(value: Decimal, divisor: Decimal, step: Decimal) -> Decimal:
    """Give ``value / divisor`` rounded up to a multiple of ``step``.

    >>> ceil_ratio(Decimal("0.00001"), Decimal("0.999"), Decimal("0.00000001"))
    Decimal('0.00001002')
    """
    steps, rest = EXACT.divmod(value, EXACT.multiply(divisor, step))
    return EXACT.multiply(steps + (rest > 0), step)
