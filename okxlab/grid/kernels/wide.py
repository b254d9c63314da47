"""Whole numbers of 128 bits, and the float nearest to one of them over a power of ten.

A wide number is a pair: the upper 64 bits, signed, and the lower 64, unsigned; it stands for ``upper * 2**64 + lower``.
"""

from typing import Any

import numpy as np
from numba import njit

from okxlab.grid.kernels.walk import Whole

Wide = tuple[Whole, Whole]

_HALF = np.uint64(32)
_MASK = np.uint64(0xFFFFFFFF)
_SPLIT = 2.0**27 + 1.0


@njit(cache=True, nogil=True)
def _upper(a: Whole, b: Whole) -> Whole:  # pragma: no cover - compiled, so no line of it is seen running
    """Give the upper 64 bits of the product of two unsigned numbers."""
    a_high, a_low, b_high, b_low = a >> _HALF, a & _MASK, b >> _HALF, b & _MASK
    middle = a_high * b_low + ((a_low * b_low) >> _HALF)
    other = a_low * b_high + (middle & _MASK)
    return a_high * b_high + (middle >> _HALF) + (other >> _HALF)


@njit(cache=True, nogil=True)
def negative(a: Wide) -> Wide:  # pragma: no cover - compiled
    """Give ``-a``."""
    lower = ~a[1] + np.uint64(1)
    return ~a[0] + np.int64(lower == 0), lower


@njit(cache=True, nogil=True)
def plus(a: Wide, b: Wide) -> Wide:  # pragma: no cover - compiled
    """Give ``a + b``."""
    lower = a[1] + b[1]
    return a[0] + b[0] + np.int64(lower < a[1]), lower


@njit(cache=True, nogil=True)
def minus(a: Wide, b: Wide) -> Wide:  # pragma: no cover - compiled
    """Give ``a - b``."""
    return plus(a, negative(b))


@njit(cache=True, nogil=True)
def product(a: Whole, b: Whole) -> Wide:  # pragma: no cover - compiled
    """Give the product of two signed numbers of 64 bits."""
    upper = np.int64(_upper(np.uint64(a), np.uint64(b)))
    return upper - (b if a < 0 else 0) - (a if b < 0 else 0), np.uint64(a) * np.uint64(b)


@njit(cache=True, nogil=True)
def times(a: Wide, factor: Whole) -> Wide:  # pragma: no cover - compiled
    """Give ``a * factor``, which has to fit."""
    size = np.uint64(abs(factor))
    made = a[0] * np.int64(size) + np.int64(_upper(a[1], size)), a[1] * size
    return negative(made) if factor < 0 else made


@njit(cache=True, nogil=True)
def above(a: Wide, b: Wide) -> Any:  # pragma: no cover - compiled
    """Tell whether ``a > b``."""
    return a[0] > b[0] or (a[0] == b[0] and a[1] > b[1])


@njit(cache=True, nogil=True)
def _two_sum(a: float, b: float) -> tuple[float, float]:  # pragma: no cover - compiled
    """Give the rounded sum and what rounding took from it."""
    total = a + b
    rest = total - a
    return total, (a - (total - rest)) + (b - rest)


@njit(cache=True, nogil=True)
def _two_product(a: float, b: float) -> tuple[float, float]:  # pragma: no cover - compiled
    """Give the rounded product and what rounding took from it."""
    made = a * b
    a_head, b_head = _SPLIT * a, _SPLIT * b
    a_head, b_head = a_head - (a_head - a), b_head - (b_head - b)
    a_tail, b_tail = a - a_head, b - b_head
    return made, ((a_head * b_head - made) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail


@njit(cache=True, nogil=True)
def nearest(a: Wide, power: float, power_rest: float) -> tuple[float, bool]:  # pragma: no cover - compiled
    """Give the float nearest to ``a`` over ``power + power_rest``, and whether that is certain.

    The quotient is worked out to about a hundred bits; it is uncertain where those leave it this near the middle
    between two floats.
    """
    size = negative(a) if a[0] < 0 else a
    upper = np.uint64(size[0])
    total, rest = _two_sum(np.float64(upper >> _HALF) * 2.0**96, np.float64(upper & _MASK) * 2.0**64)
    total, more = _two_sum(total, np.float64(size[1] >> _HALF) * 2.0**32)
    rest += more
    total, more = _two_sum(total, np.float64(size[1] & _MASK))
    rest += more
    first = total / power
    made, lost = _two_product(first, power)
    second = ((total - made) - lost + rest - first * power_rest) / power
    value, tail = _two_sum(first, second)
    doubt = value * 2.0**-96
    certain = value + (tail + doubt) == value and value + (tail - doubt) == value
    return (-value if a[0] < 0 else value), certain
