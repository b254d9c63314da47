"""Whole numbers of 128 bits in compiled code, against Python's own, which have no end."""

from fractions import Fraction

import numpy as np
import pytest

from okxlab.grid.kernels.wide import above, minus, nearest, plus, product, times

TOP = 2**63 - 1
EDGES = [0, 1, -1, 2, 2**31, 2**32 - 1, 2**32, -(2**32), 2**53 + 1, TOP, -TOP]


def whole(wide):
    """Read a wide number."""
    upper, lower = (int(part) for part in wide)
    return upper * 2**64 + lower


def made(a, b):
    """Make a wide number as a product, its halves typed as compiled code hands them on."""
    upper, lower = product(a, b)
    return np.int64(upper), np.uint64(lower)


def drawn(count, bits=63):
    """Draw whole numbers of all lengths up to so many bits, of both signs."""
    random = np.random.default_rng(1)
    return [int(random.integers(-(2**n), 2**n)) for n in random.integers(1, bits, count)]


@pytest.mark.parametrize("a", EDGES)
@pytest.mark.parametrize("b", EDGES)
def test_products_at_the_edges_are_whole(a, b):
    """The product of two numbers of 64 bits keeps every digit, at the ends of the range too."""
    assert whole(product(a, b)) == a * b


def test_sums_products_and_comparisons_are_pythons():
    """Ten thousand drawn numbers, multiplied, added, subtracted, compared and scaled, are what Python makes of them."""
    numbers, factors = drawn(10_000), drawn(10_000, 31)
    for a, b, c, factor in zip(numbers, numbers[1:], numbers[2:], factors, strict=False):
        left, right = made(a, b), made(b, c)
        assert whole(plus(left, right)) == a * b + b * c
        assert whole(minus(left, right)) == a * b - b * c
        assert above(left, right) == (a * b > b * c)
        assert whole(times(made(a, factor), factor)) == a * factor * factor


def test_nearest_is_the_nearest_float_or_says_that_it_is_not_sure():
    """Where it is certain, no float is nearer; that it is not is rare, and right between two floats it never is."""
    numbers, sure = drawn(20_000), 0
    for a, b, places in zip(numbers, numbers[1:], np.arange(len(numbers)) % 40, strict=False):
        power = 10 ** int(places)
        value, certain = nearest(made(a, b), float(power), float(power - int(float(power))))
        sure += certain
        assert not certain or value == float(Fraction(a * b, power))
    assert sure > 0.999 * len(numbers)

    beside = made(2**54 + 4, 2**8)
    assert not nearest(made(2**53 + 1, 2), 2.0, 0.0)[1]
    assert nearest(beside, 1.0, 0.0) == (float(2**62 + 2**10), True)
