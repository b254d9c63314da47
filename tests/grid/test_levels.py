"""The prices of a grid, exact to the tick."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError, SpecError
from okxlab.grid import levels

TICKS = st.sampled_from(["0.00000001", "0.0001", "0.1", "0.05", "1", "25"])


def half_up(value):
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def within(price, low, high, i, n):
    """Whether ``price <= low (high / low) ** (i / n)``, decided in whole numbers only."""
    return price**n <= low ** (n - i) * high**i


@settings(max_examples=200, deadline=None)
@given(TICKS, st.integers(1, 10**7), st.integers(1, 10**6), st.integers(2, 60), st.booleans())
def test_arithmetic_levels_are_the_rounded_fractions(tick, first, width, grids, contract):
    """Every arithmetic level is the exact fraction, rounded once."""
    assume(width >= grids)
    step = Decimal(tick)
    rounding = "half_up" if contract else "floor"

    made = levels(first * step, (first + width) * step, grids, "arithmetic", step, rounding)

    exact = [first + Fraction(i * width, grids) for i in range(grids + 1)]
    expected = [half_up(value) if contract else value.numerator // value.denominator for value in exact]
    assert [price / step for price in made] == expected


@settings(max_examples=200, deadline=None)
@given(TICKS, st.integers(1, 10**7), st.integers(1, 10**7), st.integers(2, 40))
def test_geometric_levels_are_the_largest_ticks_not_above_the_exact_price(tick, first, width, grids):
    """Every geometric level lies below the irrational price, and one tick more would not."""
    step = Decimal(tick)
    low, high = Fraction(first), Fraction(first + width)
    try:
        made = levels(first * step, (first + width) * step, grids, "geometric", step)
    except SpecError:
        return
    inner = [Fraction(price / step) for price in made][1:-1]

    assert all(within(k, low, high, i, grids) for i, k in enumerate(inner, 1))
    assert not any(within(k + 1, low, high, i, grids) for i, k in enumerate(inner, 1))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 30))
def test_geometric_levels_when_rounded_half_up_are_the_nearest_ticks(first, width, grids):
    """Half a tick below a level is at most the irrational price, half a tick above is more."""
    low, high, half = Fraction(first), Fraction(first + width), Fraction(1, 2)
    try:
        made = levels(first, first + width, grids, "geometric", 1, "half_up")
    except SpecError:
        return
    inner = [Fraction(price) for price in made][1:-1]

    assert all(within(k - half, low, high, i, grids) for i, k in enumerate(inner, 1))
    assert not any(within(k + half, low, high, i, grids) for i, k in enumerate(inner, 1))


@pytest.mark.parametrize("rounding", ["floor", "half_up"])
@pytest.mark.parametrize("grids", [2, 3, 4, 6, 12])
@pytest.mark.parametrize("ratio", [2, 3, 5, 7])
def test_geometric_levels_when_the_ratio_is_whole_hit_the_powers(ratio, grids, rounding):
    """Exact powers, where an estimate falls a hair short, are not rounded down a tick."""
    made = levels(1, ratio**grids, grids, "geometric", 1, rounding)

    assert list(made) == [ratio**i for i in range(grids + 1)]


def test_levels_when_a_thousand_rise_and_keep_their_ends():
    """The largest grid has exact ends and rises throughout."""
    made = levels("0.5", "90000", 1000, "geometric", "0.0000001")

    assert (made[0], made[-1], len(made)) == (Decimal("0.5"), Decimal(90000), 1001)
    assert all(below < above for below, above in pairwise(made))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("10.05", "20", "low is 10.05, which is off the tick 0.1. Use 10 or 10.1."),
        ("10", "19.99", "high is 19.99, which is off the tick 0.1. Use 19.9 or 20."),
    ],
)
def test_levels_when_a_bound_is_off_the_tick_names_the_nearest(low, high, words):
    """A bound off the tick is refused with the two ticks around it."""
    with pytest.raises(SpecError) as caught:
        levels(low, high, 5, "arithmetic", "0.1")

    assert str(caught.value) == words


def test_levels_when_arithmetic_ones_fall_together_gives_the_largest_grids_that_works():
    """The advice works, and one grid more does not."""
    with pytest.raises(SpecError, match="Use 10 grids or fewer"):
        levels(1, 2, 11, "arithmetic", "0.1")

    assert len(levels(1, 2, 10, "arithmetic", "0.1")) == 11


def test_levels_when_geometric_ones_fall_together_gives_grids_that_work():
    """The advice for ratios works too."""
    with pytest.raises(SpecError, match="Use 99 grids or fewer"):
        levels(1000, 1010, 200, "geometric", "0.1")

    assert len(levels(1000, 1010, 99, "geometric", "0.1")) == 100


def test_levels_when_no_grids_would_do_asks_for_a_wider_range():
    """A range of one tick holds no grid."""
    with pytest.raises(SpecError, match="Use a wider range"):
        levels(1, "1.1", 2, "arithmetic", "0.1")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"tick": 0}, "tick is 0"), ({"tick": "x"}, "tick"), ({"rounding": "ceil"}, "floor"), ({"low": 30}, "below high")],
)
def test_levels_when_a_value_is_impossible_raises(change, words):
    """Each impossible value is named."""
    values = {"low": 10, "high": 20, "grids": 5, "spacing": "arithmetic", "tick": "0.1", **change}

    with pytest.raises(InputError, match=words):
        levels(**values)
