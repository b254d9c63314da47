"""Candles of what is not spot, from a server that answers as OKX does."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import SymbolError
from okxlab.market.instruments import find_listed


@pytest.mark.parametrize(
    ("symbol", "name", "asked"),
    [
        ("BTC/USDT:USDT", "BTC-USDT-SWAP", {"instType": ["SWAP"]}),
        ("BTC-USDT-271231", "BTC-USDT-271231", {"instType": ["FUTURES"]}),
        ("BTC-USD-271231-100000-C", None, {"instType": ["OPTION"], "instFamily": ["BTC-USD"]}),
    ],
)
def test_candles_of_a_derivative_without_a_base_value_come_without_steps(derivatives, symbol, name, asked):
    """The kind is read from the symbol's shape; what the exchange does not call linear has no instrument attached."""
    session, seen = derivatives
    frame = ox.candles(session, symbol)

    assert frame["volume"].tolist() == [5.0]
    assert "instrument" not in frame.attrs
    listing = parse_qs(urlsplit(seen[0]).query)
    assert listing == {**asked, "instId": [name or symbol]}
    assert parse_qs(urlsplit(seen[1]).query)["instId"] == [name or symbol]


def test_listing_is_asked_for_once_a_minute(derivatives):
    """Two pulls of candles look the instrument up once; a minute later it is looked up again."""
    session, seen = derivatives
    for _ in range(2):
        ox.candles(session, "BTC-USDT-SWAP")
    assert sum("instruments" in target for target in seen) == 1

    find_listed(session, "BTC/USDT:USDT", Later())
    assert sum("instruments" in target for target in seen) == 2


class Later(SystemClock):
    """The machine's clock, a good minute ahead."""

    def monotonic(self):
        return super().monotonic() + 61


def test_candles_of_a_swap_come_from_the_paper_exchange(paper):
    """Its volume is in contracts, and what a contract is worth is attached."""
    frame = ox.candles(paper, "BTC/USDT:USDT")

    assert (len(frame), frame.attrs["instrument"]) == (300, ox.instrument(paper, "BTC-USDT-SWAP"))
    assert frame.attrs["instrument"].contract == Decimal("0.01")
    assert (frame["volume"] > 0).all()


def test_candles_of_a_derivative_that_is_not_listed_are_refused(paper):
    """The exchange lists no such swap, and the error says so."""
    with pytest.raises(SymbolError, match="lists no instrument 'NONE-USDT-SWAP'"):
        ox.candles(paper, "NONE-USDT-SWAP")


@pytest.mark.parametrize(
    ("symbol", "contract"), [("BTC-USDT-SWAP", "0.01"), ("ETH-USDC-SWAP", "0.001"), ("BTC-USDT", None)]
)
def test_instrument_of_a_linear_contract_knows_what_it_is_worth(paper, symbol, contract):
    """A linear contract comes with its value in base currency, as the exchange lists it; a spot pair has none."""
    listed = ox.instruments(paper, "SPOT" if contract is None else "SWAP").loc[symbol]
    made = ox.instrument(paper, symbol)

    assert (made.tick, made.lot, made.minimum) == (listed["tick"], listed["lot"], listed["minimum"])
    assert made.contract == (None if contract is None else listed["contract_value"] * listed["contract_multiplier"])


def test_instrument_that_is_inverse_is_refused_in_words(paper):
    """An inverse contract is worth dollars, and no fixed amount of coins."""
    with pytest.raises(SymbolError, match="not a fixed amount of BTC"):
        ox.instrument(paper, "BTC-USD-SWAP")
