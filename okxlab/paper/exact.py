"""Exact decimals: money is multiplied and added here, never rounded."""

import re
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_FLOOR = Context(prec=120, traps=[InvalidOperation, DivisionByZero, Overflow])
_FINE = Decimal("1e-18")
_NUMBER = re.compile(r"\d{1,24}(\.\d{0,24})?", re.ASCII)


def read(text: str) -> Decimal | None:
    """Give the number a wire text stands for, or None when it is not a plain unsigned decimal.

    >>> read("0.10"), read("1e5"), read("-1")
    (Decimal('0.10'), None, None)
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros.

    >>> plain(Decimal("0.00000100")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('0.000001', '1000', '0')
    """
    return format(value.normalize(_EXACT), "f") if value else "0"


def times(left: Decimal | int, right: Decimal) -> Decimal:
    """Multiply, exactly."""
    return _EXACT.multiply(left, right)


def plus(left: Decimal, right: Decimal) -> Decimal:
    """Add, exactly."""
    return _EXACT.add(left, right)


def minus(left: Decimal, right: Decimal) -> Decimal:
    """Subtract, exactly."""
    return _EXACT.subtract(left, right)


def steps(value: Decimal, step: Decimal) -> int:
    """Count the whole steps in a value.

    >>> steps(Decimal("1.29"), Decimal("0.1"))
    12
    """
    return int(_FLOOR.divide_int(value, step))


def floored(value: Decimal, step: Decimal) -> Decimal:
    """Give the largest multiple of step that is not above value.

    >>> floored(Decimal("1.29"), Decimal("0.1"))
    Decimal('1.2')
    """
    return times(_FLOOR.divide_int(value, step), step)


def divided(value: Decimal, divisor: Decimal, step: Decimal) -> Decimal:
    """Divide and round down to a multiple of step.

    >>> divided(Decimal(100), Decimal(3), Decimal("0.01"))
    Decimal('33.33')
    """
    return times(_FLOOR.divide_int(value, times(divisor, step)), step)


def divided_freely(value: Decimal, divisor: Decimal) -> Decimal:
    """Divide and round half even to 18 decimals: what cannot be exact is fine enough to be settled on.

    >>> divided_freely(Decimal(100), Decimal(3))
    Decimal('33.333333333333333333')
    """
    return _FLOOR.quantize(_FLOOR.divide(value, divisor), _FINE)


def on_step(value: Decimal, step: Decimal) -> bool:
    """Whether a value is a multiple of step."""
    return not _FLOOR.remainder(value, step)
