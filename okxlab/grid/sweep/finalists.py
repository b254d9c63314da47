"""The best rows of a sweep, played: what cannot be counted is known of them too.

Beside the columns of `okxlab.grid.sweep.table` they have, as `Result.summary` has them: ``hold_end`` and ``half_end``
(quote; the same money all or half in base currency), ``max_drawdown`` (fraction of the peak), ``bars_below`` and
``bars_above`` (int64; closes outside the range), ``share_below`` and ``share_above`` (of all candles). Like the rest
they are float64, or Decimals in an exact sweep.
"""

import pandas as pd

from okxlab.grid.backtest import backtest
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.question import Question

COUNTS = ("bars_below", "bars_above")
FIGURES = ("hold_end", "half_end", "max_drawdown", "share_below", "share_above")


def played(candles: pd.DataFrame | PathIndex, question: Question, table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of a table with what a backtest of each adds."""
    bars = candles.candles if isinstance(candles, PathIndex) else candles
    instrument = question.rows.instrument
    summaries = [
        backtest(
            question.rows.spec(int(row)),
            bars,
            instrument=instrument,
            maker=question.maker,
            taker=question.taker,
            fill=question.fill,
        ).summary
        for row in table.index
    ]
    whole = {name: pd.Series([one[name] for one in summaries], table.index, dtype="int64") for name in COUNTS}
    kind = object if question.exact else "float64"
    money = {name: pd.Series([one[name] for one in summaries], table.index, dtype=kind) for name in FIGURES}
    return table.assign(**money, **whole)
