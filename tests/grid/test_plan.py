"""What a plan says before a grid is started."""

from datetime import timedelta
from decimal import Decimal

import pytest

from okxlab.errors import InputError, SpecError
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
    plan = plan_grid(spec(), BTC, price)

    assert words in plan.warnings[0]
    assert ("nothing to buy" in plan._repr_html_()) is (price == 99_000)


def test_plan_beyond_the_price_that_ends_the_grid_warns():
    """A grid that would buy only to sell at once says so."""
    plan = plan_grid(spec(take_profit=96_000), BTC, 96_000)

    assert plan.warnings[-1] == "The price is beyond take_profit, 96000: the grid would end as it starts."


def test_plan_when_there_are_more_orders_than_okx_rests_warns():
    """OKX's cap of resting orders is known before it is met."""
    plan = plan_grid(spec(low=10_000, high=99_000, grids=501, investment=10**6), BTC, 50_000)

    assert plan.warnings[-1].startswith("OKX rests at most 500 orders")


def test_plan_when_the_grid_cannot_be_made_raises():
    """What cannot be laid out is refused, not planned."""
    with pytest.raises(SpecError, match="Invest at least"):
        plan_grid(spec(investment=1), BTC, 90_000)


def test_plan_when_shown_in_a_notebook_is_a_short_escaped_table():
    """The table names the grid in nine rows and escapes what a symbol could carry."""
    html = plan_grid(spec(low=89_000, high=91_000, grids=20), BTC, 90_000)._repr_html_()

    assert html.count("<tr>") == 9
    assert "fees&#x27; break-even" in html


def test_plan_when_the_grid_is_not_plain_shows_what_is_different():
    """Base, profile and what moves or ends the grid have their rows."""
    changes = {
        "base": "0.01",
        "sizes": "mountain",
        "stop_loss": 80_000,
        "time_limit": timedelta(days=3),
        "reinvest": True,
    }
    html = plan_grid(spec(**changes), BTC, 90_000)._repr_html_()

    assert html.count("<tr>") == 12
    for words in ("1000 USDT and 0.01 BTC", "(mountain)", "Stop loss", "80000 USDT", "3 days, 0:00:00", "enlarges"):
        assert words in html


def test_plan_when_base_is_more_than_the_units_need_says_what_is_sold():
    """The launch of a grid of base alone is a sale."""
    plan = plan_grid(spec(investment=0, base="0.02"), BTC, 90_000)

    assert "sell 0.0098407 BTC at 90000 USDT" in plan._repr_html_()
    assert plan.minimum_investment == 0


def test_plan_when_there_is_a_trigger_is_made_for_that_price():
    """A grid that waits is planned as it will start."""
    assert plan_grid(spec(trigger=88_000), BTC, 90_000).ladder.launch_price == 88_000


def test_plan_most_grids_is_the_last_that_pays():
    """So many intervals pay, one more does not."""
    most = plan_grid(spec(), BTC, 90_000).most_grids

    assert plan_grid(spec(grids=most), BTC, 90_000).pays
    assert not plan_grid(spec(grids=most + 1), BTC, 90_000).pays


def test_turnover_of_one_round_trip_an_interval_a_day_is_what_the_ladder_trades():
    """Ten round trips over ten intervals are each interval once: values, fees and profit add up from the ladder."""
    plan = plan_grid(spec(sizes="slope_up", grids=10), BTC, 90_000)
    made, fee = plan.ladder, Decimal("0.0008")
    bought = sum(made.sizes[i] * made.levels[i] for i in range(10))
    sold = sum(made.rotated_sell_size_of(i) * made.levels[i + 1] for i in range(10))
    year = plan.turnover(10)

    assert year.traded == 365 * (bought + sold)
    assert year.fees == 365 * (bought + sold) * fee
    assert year.profit == 365 * (sold * (1 - fee) - bought)
    assert (year.times, year.cost) == (year.traded / 1000, year.fees / 1000)
    assert plan.turnover("2.5").fees == year.fees / 4


def test_turnover_of_a_negative_number_is_refused():
    """There is no such number of round trips."""
    with pytest.raises(InputError, match="round_trips is -1"):
        plan_grid(spec(), BTC, 90_000).turnover(-1)


def test_plan_when_printed_is_one_line():
    """The repr names the grid, the price and the unit."""
    assert repr(plan_grid(spec(), BTC, 90_000)) == (
        "Plan(GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000), launch_price=90000, "
        "size=0.00112994, warnings=0)"
    )
