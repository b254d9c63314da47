"""Where positions end, alone and with the orders that fill on the way."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.grid import Exposure, further, initial_margin, liquidation_price, order_margin, worst_price

RATE = Decimal("0.0045")


def flat(_):
    return RATE


def exposures(sign):
    """Give positions on one side, with a tenth of their value to twice of it behind them."""
    return st.builds(
        lambda size, mark, part: Exposure(sign * size, size * mark * part, mark),
        st.decimals("0.001", "50", places=3),
        st.decimals("10", "90000", places=1),
        st.decimals("0.1", "2", places=3),
    )


@settings(deadline=None)
@given(exposures(1) | exposures(-1))
def test_equity_at_the_liquidation_price_is_what_must_be_kept(held):
    """There, and nowhere else, equity and the rate's share of the value meet."""
    price = liquidation_price(held, RATE)

    if price is None:
        assert held.position > 0
        assert held.worth(Decimal(0)) >= 0
    else:
        assert abs(held.equity + held.position * (price - held.mark) - abs(held.position) * price * RATE) < Decimal(
            "1e-15"
        )
        assert (price < held.mark) is (held.position > 0)


def test_nothing_is_liquidated_without_a_position_or_with_its_whole_value_behind_it():
    """No position ends nowhere; a long one paid for in full could fall to nothing."""
    assert liquidation_price(Exposure(Decimal(0), Decimal(100), Decimal(10)), RATE) is None
    assert liquidation_price(Exposure(Decimal(1), Decimal(10), Decimal(10)), RATE) is None


@settings(deadline=None)
@given(exposures(1), st.lists(st.decimals("0.02", "0.99", places=2), min_size=1, max_size=5, unique=True))
def test_worst_price_of_a_falling_way_is_never_below_the_price_of_the_position_alone(held, parts):
    """Each buy that fills on the way brings the end nearer, or leaves it where it is."""
    orders = [(held.mark * part, held.position / 10) for part in sorted(parts, reverse=True)]
    steps = further(held, orders, flat)
    alone, end = steps[0].liquidation, worst_price(steps)

    if alone is not None:
        assert end >= alone
        assert [step.reached for step in steps] == sorted((step.reached for step in steps), reverse=True)


def test_way_up_mirrors_the_way_down():
    """A short position meets its sells rising and ends nearer than it would alone."""
    held = Exposure(Decimal(-2), Decimal(100), Decimal(100))
    steps = further(held, [(Decimal(110), Decimal(-1)), (Decimal(200), Decimal(-1))], flat)

    assert [step.reached for step in steps] == [True, True, False]
    assert steps[0].liquidation > worst_price(steps) == steps[1].liquidation
    assert steps[1].exposure == Exposure(Decimal(-3), Decimal(80), Decimal(110))


def test_fill_into_a_tier_that_asks_for_more_ends_at_the_orders_own_price():
    """When the larger position must keep more than there is, its order was the last."""
    held = Exposure(Decimal(10), Decimal(100), Decimal(100))
    steps = further(
        held, [(Decimal(95), Decimal(1)), (Decimal(94), Decimal(1))], lambda size: RATE if size <= 10 else RATE * 20
    )

    assert [step.reached for step in steps] == [True, True, False]
    assert steps[1].liquidation > worst_price(steps) == 95


def test_fees_of_fills_bring_the_end_nearer():
    """What a fill costs is no longer behind the position."""
    held = Exposure(Decimal(1), Decimal(30), Decimal(100))
    free, paid = (
        worst_price(further(held, [(Decimal(90), Decimal(1))], flat, fee)) for fee in (Decimal(0), Decimal("0.01"))
    )

    assert paid - free == pytest.approx(Decimal("0.9") / (2 * (1 - RATE)))


def test_margin_is_value_over_leverage_whatever_the_side():
    """Short and long positions and orders set the same aside."""
    assert (
        initial_margin(Decimal(-3), Decimal(100), Decimal(4))
        == initial_margin(Decimal(3), Decimal(100), Decimal(4))
        == 75
    )
    assert order_margin([(Decimal(100), Decimal(-1)), (Decimal(90), Decimal(1))], Decimal(2)) == 95
