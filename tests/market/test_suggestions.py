"""The grids OKX suggests, as frames."""

from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import InputError, SymbolError

SPOT = {
    "instId": "BTC-USDT",
    "algoOrdType": "grid",
    "duration": "7D",
    "gridNum": "5",
    "maxPx": "21373.3",
    "minPx": "15544.2",
    "perMaxProfitRate": "0.0733865364573281",
    "perMinProfitRate": "0.0561101403446263",
    "perGridProfitRatio": "1.0",
    "annualizedRate": "1.5849",
    "minInvestment": "0.89557758",
    "ccy": "USDT",
    "runType": "1",
    "direction": "",
    "lever": "",
    "sourceCcy": "USDT",
}


def test_a_suggestion_is_read_to_the_last_digit(told):
    """Prices and money are exact, counts whole, the way of spacing a word; a spot grid has no direction or leverage."""
    session = told({"tradingBot/grid/ai-param": [SPOT]})

    row = ox.grid_suggestions(session, "BTC/USDT", durations="7D").loc["7D"]

    assert row[["low", "high", "minimum_investment"]].to_list() == [
        Decimal("15544.2"),
        Decimal("21373.3"),
        Decimal("0.89557758"),
    ]
    assert (row["grids"], row["spacing"], row["direction"], row["leverage"]) == (5, "arithmetic", "", None)
    assert (row["profit_low"], row["profit_high"], row["annual_yield"]) == (
        0.0561101403446263,
        0.0733865364573281,
        1.5849,
    )


def test_a_contract_is_asked_for_with_its_direction(told):
    """The question names the kind, the direction and each duration; a geometric suggestion is called so."""
    asked = []

    def answer(query):
        asked.append({name: value[0] for name, value in query.items()})
        return [SPOT | {"runType": "2", "direction": "short", "lever": "3", "duration": query["duration"][0]}]

    session = told({"tradingBot/grid/ai-param": answer})
    table = ox.grid_suggestions(session, "BTC/USDT:USDT", direction="short")

    assert [one.pop("duration") for one in asked] == ["7D", "30D", "180D"]
    assert asked == [{"algoOrdType": "contract_grid", "direction": "short", "instId": "BTC-USDT-SWAP"}] * 3
    assert table.index.to_list() == ["7D", "30D", "180D"]
    assert set(zip(table["spacing"], table["leverage"], strict=True)) == {("geometric", Decimal(3))}


def test_the_paper_exchange_suggests_grids_that_can_be_made(paper):
    """Each suggestion of the paper exchange is a grid of its kind on the instrument's tick."""
    for symbol in ("BTC-USDT", "BTC-USDT-SWAP"):
        table = ox.grid_suggestions(paper, symbol)
        tick = ox.instrument(paper, symbol).tick

        assert table["grids"].ge(2).all()
        assert all(price % tick == 0 for price in [*table["low"], *table["high"]])
        assert (table["low"] < table["high"]).all()


@pytest.mark.parametrize(
    ("symbol", "terms", "error", "says"),
    [
        ("BTC-USDT", {"durations": ["8D"]}, InputError, "no duration '8D'"),
        ("BTC-USDT-SWAP", {"direction": "up"}, InputError, "no direction 'up'"),
        ("BTC-USD-271231-100000-C", {}, InputError, "is an option"),
        ("NONE-USDT", {}, SymbolError, "lists no instrument 'NONE-USDT'"),
    ],
)
def test_what_is_not_suggested_is_refused(paper, symbol, terms, error, says):
    """Durations and directions that are none, options, and what is not listed."""
    with pytest.raises(error, match=says):
        ox.grid_suggestions(paper, symbol, **terms)
