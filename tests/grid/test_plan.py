"""What a plan says before a grid is started."""

from decimal import Decimal

import pytest

from okxlab.errors import SpecError
from okxlab.grid import GridSpec, break_even_ratio, opening, plan_grid, profit_rate
from okxlab.model import Instrument

BTC = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")


def spec(**changes):
    return GridSpec(**{"symbol": "BTC-USDT", "low": 85_000, "high": 95_000, "grids": 10, "investment": 1000, **changes})


def test_plan_orders_are_those_that_rest_after_launch():
    """The table is the opening, with the value of each order."""
    plan = plan_grid(spec(), BTC, 90_000)
    rows = plan.orders[["level", "side", "price", "size", "value"]].itertuples(index=False, name=None)

    assert list(rows) == [
        (order.interval, order.side, order.price, order.size, order.price * order.size)
        for order in opening(plan.ladder)
    ]


def test_plan_spends_the_investment_but_for_what_it_names():
    """Launch cost, resting buys and the unspent rest are the investment."""
    plan = plan_grid(spec(), BTC, "90123.45")
    resting = plan.orders.loc[plan.orders["side"] == "buy", "value"].sum()

    assert plan.ladder.launch_cost + resting + plan.unspent == 1000


def test_plan_profit_of_arithmetic_steps_falls_with_the_price():
    """The lowest interval earns most; both ends of the range are the extremes."""
    plan = plan_grid(spec(), BTC, 90_000)
    fee = Decimal("0.0008")

    assert plan.profit_per_grid == (
        profit_rate(Decimal(94_000), Decimal(95_000), fee),
        profit_rate(Decimal(85_000), Decimal(86_000), fee),
    )


def test_plan_when_every_step_pays_has_no_warning():
    """A sound grid is planned without a word."""
    plan = plan_grid(spec(), BTC, 90_000)

    assert plan.pays
    assert plan.warnings == ()


def test_plan_when_steps_are_below_break_even_warns_and_does_not_pay():
    """Intervals that lose to the fees are counted in a sentence."""
    plan = plan_grid(spec(low=89_000, high=91_000, grids=20), BTC, 90_000)

    assert not plan.pays
    sentence = "20 of 20 intervals are narrower than the fees' break-even (0.1602%), so each of their round trips loses"
    assert [note.removesuffix(" money.") for note in plan.warnings] == [sentence]


def test_plan_break_even_step_is_the_first_tick_that_does_not_lose():
    """At the step named a round trip at the launch price earns, a tick less loses."""
    step = plan_grid(spec(), BTC, 90_000).break_even_step
    rates = [profit_rate(Decimal(90_000), 90_000 + width, Decimal("0.0008")) for width in (step, step - BTC.tick)]

    assert rates[0] >= 0 > rates[1]


def test_break_even_ratio_earns_nothing():
    """A sale at that ratio brings back what was paid, to forty digits."""
    fee = Decimal("0.0008")

    assert abs(profit_rate(Decimal(1), break_even_ratio(fee), fee)) < Decimal("1e-40")


def test_plan_when_a_step_is_exactly_at_break_even_pays():
    """Break-even itself is not below break-even: at a fee of 0.2, 64 sold at 100 brings back 64."""
    instrument = Instrument("BTC-USDT", tick=1, lot="0.0001", minimum="0.0001")
    exactly = spec(low=64, high=136, grids=2)

    assert plan_grid(exactly, instrument, 70, maker="0.2").warnings[0].startswith("1 of 2 intervals")


@pytest.mark.parametrize(("price", "words"), [(80_000, "below the range"), (99_000, "above the range")])
def test_plan_when_the_price_is_outside_says_what_waits(price, words):
    """Outside its range a grid waits, and the plan says for what."""
    assert words in plan_grid(spec(), BTC, price).warnings[0]


def test_plan_when_there_are_more_orders_than_okx_rests_warns():
    """OKX's cap of resting orders is known before it is met."""
    plan = plan_grid(spec(low=10_000, high=99_000, grids=501, investment=10**6), BTC, 50_000)

    assert plan.warnings[-1].startswith("OKX rests at most 500 orders")


def test_plan_when_the_grid_cannot_be_made_raises():
    """What cannot be laid out is refused, not planned."""
    with pytest.raises(SpecError, match="Invest at least"):
        plan_grid(spec(investment=1), BTC, 90_000)


def test_plan_when_shown_in_a_notebook_is_a_short_escaped_table():
    """The table names the grid in eight rows and escapes what a symbol could carry."""
    html = plan_grid(spec(low=89_000, high=91_000, grids=20), BTC, 90_000)._repr_html_()

    assert html.count("<tr>") == 8
    assert "fees&#x27; break-even" in html


def test_plan_when_printed_is_one_line():
    """The repr names the grid, the price and the unit."""
    assert repr(plan_grid(spec(), BTC, 90_000)) == (
        "Plan(GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000), launch_price=90000, "
        "size=0.00112994, warnings=0)"
    )
