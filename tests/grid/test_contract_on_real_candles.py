"""Contract grids over recorded candles and funding of OKX swaps, against the plain reference."""

from decimal import Decimal

import pandas as pd
import pytest

FIVE = [f"{coin}_20220501" for coin in ("BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "UNI", "XRP")] + ["OP_20220601"]
FUNDED = ["BTC_20260527", "ETH_20260527", "SOL_20260527", "ETHFI_20260526", "TIA_20260526"]
KINDS = ("long", "short", "neutral")


def candles_of(folder, name, rows):
    """Read the first candles of a file."""
    coin, day = name.split("_")
    bar, first, end = ("5m", day, "20221231") if day.startswith("2022") else ("30m", "20260526", "20260625")
    return pd.read_parquet(folder / "data" / f"{coin}-USDT-SWAP_{bar}_okx_{first}_{end}.parquet").head(rows)


def funding_of(folder, name):
    """Read the funding recorded beside them, exactly."""
    coin, day = name.split("_")
    paid = pd.read_parquet(folder / "data" / f"{coin}-USDT-SWAP_funding_okx_{day}_20260625.parquet")
    return [
        (int(ts) // 1000, Decimal(repr(float(rate)))) for ts, rate in zip(paid["ts"], paid["funding_rate"], strict=True)
    ]


def terms_of(candles, kind, **more):
    """Give a grid 8 % around the first open, on a tick of about a thousandth of it; the candles stay as they are."""
    rows = [
        tuple(Decimal(repr(float(price))) for price in row)
        for row in candles[["open", "high", "low", "close"]].itertuples(index=False)
    ]
    open_ = rows[0][0]
    tick = Decimal(10) ** (open_.adjusted() - 3)
    low, high = ((open_ * Decimal(part)) // tick * tick for part in ("0.92", "1.08"))
    terms = {
        "kind": kind,
        "low": low,
        "high": high,
        "grids": 12,
        "spacing": "geometric",
        "investment": Decimal(10_000),
        "leverage": Decimal(4),
        "weights": None,
        "tick": tick,
        "lot": Decimal("0.01"),
        "contract": Decimal(1) / 10 ** max(open_.adjusted(), 0),
        "maker": Decimal("0.0002"),
        "taker": Decimal("0.0005"),
        "through": False,
        "rows": rows,
        "times": [int(ts) // 1000 for ts in candles["ts"]],
        "marks": None,
        "funding": [],
        "tiers": [(Decimal(10_000), Decimal("0.005")), (Decimal(10**12), Decimal("0.02"))],
    }
    return terms | dict.fromkeys(("trigger", "stop_loss", "take_profit", "time_limit")) | more


@pytest.mark.parametrize(("number", "name"), list(enumerate(FIVE)))
def test_real_five_minutes_give_the_reference(shared, contract_reference, contract_games, number, name):
    """Five days of a swap in May or June 2022: every fill, every figure, and the liquidations there were."""
    terms = terms_of(candles_of(shared, name, 1440), KINDS[number % 3])

    game = contract_reference.play(terms)

    assert len(game.fills) > 20
    contract_games.compare(contract_games.run(terms), game, contract_reference)


@pytest.mark.parametrize(("number", "name"), list(enumerate(FUNDED)))
def test_real_funding_gives_the_reference(shared, contract_reference, contract_games, number, name):
    """A month of half hours with the funding that was paid in it, each payment to the last digit."""
    terms = terms_of(
        candles_of(shared, name, 1440), KINDS[number % 3], funding=funding_of(shared, name), leverage=Decimal(2)
    )

    game = contract_reference.play(terms)

    assert game.funding
    contract_games.compare(contract_games.run(terms), game, contract_reference)


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FIVE)
def test_all_real_five_minutes_give_the_reference(shared, contract_reference, contract_games, kind, name):
    """Eight months of a swap, in six pieces: each a grid of its own."""
    whole, fills = candles_of(shared, name, 10**9), 0
    for first in range(0, len(whole) - 1, 12_000):
        terms = terms_of(whole.iloc[first : first + 12_000], kind, through=first % 24_000 == 0)
        game = contract_reference.play(terms)
        fills += len(game.fills)
        contract_games.compare(contract_games.run(terms), game, contract_reference)
    assert fills > 500
