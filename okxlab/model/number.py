"""Numbers as people and exchanges write them, read without losing a digit."""

import re
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import wraps
from operator import index
from typing import ParamSpec, SupportsIndex, TypeVar

from okxlab.errors import InputError

Number = Decimal | int | str | float

P = ParamSpec("P")
R = TypeVar("R")

_MONEY = Context(prec=100, traps=[InvalidOperation, DivisionByZero, Overflow])
_FARTHEST = 30  # no price, size or amount of money has its first digit farther from the point

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def exact(value: Number, name: str = "value") -> Decimal:
    """Read a number exactly; a float means the shortest decimal that names it.

    Text may hold ASCII digits, one point and thousands separators ``_``; nothing else.

    Raises
    ------
    InputError
        When the value is not a finite number, or is farther from 1 than 30 powers of ten.

    Examples
    --------
    >>> exact("85_000.10"), exact(0.1)
    (Decimal('85000.10'), Decimal('0.1'))
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str | float):  # before the protocol, whose look takes longer than all the rest
        number = _read(value, name)
    elif isinstance(value, SupportsIndex) and not isinstance(value, bool):
        number = Decimal(index(value))  # numpy's integers too: they come out of frames
    else:
        raise InputError(f"{name} is {value!r}, which is not a number read exactly.", "Give text, int or Decimal.")
    if not number.is_finite():
        raise InputError(f"{name} is {value!r}, which is not finite.", "Give a finite number.")
    if number and abs(number.adjusted()) > _FARTHEST:
        raise InputError(f"{name} is {number:.3e}, which no market knows.", "Check the exponent.")
    return number


def _read(value: str | float, name: str) -> Decimal:
    text = str(value).strip().replace("_", "")
    if not _PLAIN.fullmatch(text):
        raise InputError(f"{name} is {value!r}, which is not a number.", "Write it with digits and one point.")
    return Decimal(text)


def plain(number: Decimal) -> str:
    """Write a Decimal without exponent and without trailing zeros.

    >>> plain(Decimal("1E-8")), plain(Decimal("60000.10")), plain(Decimal("0E-8"))
    ('0.00000001', '60000.1', '0')
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def reckoned(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function reckon money in 100 digits, whatever precision its caller's notebook has set for itself.

    >>> @reckoned
    ... def twice(price: Decimal) -> Decimal:
    ...     return price * 2
    >>> with localcontext(prec=3):
    ...     twice(Decimal("51234.56"))
    Decimal('102469.12')
    """

    @wraps(function)
    def exactly(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(_MONEY):
            return function(*args, **kwargs)

    return exactly
