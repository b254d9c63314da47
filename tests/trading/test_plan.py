"""Plans of grids with the market and the account as they are now."""

from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import SymbolError
from okxlab.trading import fee_rates


def around(session, symbol, **terms):
    """Give a grid ten percent around the last price."""
    steps = ox.instrument(session, symbol)
    last = Decimal(repr(float(ox.tickers(session, "SWAP" if steps.contract else "SPOT").loc[symbol, "last"])))
    low, high = steps.floor_price(last * Decimal("0.9")), steps.ceil_price(last * Decimal("1.1"))
    return ox.GridSpec(symbol, **{"low": low, "high": high, "grids": 10, "investment": 1000} | terms)


@pytest.mark.parametrize("symbol", ["BTC-USDT-SWAP", "ETH-USDC-SWAP"])
def test_contract_grid_is_planned_with_its_contract_fees_and_tiers(paper, symbol):
    """Contract value, fees and tiers are the exchange's, and the price is inside the range."""
    made = ox.plan(around(paper, symbol, kind="neutral", leverage=5), paper)
    group = ox.instruments(paper, "SWAP").loc[symbol, "fee_group"]
    rates = ox.fee_rates(paper, "SWAP")
    rates = rates.loc[group] if group in rates.index else rates.iloc[0]

    assert made.ladder.contract == ox.instruments(paper, "SWAP").loc[symbol, "contract_value"]
    assert (made.ladder.maker, made.ladder.taker) == (rates["maker"], rates["taker"])
    assert made.levels[0] < made.ladder.launch_price < made.levels[-1]
    assert 0 < made.liquidation_low < made.levels[0] < made.levels[-1] < made.liquidation_high


def test_leverage_beyond_the_exchanges_tiers_is_refused(paper):
    """What the exchange does not lend is not planned with."""
    with pytest.raises(ox.OkxlabError, match="leverage is 100 at most"):
        ox.plan(around(paper, "BTC-USDT-SWAP", kind="long", leverage=101), paper)


def test_spot_grid_with_base_and_profile_is_planned(paper):
    """Fields beyond a plain grid's reach the plan."""
    made = ox.plan(around(paper, "BTC-USDT", base="0.001", sizes="valley", stop_loss=1), paper)

    assert made.ladder.held == made.ladder.bought + Decimal("0.001")
    assert not made.ladder.uniform


def test_fees_of_a_contract_that_is_not_listed_are_refused(paper):
    """The error names it."""
    with pytest.raises(SymbolError, match="NOCOIN-USDT-SWAP"):
        fee_rates(paper, "NOCOIN-USDT-SWAP")
