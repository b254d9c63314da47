"""What the fields of a grid beyond its range keep and refuse."""

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal, localcontext

import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import SpecError
from okxlab.grid import GridSpec, ladder

SPOT = {"symbol": "BTC-USDT", "low": 100, "high": 200, "grids": 10, "investment": 1000}
SWAP = SPOT | {"symbol": "BTC-USDT-SWAP", "kind": "long"}
DAY = dt.timedelta(days=1)
EXTRAS = {
    "base": "0.5",
    "sizes": "mountain",
    "trigger": 150,
    "stop_loss": 90,
    "take_profit": 300,
    "time_limit": DAY,
    "trailing_up": 250,
    "trailing_down": 95,
    "reinvest": True,
}


def test_spec_when_every_field_is_used_says_so_and_can_be_read_back():
    """All fields are kept exactly, named as extras in their order, and printed as the call that makes them."""
    spec = GridSpec(**SPOT | EXTRAS)

    assert (spec.plain, spec.extras) == (False, tuple(EXTRAS))
    assert eval(repr(spec), {"GridSpec": GridSpec, "datetime": dt}) == spec  # noqa: S307  made a line above
    assert replace(spec, grids=20).stop_loss == 90


def test_spec_when_fields_are_given_as_they_would_be_anyway_is_plain():
    """Writing a default out changes nothing."""
    spec = GridSpec(**SPOT, kind="spot", leverage="1.0", base=0, sizes="equal_base", trigger=None, reinvest=False)

    assert spec.plain
    assert spec == GridSpec(**SPOT)
    assert repr(spec) == "GridSpec('BTC-USDT', low=100, high=200, grids=10, investment=1000)"


def test_contract_grid_keeps_its_direction_and_exact_leverage():
    """A contract grid on a swap or a dated future has a direction and a leverage."""
    spec = GridSpec(**SWAP | {"symbol": "BTC/USDT:USDT-271231", "kind": "neutral", "leverage": "2.5"})

    assert (spec.symbol, spec.kind, spec.leverage) == ("BTC-USDT-271231", "neutral", Decimal("2.5"))


def test_base_alone_makes_a_grid():
    """Base currency can be all that is put in."""
    assert GridSpec(**SPOT | {"investment": 0, "base": "0.25"}).base == Decimal("0.25")


def test_sizes_as_weights_are_kept_one_an_interval():
    """A custom profile is a tuple of exact weights, and hashes."""
    spec = GridSpec(**SPOT | {"grids": 3, "sizes": [1, "2.5", 0.1]})

    assert spec.sizes == (Decimal(1), Decimal("2.5"), Decimal("0.1"))
    assert hash(spec) == hash(GridSpec(**SPOT | {"grids": 3, "sizes": (1, 2.5, "0.1")}))


def test_time_limit_of_pandas_is_kept_as_a_timedelta():
    """A length of time out of a frame is one like any other."""
    spec = GridSpec(**SPOT, time_limit=pd.Timedelta(hours=36))

    assert type(spec.time_limit) is dt.timedelta
    assert spec.time_limit == 1.5 * DAY


