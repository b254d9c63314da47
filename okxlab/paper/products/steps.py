"""The steps an exchange gives a price: powers of ten below it."""

from decimal import ROUND_HALF_EVEN, Decimal
from math import floor, log10

from okxlab.paper.exact import times

_FINEST = -14


def decade(value: float, digits: int = 0) -> Decimal:
    """Give the power of ten that is ``digits`` places below the leading digit of a value.

    >>> decade(13.5), decade(13.5, 4), decade(0.00042, 4)
    (Decimal('1E+1'), Decimal('0.001'), Decimal('1E-8'))
    """
    return Decimal(1).scaleb(max(floor(log10(value) + 1e-9) - digits, _FINEST))


def nearest(value: float, step: Decimal) -> Decimal:
    """Give the multiple of a step nearest to a made-up value, at least one step.

    >>> nearest(0.30004, Decimal("0.001"))
    Decimal('0.300')
    """
    count = int((Decimal(value) / step).to_integral_value(ROUND_HALF_EVEN))
    return times(max(count, 1), step)


def round_number(value: float) -> Decimal:
    """Give the nearest number of the kind 1, 2, 2.5 or 5 times a power of ten.

    >>> [int(round_number(value)) for value in (900, 1800, 2600, 4000)]
    [1000, 2000, 2500, 5000]
    """
    unit = decade(value)
    choices = [times(unit, Decimal(text)) for text in ("1", "2", "2.5", "5", "10")]
    return min(choices, key=lambda choice: abs(float(choice) / value - 1))
