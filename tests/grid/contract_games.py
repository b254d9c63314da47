"""Games of contract grids as plain values: how they are run, and held against the plain reference."""

from datetime import timedelta

import pandas as pd

from okxlab.grid import GridSpec
from okxlab.grid.contract import backtest_contract
from okxlab.grid.money import EXACT, total
from okxlab.model import Instrument

COLUMNS = ["candle", "side", "level", "price", "size", "fee"]


def frame(rows, times):
    """Give rows as a candle frame."""
    index = pd.to_datetime(pd.Series(times), unit="s", utc=True)
    return pd.DataFrame(
        [[float(price) for price in one] for one in rows],
        columns=["open", "high", "low", "close"],
        index=pd.DatetimeIndex(index),
    )


def run(terms):
    """Run the backtest of plain values."""
    limit = terms["time_limit"]
    spec = GridSpec(
        "AAA-USDT-SWAP",
        sizes=terms["weights"] or "equal_base",
        time_limit=timedelta(seconds=limit) if limit else None,
        **{
            name: terms[name]
            for name in (
                *("kind", "low", "high", "grids", "spacing", "investment", "leverage"),
                *("trigger", "stop_loss", "take_profit"),
            )
        },
    )
    lot, stamps = terms["lot"], pd.to_datetime([moment for moment, _ in terms["funding"]], unit="s", utc=True)
    return backtest_contract(
        spec,
        frame(terms["rows"], terms["times"]),
        instrument=Instrument("AAA-USDT-SWAP", tick=terms["tick"], lot=lot, minimum=lot, contract=terms["contract"]),
        maker=terms["maker"],
        taker=terms["taker"],
        fill="through" if terms["through"] else "touch",
        mark=frame(terms["marks"], terms["times"]) if terms["marks"] else None,
        funding=pd.Series([rate for _, rate in terms["funding"]], index=stamps, dtype="object"),
        tiers=terms["tiers"],
    )


def compare(result, game, reference):
    """Hold a result against a game: events, fills, every figure, and the sums."""
    events = list(result.events[["candle", "event", "price"]].itertuples(index=False, name=None))
    assert events == game.events
    assert list(result.fills[COLUMNS].itertuples(index=False, name=None)) == game.fills
    told = reference.summary(game)
    assert {name: result.summary[name] for name in told} == told
    assert total(list(result.attribution.values())) == EXACT.subtract(told["equity_end"], result.spec.investment)
    assert result.summary["identity_residual"] == 0
    assert result.equity.iloc[-1] == float(told["equity_end"])
    assert (result.liquidated is not None) == any(event == "liquidation" for _, event, _ in events)