def test_infinity_grid_has_a_step_and_no_upper_end():
    """It prints as its own call, survives replace, and refuses to name a high."""
    spec = GridSpec.infinity("BTC-USDT", low=100, step="0.01", investment=1000, stop_loss=90)

    assert (spec.high, spec.grids, spec.spacing, spec.step) == (None, 0, "geometric", Decimal("0.01"))
    assert eval(repr(spec)) == spec  # noqa: S307  made a line above
    assert replace(spec, stop_loss=None).step == spec.step
    with pytest.raises(SpecError, match="no upper end"):
        spec.bounds  # noqa: B018  reading it is what is tested


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "Long"}, "Did you mean 'long'?"),
        ({"kind": "hedge me"}, "Use 'spot', 'long', 'short' or 'neutral'"),
        ({"kind": "long"}, "Use a swap or future such as BTC-USDT-SWAP"),
        ({"kind": "long", "symbol": "BTC-USD-SWAP"}, "settled in BTC"),
        ({"leverage": 2}, "a spot grid borrows nothing"),
        ({"leverage": "0.5"}, "leverage is '0.5'"),
        ({"base": -1}, "base is -1"),
        ({"investment": 0}, "investment is 0, which is not positive"),
        ({"investment": -1, "base": 1}, "investment is -1, which is not positive"),
        ({"sizes": "mountian"}, "Did you mean 'mountain'?"),
        ({"sizes": "zzz"}, "Use one of equal_base"),
        ({"sizes": 7}, "sizes is 7"),
        ({"sizes": [1, 2]}, "sizes holds 2 weights, and the grid has 10"),
        ({"sizes": [1] * 9 + [0]}, "sizes[9] is 0"),
        ({"trigger": 0}, "trigger is 0"),
        ({"stop_loss": 100}, "stop_loss is 100 and low is 100"),
        ({"take_profit": 150}, "take_profit is 150 and high is 200"),
        ({"trailing_up": 200}, "trailing_up is 200 and high is 200"),
        ({"trailing_down": 100}, "trailing_down is 100 and low is 100"),
        ({"trailing_up": 250, "take_profit": 240}, "take_profit is 240 and trailing_up is 250"),
        ({"trailing_down": 50, "stop_loss": 60}, "stop_loss is 60 and trailing_down is 50"),
        ({"trigger": 90, "stop_loss": 90}, "would end as it starts"),
        ({"trigger": 400, "take_profit": 300}, "Give a trigger between"),
        ({"time_limit": 3600}, "datetime.timedelta"),
        ({"time_limit": -DAY}, "over at once"),
        ({"reinvest": 1}, "Give True or False"),
        ({"high": None}, "GridSpec.infinity"),
        ({"step": "0.01"}, "high and grids say it already"),
        ({"high": None, "step": "0.01"}, "Use GridSpec.infinity"),
    ],
)
def test_spec_when_a_field_means_nothing_says_why(changes, words):
    """Each impossible value or combination is refused with what to do."""
    with pytest.raises(SpecError, match=re.escape(words)):
        GridSpec(**SPOT | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base": 1}, "takes its margin in quote"),
        ({"kind": "short", "stop_loss": 90}, "stop_loss is 90 and high is 200"),
        ({"kind": "short", "take_profit": 300}, "take_profit is 300 and low is 100"),
        ({"kind": "neutral", "stop_loss": 150}, "stop_loss is 150 and high is 200"),
        ({"kind": "neutral", "stop_loss": 90, "take_profit": 80}, "on one side of the range"),
        ({"kind": "short", "trigger": 250, "stop_loss": 250}, "would end as it starts"),
    ],
)
def test_contract_spec_when_a_field_means_nothing_says_why(changes, words):
    """What a contract grid cannot have is refused with what to do."""
    with pytest.raises(SpecError, match=re.escape(words)):
        GridSpec(**SWAP | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "short", "stop_loss": 250, "take_profit": 50, "trigger": 220},
        {"kind": "short", "trailing_down": 80, "take_profit": 70},
        {"kind": "neutral", "stop_loss": 250, "take_profit": 50},
        {"kind": "neutral", "stop_loss": 50, "take_profit": 250},
    ],
)
def test_contract_spec_when_its_ends_lie_where_its_direction_loses_and_gains_is_made(changes):
    """A short grid loses above its range, a neutral one on either side."""
    spec = GridSpec(**SWAP | changes)

    assert {name: getattr(spec, name) for name in changes} == changes


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"step": 1}, "a step of 1 doubles the price"),
        ({"step": 0}, "step is 0"),
        ({"step": "0.01", "sizes": "valley"}, "Leave sizes out"),
        ({"step": "0.01", "trailing_up": 300}, "Leave trailing out"),
        ({"step": "0.01", "take_profit": 90}, "take_profit is 90 and low is 100"),
        ({"step": "0.01", "kind": "long"}, "needs both ends"),
    ],
)
def test_infinity_grid_when_a_field_means_nothing_says_why(terms, words):
    """What a grid without an upper end cannot have is refused with what to do."""
    with pytest.raises(SpecError, match=re.escape(words)):
        GridSpec.infinity("BTC-USDT", low=100, investment=1000, **terms)


