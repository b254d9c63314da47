"""Into how many intervals a range can be cut so that each pays its fees."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import SpecError
from okxlab.grid import levels, most_grids


def earns(low, high, *, fee, contract):
    """Tell whether a round trip does not lose, counted out with a unit."""
    if contract:
        return high - low - fee * (low + high) >= 0
    return high * (1 - fee) * (1 - fee) >= low


def every(grids, terms, *, fee, contract):
    """Tell whether every interval of a grid does not lose; levels that fall together do."""
    try:
        prices = levels(*terms[:2], grids, *terms[2:], "half_up" if contract else "floor")
    except SpecError:
        return False
    return all(earns(low, high, fee=fee, contract=contract) for low, high in pairwise(prices))


@settings(deadline=None, max_examples=60)
@given(
    low=st.integers(50, 400),
    width=st.integers(1, 300),
    fee=st.sampled_from(["0", "0.0008", "0.003", "0.02", "-0.001"]),
    spacing=st.sampled_from(["arithmetic", "geometric"]),
    contract=st.booleans(),
)
def test_most_grids_is_the_largest_of_all_numbers_that_pay(low, width, fee, spacing, contract):
    """Counted out one by one, no number above it pays and it pays itself."""
    tick, rate = Decimal("0.5"), Decimal(fee)
    terms = (low * tick, (low + width) * tick, spacing, tick)
    paying = [n for n in range(2, width + 2) if every(n, terms, fee=rate, contract=contract)]

    assert most_grids(*terms, rate, contract=contract) == max(paying, default=0)


def test_most_grids_of_a_wide_range_is_what_a_specification_allows():
    """No more than 1000 are made, however many would pay."""
    assert most_grids(1, 100_000, "geometric", "0.00001", "0.0001") == 1000


@pytest.mark.parametrize(
    ("change", "words"), [((95_000, 95_000), "low that is below"), (("85000.05", 95_000), "off the tick")]
)
def test_most_grids_of_no_range_is_refused(change, words):
    """A range that no grid can have is refused as a grid's is."""
    with pytest.raises(SpecError, match=words):
        most_grids(*change, "arithmetic", "0.1", "0.0008")
