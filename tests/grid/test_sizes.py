"""Size profiles: shapes over the intervals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.grid import levels, weights

PROFILES = ("equal_base", "equal_quote", "mountain", "valley", "slope_up", "slope_down")


def shape(profile, grids):
    """Give weights as multiples of the smallest."""
    made = weights(profile, levels(100, 200, grids, "arithmetic", "0.001"))
    return [weight / min(made) for weight in made]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("equal_base", [1, 1, 1, 1, 1]),
        ("mountain", [1, 2, 3, 2, 1]),
        ("valley", [3, 2, 1, 2, 3]),
        ("slope_up", [1, Fraction(3, 2), 2, Fraction(5, 2), 3]),
        ("slope_down", [3, Fraction(5, 2), 2, Fraction(3, 2), 1]),
    ],
)
def test_profile_of_five_intervals_has_its_shape(profile, expected):
    """Between the smallest and three times as much, in straight lines."""
    assert shape(profile, 5) == expected


@pytest.mark.parametrize(("profile", "expected"), [("mountain", [1, 3, 3, 1]), ("valley", [3, 1, 1, 3])])
def test_profile_of_an_even_number_has_two_middles(profile, expected):
    """Four intervals have two in the middle."""
    assert shape(profile, 4) == expected


@pytest.mark.parametrize("profile", ["mountain", "valley"])
def test_profile_of_two_intervals_has_no_middle(profile):
    """With nothing between the ends all is equal."""
    assert shape(profile, 2) == [1, 1]


@settings(deadline=None)
@given(st.integers(3, 1000), st.sampled_from(["mountain", "valley", "slope_up", "slope_down"]))
def test_profile_reaches_three_times_its_smallest_and_mirrors(grids, profile):
    """The largest interval trades thrice the smallest; hills are symmetric, slopes mirror each other."""
    made = shape(profile, grids)
    other = {"slope_up": "slope_down", "slope_down": "slope_up"}.get(profile, profile)

    assert max(made) == 3
    assert made[::-1] == shape(other, grids)


@settings(deadline=None)
@given(st.integers(2, 60), st.sampled_from(["arithmetic", "geometric"]))
def test_equal_quote_is_worth_the_same_at_every_lower_level(grids, spacing):
    """Weight times price is one number."""
    prices = levels(100, 200, grids, spacing, "0.001")

    assert {
        weight * Fraction(price) for weight, price in zip(weights("equal_quote", prices), prices, strict=False)
    } == {1}


def test_custom_weights_are_themselves():
    """A weight an interval is taken as it is."""
    assert weights((Decimal("0.5"), Decimal(2)), [Decimal(1), Decimal(2), Decimal(3)]) == (Fraction(1, 2), 2)
