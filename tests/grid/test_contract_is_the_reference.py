"""The fast backtest of contract grids against the plain reference, fill by fill and figure by figure."""

from decimal import Decimal

import numpy as np
import pytest

from okxlab.errors import SpecError

START = 1_704_067_200  # 2024-01-01T00:00Z


def drawn(random):
    """Draw a grid, its market, and a short walk that visits both, as plain values."""

    def one_of(*values):
        return values[random.integers(len(values))]

    tick = Decimal(one_of("1", "0.5", "0.01"))
    first, width, n = int(random.integers(15, 60)), int(random.integers(4, 22)), int(random.integers(2, 7))
    low, high = first * tick, (first + max(width, n)) * tick
    kind, leverage = one_of("long", "short", "neutral"), Decimal(one_of("1", "2", "3.5", "5", "10", "20"))
    contract, lot = Decimal(one_of("1", "0.1", "10")), Decimal(one_of("1", "0.1"))
    investment = high * contract * lot * n / leverage * int(random.integers(2, 60))
    rows = [row(random, first, width, tick) for _ in range(random.integers(1, 14))]
    largest = investment * leverage / low / contract
    below, above = low - tick * int(random.integers(1, 8)), high + tick * int(random.integers(1, 8))
    stops = {"long": (below, above), "short": (above, below)}.get(kind, one_of((below, above), (above, below)))
    times = [START + 300 * (i + int(i > 6) * 3) for i in range(len(rows))]
    return {
        "kind": kind,
        "low": low,
        "high": high,
        "grids": n,
        "spacing": one_of("arithmetic", "geometric"),
        "investment": investment,
        "leverage": leverage,
        "weights": one_of(None, None, [int(weight) for weight in random.integers(1, 4, n)]),
        "tick": tick,
        "lot": lot,
        "contract": contract,
        "maker": Decimal(one_of("0.0002", "0", "0.01", "-0.001")),
        "taker": Decimal(one_of("0.0005", "0", "0.02")),
        "through": bool(random.integers(2)),
        "rows": rows,
        "times": times,
        "marks": one_of(None, None, [near(row(random, first, width, tick), bar) for bar in rows]),
        "funding": payments(random, times),
        "tiers": [(largest / 3, Decimal(one_of("0.004", "0.05"))), (largest * 3, Decimal(one_of("0.05", "0.2")))],
        "trigger": one_of(None, None, tick * int(random.integers(first - 2, first + width + 3))),
        "stop_loss": one_of(None, stops[0]),
        "take_profit": one_of(None, stops[1]),
        "time_limit": one_of(None, None, int(random.integers(1, 3000)), 300 * int(random.integers(1, 10))),
    }


def row(random, first, width, tick):
    """Draw open, high, low and close around the range, on the tick or between two."""
    unit = tick if random.integers(2) else tick / 10
    spread = random.integers(max(1, first - width), first + 2 * width, 4) * int(tick / unit)
    points = [unit * int(point + random.integers(0, int(tick / unit))) for point in spread]
    open_, close = points[0], points[3]
    return tuple(Decimal(repr(float(price))) for price in (open_, max(points), min(points), close))


def near(mark, bar):
    """Give a mark as it is, or the candle itself where their closes are more than twofold apart, which is refused."""
    return mark if bar[3] <= 2 * mark[3] and mark[3] <= 2 * bar[3] else bar


def payments(random, times):
    """Draw funding at openings, within candles, several at once, before the first and after the last."""
    count = int(random.integers(0, 8))
    moments = sorted({int(moment) for moment in random.integers(START - 600, times[-1] + 600, count)})
    moments = sorted({moment - moment % 300 if random.integers(2) else moment for moment in moments})
    return [(moment, Decimal(repr(round(float(random.normal(0, 0.02)), 6)))) for moment in moments]


def play_many(reference, games, seed, count):
    """Compare many games of a seed, and count those there were, and what happened in them."""
    random, seen = np.random.default_rng(seed), {"games": 0, "fills": 0}
    for _ in range(count):
        terms = drawn(random)
        try:
            result = games.run(terms)
        except SpecError:
            continue
        game = reference.play(terms)
        games.compare(result, game, reference)
        seen["games"] += 1
        seen["fills"] += len(game.fills)
        for _, event, _ in game.events:
            seen[event] = seen.get(event, 0) + 1
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_contract_backtest_is_the_plain_reference(contract_reference, contract_games, seed):
    """Every fill, fee, funding, balance, event and figure of hundreds of games is that of the slow, obvious program."""
    seen = play_many(contract_reference, contract_games, seed, 60)

    assert seen["games"] > 50
    assert all(seen.get(event) for event in ("launch", "liquidation", "stop_loss", "take_profit", "time_limit"))


def test_thousands_of_fills_are_those_of_the_reference(contract_reference, contract_games):
    """A price that swings over six levels for days: more fills than fit in one piece of room, and all of them equal."""
    terms = drawn(np.random.default_rng(0)) | {
        "kind": "neutral",
        "low": Decimal(20),
        "high": Decimal(26),
        "grids": 6,
        "spacing": "arithmetic",
        "investment": Decimal(1000),
        "leverage": Decimal(1),
        "tick": Decimal(1),
        "weights": None,
        "marks": None,
        **dict.fromkeys(("trigger", "stop_loss", "take_profit", "time_limit")),
        "tiers": [(Decimal(10**9), Decimal("0.004"))],
        "rows": [(Decimal(23), Decimal(26), Decimal(20), Decimal(23 + i % 2)) for i in range(300)],
        "times": [START + 300 * i for i in range(300)],
        "funding": [(START + 1000 * i, Decimal("0.0001")) for i in range(80)],
    }

    game = contract_reference.play(terms)

    assert len(game.fills) > 2000
    contract_games.compare(contract_games.run(terms), game, contract_reference)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_contract_backtest_is_the_plain_reference_thousands_of_times(contract_reference, contract_games):
    """The same over ten thousand games more."""
    seen = play_many(contract_reference, contract_games, 99, 10_000)

    print(seen)
    assert seen["games"] > 6_000