def test_pins_are_one_more_than_intervals():
    """The count of a house that counts prices is brought down by one, and the other terms go along."""
    spec = GridSpec.from_pins("BTC-USDT", low=100, high=200, pins=11, investment=1000, spacing="geometric")

    assert spec == GridSpec(**SPOT, spacing="geometric")
    with pytest.raises(SpecError, match="3 to 1001 prices"):
        GridSpec.from_pins("BTC-USDT", low=100, high=200, pins=2, investment=1000)


def test_settings_of_bbgo_become_a_grid():
    """Every setting that means something here is carried over."""
    settings = {"symbol": "BTCUSDT", "gridNumber": 11, "lowerPrice": 100, "upperPrice": 200, "quoteInvestment": 1000}
    more = {
        "baseInvestment": "0.5",
        "triggerPrice": 150,
        "stopLossPrice": 90,
        "takeProfitPrice": 300,
        "compound": False,
    }
    made = GridSpec(**SPOT, base="0.5", trigger=150, stop_loss=90, take_profit=300)

    assert GridSpec.from_bbgo("BTC/USDT", settings | more) == made


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"profitSpread": 1}, "bbgo's profitSpread"),
        ({"compound": True}, "bbgo's compound enlarges an order whenever one is filled"),
        ({"symbol": "ETHUSDT"}, "for ETHUSDT, not for BTC-USDT"),
        ({"gridNumber": 1}, "3 to 1001 prices"),
        ({"gridNumber": "many"}, "3 to 1001 prices"),
        ({"quoteInvestment": 0}, "investment is 0"),
    ],
)
def test_settings_of_bbgo_that_mean_something_else_are_refused(changes, words):
    """Nothing of another house's settings is passed over in silence."""
    settings = {"gridNumber": 11, "lowerPrice": 100, "upperPrice": 200, "quoteInvestment": 1000}
    with pytest.raises(SpecError, match=re.escape(words)):
        GridSpec.from_bbgo("BTC-USDT", settings | changes)


def test_settings_of_bbgo_without_a_range_are_refused():
    """What every grid needs is named."""
    with pytest.raises(SpecError, match="lack gridNumber, upperPrice"):
        GridSpec.from_bbgo("BTC-USDT", {"lowerPrice": 1})


def test_require_names_what_is_in_use_and_what_can_be_done():
    """A player of some grids refuses the others in one sentence and what to leave out in the next."""
    spec = GridSpec(**SPOT, base="0.5", trailing_up="250.10", sizes=[1] * 10)
    with pytest.raises(SpecError) as caught:
        spec.require("The machine", "base", "trigger")

    assert str(caught.value) == (
        "The machine cannot do sizes=(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), trailing_up=250.1. "
        "It does plain grids and base, trigger: leave out sizes, trailing_up."
    )
    GridSpec(**SPOT, base=1).require("The machine", "base")


def test_spot_grid_over_contracts_is_refused():
    """A spot grid counts base currency, and lots of contracts are something else."""
    swap = ox.Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
    with pytest.raises(SpecError, match="traded in contracts"):
        ladder(GridSpec(**SPOT | {"symbol": "BTC-USDT-SWAP"}), swap, 150)


def test_precision_that_a_notebook_has_set_changes_no_bound():
    """Steps and bounds keep their digits, where another precision would round them in silence."""
    btc = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")

    with localcontext(prec=4):
        made = GridSpec.around(btc, "51234.56", percent="5.25", grids=10, investment=1000)
        steps = btc.floor_price("51234.56"), btc.ceil_price("51234.56"), btc.floor_size("0.123456789")

    assert (made.low, made.high) == (Decimal("48544.7"), Decimal("53924.4"))
    assert steps == (Decimal("51234.5"), Decimal("51234.6"), Decimal("0.12345678"))


def test_grid_around_a_price_takes_the_other_fields_along():
    """A contract grid is laid around a price like a plain one."""
    swap = ox.Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
    made = GridSpec.around(swap, 90_000, percent=10, grids=8, investment=500, kind="short", leverage=2)

    assert made == GridSpec("BTC-USDT-SWAP", low=81_000, high=99_000, grids=8, investment=500, kind="short", leverage=2)
