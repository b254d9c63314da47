"""Units, launch and rotation of a ladder."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError, SpecError
from okxlab.grid import GridOrder, GridSpec, ladder, minimum_investment, opening, rotate
from okxlab.model import Instrument

BTC = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
COARSE = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")


def spec(**changes):
    return GridSpec(**{"symbol": "BTC-USDT", "low": 100, "high": 120, "grids": 4, "investment": 1000, **changes})


@pytest.mark.parametrize(
    ("price", "units", "empty"),
    [(99, 4, 100), (100, 4, 100), ("100.05", 3, 105), (105, 3, 105), (119, 0, 120), (120, 0, 120), (500, 0, 120)],
)
def test_ladder_when_launched_buys_the_intervals_at_or_above_and_leaves_one_level_empty(price, units, empty):
    """The empty level is the first at or above the price, the top if none is."""
    made = ladder(spec(), COARSE, price)
    resting = {order.price for order in opening(made)}

    assert made.launch_units == units
    assert set(made.levels) - resting == {Decimal(empty)}


def test_opening_orders_rest_one_an_interval_in_cycle_zero():
    """Below the price rest buys of a unit, above it sells of what the taker fee left."""
    made = ladder(spec(), COARSE, 107)

    assert opening(made) == [
        GridOrder(0, 0, "buy", Decimal(100), made.size),
        GridOrder(1, 0, "buy", Decimal(105), made.size),
        GridOrder(2, 0, "sell", Decimal(115), made.launch_sell_size),
        GridOrder(3, 0, "sell", Decimal(120), made.launch_sell_size),
    ]


def test_rotate_when_a_buy_filled_sells_one_level_up_what_the_maker_fee_left():
    """A filled buy is followed by a sell in the same interval, one cycle on."""
    made = ladder(spec(), COARSE, 107)

    assert rotate(made, opening(made)[1]) == GridOrder(1, 1, "sell", Decimal(110), made.rotated_sell_size)


def test_rotate_when_a_sell_filled_buys_a_unit_one_level_down():
    """A filled sell is followed by a buy in the same interval, one cycle on."""
    made = ladder(spec(), COARSE, 107)

    assert rotate(made, opening(made)[2]) == GridOrder(2, 1, "buy", Decimal(110), made.size)


@pytest.mark.parametrize("interval", [-1, 4])
def test_rotate_when_the_interval_is_unknown_raises(interval):
    """An order of another ladder is refused."""
    with pytest.raises(InputError, match="interval"):
        rotate(ladder(spec(), COARSE, 107), GridOrder(interval, 0, "buy", Decimal(1), Decimal(1)))


def test_sell_sizes_follow_the_fee_their_unit_paid():
    """A launch unit paid the taker fee, a rotated one the maker fee; both are floored to the lot."""
    made = ladder(spec(), COARSE, 107, maker="0.0008", taker="0.001")

    assert (made.size, made.launch_sell_size, made.rotated_sell_size) == (
        Decimal("2.3866"),
        Decimal("2.3842"),
        Decimal("2.3846"),
    )


def test_sell_sizes_are_okx_own_example_of_the_fee():
    """0.00005222 bought at 0.1 % is offered as 0.00005216."""
    instrument = Instrument("BTC-USDT", tick="1", lot="1E-8", minimum="1E-8")

    sized = ladder(spec(investment="0.0224546"), instrument, 500, maker="0.001")

    assert sized.size == Decimal("0.00005222")
    assert sized.rotated_sell_size == Decimal("0.00005216")


@settings(max_examples=200, deadline=None)
@given(
    price=st.decimals("90", "130", places=4),
    investment=st.decimals("1", "10000000", places=2),
    lot=st.sampled_from(["0.00000001", "0.0003", "0.01"]),
)
def test_ladder_unit_is_the_largest_that_the_investment_pays_for(price, investment, lot):
    """One lot more in every interval would cost more than the investment."""
    instrument = Instrument("BTC-USDT", tick="0.1", lot=lot, minimum=lot)
    try:
        made = ladder(spec(investment=investment), instrument, price)
    except SpecError:
        return
    cost = sum(min(level, price) for level in made.levels[:-1])

    assert made.size * cost <= investment < (made.size + instrument.lot) * cost
    assert made.size % instrument.lot == 0
    assert made.unspent == investment - made.size * cost


@settings(max_examples=200, deadline=None)
@given(
    minimum=st.integers(1, 2000),
    maker=st.decimals("-0.001", "0.02", places=4),
    taker=st.decimals("0", "0.02", places=4),
    price=st.decimals("90", "130", places=2),
)
def test_minimum_investment_is_the_smallest_whose_orders_reach_the_minimum(minimum, maker, taker, price):
    """At the minimum every order is large enough; a hair less is refused, naming it."""
    instrument = Instrument("BTC-USDT", tick="0.1", lot="0.001", minimum=Decimal(minimum) / 1000)
    levels = ladder(spec(investment=10**7), instrument, price).levels
    least = minimum_investment(levels, price, instrument, maker, taker)

    made = ladder(spec(investment=least), instrument, price, maker=maker, taker=taker)

    assert min(made.buy_size, made.launch_sell_size, made.rotated_sell_size) >= instrument.minimum
    with pytest.raises(SpecError, match="Invest at least"):
        ladder(spec(investment=least - Decimal("1e-9")), instrument, price, maker=maker, taker=taker)
    smaller = made.size - instrument.lot
    kept = min(smaller, smaller * (1 - maker), smaller * (1 - taker)) // instrument.lot * instrument.lot
    assert kept < instrument.minimum


def test_ladder_when_the_investment_is_small_names_the_least():
    """The refusal says how much it takes."""
    with pytest.raises(SpecError) as caught:
        ladder(spec(investment="0.001"), BTC, 200)

    assert str(caught.value) == (
        "An investment of 0.001 USDT in 4 grids makes orders below the minimum of 0.00001 BTC. "
        "Invest at least 0.0043086 USDT, or use fewer grids."
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"launch_price": 0}, "launch_price is 0"),
        ({"launch_price": float("nan")}, "launch_price"),
        ({"launch_price": 107, "maker": 1}, "maker is 1"),
        ({"launch_price": 107, "taker": "0.1%"}, "taker"),
        ({"launch_price": 107, "instrument": Instrument("ETH-USDT", tick=1, lot=1, minimum=1)}, "ETH-USDT"),
    ],
)
def test_ladder_when_a_value_is_impossible_raises(values, words):
    """Each impossible value is named."""
    with pytest.raises(InputError, match=words):
        ladder(**{"spec": spec(), "instrument": COARSE, **values})


def test_ladder_when_printed_is_short():
    """One line says what it is."""
    assert repr(ladder(spec(), COARSE, 107)).endswith("launch_price=107, size=2.3866, launch_units=2)")
