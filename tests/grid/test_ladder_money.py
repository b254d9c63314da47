"""What base currency put in and size profiles do to a ladder."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, ladder, minimum_investment, opening, rotate
from okxlab.model import Instrument

COIN = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.001")
PROFILES = ["equal_base", "equal_quote", "mountain", "valley", "slope_up", "slope_down", (3, "0.5", 1, 2, "7.7", 1)]


def make(price=150, *, maker="0.0008", taker="0.001", **changes):
    spec = GridSpec(**{"symbol": "BTC-USDT", "low": 100, "high": 220, "grids": 6, "investment": 1000, **changes})
    return ladder(spec, COIN, price, maker=maker, taker=taker)


def test_base_covers_the_units_to_hold_and_only_the_rest_is_bought():
    """Four of six intervals hold a unit; 2 BTC put in are not bought again."""
    made = make(140, base=2)

    assert made.held == 4 * made.size
    assert (made.bought, made.sold) == (4 * made.size - 2, 0)
    assert made.launch_base == 2 + made.bought * Decimal("0.999")


def test_base_beyond_the_units_to_hold_is_sold_for_the_buys_below():
    """What is left over becomes the quote that waits behind the buys, less the taker fee."""
    made = make(140, investment=0, base=10)
    waiting = made.size * (100 + 120)

    assert (made.bought, made.sold) == (0, 10 - 4 * made.size)
    assert made.launch_proceeds == made.sold * 140 * Decimal("0.999")
    assert made.unspent == made.launch_proceeds - waiting
    assert made.launch_sell_size == made.size


def test_base_above_the_range_is_all_sold():
    """A grid that holds nothing at launch turns all base into quote."""
    made = make(300, investment=0, base="5.00005")

    assert (made.launch_units, made.sold, made.launch_base) == (0, 5, Decimal("0.00005"))
    assert {order.side for order in opening(made)} == {"buy"}
    assert 0 < made.launch_sell_size < made.size  # what a unit bought at the market would leave


def test_units_put_in_have_paid_no_fee_and_are_offered_whole():
    """Bought units leave the taker fee, mixed ones share it."""
    all_bought, half, all_there = (
        make(90, investment=money, base=base) for money, base in ((960, 0), (480, 5), (0, 11))
    )

    offered = [made.launch_sell_size / made.size for made in (all_bought, half, all_there)]

    assert [round(part, 4) for part in offered] == [Decimal("0.9990"), Decimal("0.9995"), 1]


def test_surplus_below_the_smallest_order_is_kept():
    """Nothing is sold that the exchange would not take; it stays beside the units."""
    made = make(90, investment=0, base="8.0005", taker=0)

    assert (made.bought, made.sold) == (0, 0)
    assert 0 < made.launch_base - made.held < COIN.minimum
    assert made.launch_sell_size == made.size


def test_rotation_keeps_each_intervals_own_size():
    """Buys, and sells after the fee, are the interval's through every cycle."""
    made = make(sizes="slope_up", investment=10_000)
    for first in opening(made):
        order = first
        for _ in range(4):
            expected = made.sizes[order.interval] * (1 if order.side == "buy" else Decimal("0.9992"))
            assert order.cycle == 0 or 0 <= expected - order.size < COIN.lot
            order = rotate(made, order)


def test_sizes_are_in_proportion_to_the_profile():
    """A mountain of five is 1 2 3 2 1, each floored to the lot."""
    made = make(300, sizes="mountain", grids=5, investment=9_000)
    smallest = made.sizes[0]

    assert [round(size / smallest, 3) for size in made.sizes] == [1, 2, 3, 2, 1]
    assert (made.uniform, made.size) == (False, smallest)
    assert repr(made).endswith(f"size={made.size}..{made.sizes[2]}, launch_units=0)")


def test_equal_quote_rests_buys_of_one_value():
    """Every buy below the price is worth the same to within a lot."""
    made = make(300, sizes="equal_quote", investment=6_000)
    values = [size * price for size, price in zip(made.sizes, made.levels, strict=False)]

    assert all(1000 - COIN.lot * 220 < value <= 1000 for value in values)


@settings(max_examples=300, deadline=None)
@given(
    price=st.decimals("80", "260", places=2),
    investment=st.decimals("0", "100000", places=2),
    base=st.decimals("0", "500", places=6),
    sizes=st.sampled_from(PROFILES),
    taker=st.sampled_from(["0.001", "0", "-0.0001", "0.02"]),
)
def test_launch_spends_what_was_put_in_and_pays_for_every_order(price, investment, base, sizes, taker):
    """Quote and base after the launch are what the orders hold, and no order holds what is not there."""
    assume(investment or base)
    try:
        made = make(price, investment=investment, base=base, sizes=sizes, taker=taker)
    except SpecError:
        return
    orders = opening(made)
    buys = sum(order.size * order.price for order in orders if order.side == "buy")
    offered = sum(order.size for order in orders if order.side == "sell")

    assert made.unspent == made.launch_quote - buys >= 0
    assert offered <= made.launch_base
    assert not (made.bought and made.sold)
    assert all(order.size >= COIN.minimum and order.size % COIN.lot == 0 for order in orders)
    assert made.launch_quote + made.launch_base * price + (made.bought + made.sold) * price * made.taker == made.money


@settings(max_examples=200, deadline=None)
@given(
    price=st.decimals("80", "260", places=2),
    base=st.decimals("0", "0.01", places=6),
    sizes=st.sampled_from(PROFILES),
)
def test_minimum_investment_of_a_profile_is_enough_and_a_little_less_is_not(price, base, sizes):
    """At the minimum the smallest interval reaches the smallest order; a ten-millionth less is refused, naming it."""
    fees = Decimal("0.0008"), Decimal("0.001")
    made = make(price, investment=10**6, sizes=sizes)
    least = minimum_investment(made.levels, price, COIN, *fees, sizes=made.spec.sizes, base=base)
    assume(least > Decimal("0.01"))

    with pytest.raises(SpecError, match="Invest at least"):
        make(price, investment=least - Decimal("1e-7"), base=base, sizes=sizes)
    assert minimum_met(price, least, base, sizes)


def minimum_met(price, least, base, sizes):
    try:
        made = make(price, investment=least, base=base, sizes=sizes)
    except SpecError as refused:
        return "smallest order" in str(refused)  # base put in may miss the units by less than an order
    return made.size - COIN.minimum < Decimal("0.0002")


def test_base_that_misses_the_units_by_less_than_an_order_is_refused_when_a_sell_becomes_too_small():
    """The refusal says by how much to change the base."""
    with pytest.raises(SpecError, match="Give a base smaller or larger by"):
        make(199, investment="0.9", base="0.0005")
