"""The ladder of a contract grid: OKX's own sample, its mirror, and what cannot be made."""

from decimal import Decimal

import pandas as pd
import pytest

from okxlab.errors import InputError, SpecError
from okxlab.grid import GridSpec
from okxlab.grid.contract import contract_ladder, maintenance_rate, read_tiers
from okxlab.model import Instrument

SWAP = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.001")
RANGE = {"low": "26931.9", "high": "36437.3", "grids": 10, "investment": 100, "leverage": 5}


def made(price="27306.9", instrument=SWAP, **terms):
    """Give the ladder of OKX's contract sample, changed as told."""
    spec = GridSpec("BTC-USDT-SWAP", **(RANGE | {"kind": "long"} | terms))
    return contract_ladder(spec, instrument, price, maker="0.0002", taker="0.0005")


def orders(ladder):
    """Give what rests after the launch: side and the number of the level, lowest interval first."""
    return [
        ("buy", i) if i < ladder.launch_state else ("sell", i + 1)
        for i in range(ladder.spec.grids)
    ]  # fmt: skip


def test_ladder_when_long_is_that_of_okx_sample():
    """At 27,306.9: nine units of 0.001 BTC at market, one buy at the lowest level, nine sells from the third one up."""
    ladder = made()

    assert (ladder.launch_units, ladder.launch_contracts, set(ladder.sizes)) == (9, 9, {Decimal(1)})
    assert orders(ladder) == [("buy", 0)] + [("sell", i) for i in range(2, 11)]
    assert str(ladder.levels[1]) == "27882.4"


def test_ladder_when_short_mirrors_the_long_one():
    """Just below the top: nine units sold at market, one sell at the top, nine buys, the last level below it empty."""
    ladder = made("36000", kind="short")

    assert (ladder.launch_units, ladder.launch_contracts) == (9, -9)
    assert orders(ladder) == [("buy", i) for i in range(9)] + [("sell", 10)]


def test_ladder_when_neutral_starts_without_a_position():
    """Buys below and sells above, one level empty, nothing at market; the position runs through zero."""
    ladder = made("30000", kind="neutral")

    assert (ladder.launch_units, ladder.launch_contracts, ladder.launch_fee) == (0, 0, 0)
    assert orders(ladder) == [("buy", i) for i in range(4)] + [("sell", i) for i in range(5, 11)]
    assert [int(position) for position in ladder.positions] == [4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -6]


def test_unit_is_what_margin_and_taker_fee_allow():
    """One contract more in every interval, and the investment would not carry margin and fees of the first orders."""
    ladder = made(investment=1_000)
    entries = [Decimal("26931.9")] + [Decimal("27306.9")] * 9
    each = sum(entries) * Decimal("0.001") * (Decimal(1) / 5 + Decimal("0.0005"))

    assert ladder.sizes[0] * each <= 1_000 < (ladder.sizes[0] + 1) * each


def test_sizes_follow_a_profile_in_whole_lots():
    """Weights of one, two and three trade so many contracts, and the position adds them up."""
    ladder = made(grids=3, sizes=[1, 2, 3], investment=1_000)
    first, second, third = ladder.sizes

    assert 2 * first <= second <= 2 * first + 1
    assert 3 * first <= third <= 3 * first + 2
    assert ladder.positions == (first + second + third, second + third, third, 0)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"investment": 50}, "Invest at least 54"),
        ({"price": 0}, "not positive"),
        ({"low": "26931.95"}, "off the tick"),
        ({"instrument": Instrument("ETH-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.1")}, "same symbol"),
    ],
)
def test_ladder_when_it_cannot_be_made_says_what_to_do(terms, says):
    """Money too small, no price, levels off the tick, another contract."""
    with pytest.raises(SpecError, match=says):
        made(**terms)


def test_ladder_when_the_contract_value_is_unknown_is_refused():
    """Inverse contracts are worth no fixed amount of their base currency, so none is guessed."""
    with pytest.raises(InputError, match="inverse contracts are not played"):
        made(instrument=Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1"))


def test_tiers_are_read_from_okx_frame_or_from_pairs():
    """Both give the rate of a position by its size, up to and including a tier's end."""
    table = pd.DataFrame({"up_to": [100, 500], "maintenance_margin": ["0.004", "0.01"], "leverage": [100, 50]})
    tiers, pairs = read_tiers(table), read_tiers([(100, "0.004"), (500, "0.01")])

    sizes = [Decimal(1), Decimal(100), Decimal("100.01"), Decimal(500)]
    rates = [Decimal(rate) for rate in ("0.004", "0.004", "0.01", "0.01")]
    assert [maintenance_rate(tiers, size) for size in sizes] == rates
    assert [maintenance_rate(pairs, size) for size in sizes] == rates
    assert tiers[1].leverage == 50


@pytest.mark.parametrize(
    ("tiers", "says"),
    [
        ([], "no position tiers"),
        ([(100, "0.01"), (50, "0.02")], "do not rise"),
        ([(100, "0.01"), (200, "0.005")], "rates of the tiers fall"),
        ([(100, "1")], "fractions from 0 to 1"),
        ([(0, "0.01")], "above 0"),
        (pd.DataFrame({"up_to": [100]}), "lack the column 'maintenance_margin'"),
    ],
)
def test_tiers_that_mean_nothing_are_refused(tiers, says):
    """Each with what is wrong with it."""
    with pytest.raises(InputError, match=says):
        read_tiers(tiers)
