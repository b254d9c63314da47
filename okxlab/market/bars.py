"""Raw candle rows, as OKX pages them, to the frame that everything else takes."""

from collections.abc import Sequence
from itertools import chain
from typing import Literal

import numpy as np
import pandas as pd

from okxlab.market.columns import moments, numbers
from okxlab.model import PRICES

CandleKind = Literal["candles", "mark", "index"]

_COLUMNS = {"candles": pd.Index([*PRICES, "volume"]), "mark": pd.Index(PRICES), "index": pd.Index(PRICES)}


def candle_frame(rows: Sequence[Sequence[str]], kind: CandleKind = "candles") -> pd.DataFrame:
    """Give the finished bars among raw rows, in order of time, each once.

    Parameters
    ----------
    rows
        As OKX sends them, in any order: stamp (ms), open, high, low, close, for traded candles three volumes, and last
        whether the bar is finished.
    kind
        ``"candles"`` of trades, or ``"mark"`` and ``"index"``, whose bars have no volume.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC, the bar's opening); float64 ``open``, ``high``, ``low``, ``close`` and, for traded ones,
        ``volume`` (base currency for spot, contracts for derivatives). NaN where OKX sent nothing. Of two rows of one
        moment the first stays.

    Examples
    --------
    >>> frame = candle_frame([["1704067260000", "11", "12", "10", "12", "3", "3", "33", "0"],
    ...                       ["1704067200000", "10", "12", "9", "11", "5", "5", "50", "1"]])
    >>> frame.index[0].isoformat(), frame.to_numpy().tolist()
    ('2024-01-01T00:00:00+00:00', [[10.0, 12.0, 9.0, 11.0, 5.0]])
    """
    columns = _COLUMNS[kind]
    width = 1 + len(columns)
    done = [row[:width] for row in rows if row[-1] == "1"]
    values = numbers(chain.from_iterable(done)).reshape(-1, width)
    stamps, prices = values[:, 0], values[:, 1:]
    if (np.diff(stamps) < 0).all():  # a page is newest first
        stamps, prices = stamps[::-1], prices[::-1]
    else:
        stamps, first = np.unique(stamps, return_index=True)
        prices = prices[first]
    return pd.DataFrame(prices, index=moments(stamps).rename("time"), columns=columns)
