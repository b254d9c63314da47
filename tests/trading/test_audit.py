"""The audit of what the exchange suggests, and of what somebody else does."""

from decimal import Decimal

import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import InputError, SymbolError
from okxlab.trading import fee_rates

QUICK = {"bar": "15m", "paths": 20, "progress": False}


def test_the_suggestion_is_audited_on_the_days_it_was_made_of(paper):
    """Grid and claim are the exchange's, the fees the account's; as many days come before those it was made of."""
    told = ox.grid_suggestions(paper, "BTC-USDT", durations="7D").loc["7D"]

    audit = ox.audit(paper, "BTC-USDT", investment=5_000, **QUICK)

    seen = audit.stretches["seen"].result
    assert (audit.spec.low, audit.spec.grids, audit.spec.investment) == (told["low"], told["grids"], 5_000)
    assert (seen.ladder.maker, seen.ladder.taker) == fee_rates(paper, "BTC-USDT")
    assert audit.summary["candles"].to_dict() == {"before": 672, "seen": 672}
    assert audit.summary["claimed"].notna().all()
    assert (audit.summary["low_gain"] <= audit.summary["high_gain"]).all()


def test_the_suggestion_of_a_contract_pays_its_fees_and_funding(paper):
    """A swap's suggestion keeps direction and leverage, pays the swap's fees, and its funding is counted."""
    audit = ox.audit(paper, "BTC-USDT-SWAP", direction="short", **QUICK)

    seen = audit.stretches["seen"].result
    assert (audit.spec.kind, audit.spec.leverage) == ("short", 3)
    assert (seen.ladder.maker, seen.ladder.taker) == (Decimal("0.0002"), Decimal("0.0005"))
    assert seen.summary["funding"] != 0
    assert audit.summary["low_gain"].isna().all()


def test_another_grid_is_audited_from_when_it_was_told(paper):
    """A grid of one's own has no claim, and the candles since it was told are out of sample."""
    newest = ox.candles(paper, "BTC-USDT", "15m").index[-1]
    price = ox.candles(paper, "BTC-USDT", "15m")["close"].iloc[-1]
    spec = ox.GridSpec.around(ox.instrument(paper, "BTC-USDT"), price, percent=10, grids=20, investment=1_000)

    audit = ox.audit(paper, "BTC-USDT", spec=spec, told=newest - pd.Timedelta(days=2), maker=0, taker=0, **QUICK)

    assert list(audit.stretches) == ["before", "seen", "after"]
    assert audit.summary["days"].to_list() == pytest.approx([7, 7, 2], abs=0.05)
    assert audit.claimed is None
    assert audit.summary["fees"].eq(0).all()


def test_more_is_put_in_where_the_least_is_more(paper):
    """Without an investment it is 1,000, which is more than the exchange's least here."""
    assert ox.audit(paper, "ETH-USDT", **QUICK).spec.investment == 1_000


@pytest.mark.parametrize(
    ("symbol", "terms", "error", "says"),
    [
        ("BTC-USDT", {"told": "2024-01-01"}, InputError, "what OKX suggests now is of now"),
        ("BTC-USDT", {"duration": "8D"}, InputError, "no duration '8D'"),
        ("NONE-USDT", {}, SymbolError, "lists no instrument 'NONE-USDT'"),
    ],
)
def test_an_audit_that_cannot_be_is_refused(paper, symbol, terms, error, says):
    """A suggestion of now cannot have been told earlier; durations and symbols are OKX's."""
    with pytest.raises(error, match=says):
        ox.audit(paper, symbol, **terms)
