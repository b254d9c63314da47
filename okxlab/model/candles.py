"""The candle frame: what one must be before anything is computed from it."""

from typing import Any

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.model.instrument import Instrument
from okxlab.model.timeframe import bar_length

PRICES = ["open", "high", "low", "close"]


def check_candles(candles: pd.DataFrame) -> pd.DataFrame:
    """Give the same candles once they have proved fit to trade over.

    A candle frame has a timezone-aware UTC index (the bar's opening time, strictly rising) and float64 columns
    ``open``, ``high``, ``low``, ``close`` in quote currency, all finite and positive, with ``low`` and ``high`` around
    the other two. ``volume`` (base currency) may be there and may hold NaN. Gaps between bars are allowed: see `gaps`.

    Raises
    ------
    CandleError
        Names the first row at fault and the next step. Nothing is repaired in silence.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [1.0], "high": [2.0], "low": [1.0], "close": [2.0]},
    ...                     index=pd.DatetimeIndex(["2024-01-01"], tz="UTC"))
    >>> len(check_candles(bars))
    1
    """
    _check_shape(candles)
    _check_index(candles.index)
    _check_prices(candles)
    return candles


def gaps(candles: pd.DataFrame) -> pd.DataFrame:
    """List the holes between bars.

    The bar's length is the most frequent distance between neighbours.

    Returns
    -------
    DataFrame
        One row a hole: ``after`` and ``before`` (UTC, the bars on either side) and ``missing`` (int, bars absent).
    """
    times = pd.DatetimeIndex(candles.index)
    if len(times) < 2:
        return pd.DataFrame({"after": times[:0], "before": times[:0], "missing": np.array([], dtype=np.int64)})
    length, step = bar_length(times), times[1:] - times[:-1]
    wide = np.flatnonzero(step > length)
    missing = (step[wide] // length - 1).to_numpy(dtype=np.int64)
    return pd.DataFrame({"after": times[wide], "before": times[wide + 1], "missing": missing})


def instrument_of(candles: pd.DataFrame, instrument: Instrument | None = None) -> Instrument:
    """Give the instrument that candles are of: the one handed in, else the one in their ``attrs``.

    Raises
    ------
    InputError
        When there is neither.

    Examples
    --------
    >>> bars = pd.DataFrame()
    >>> bars.attrs["instrument"] = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> instrument_of(bars).symbol
    'BTC-USDT'
    """
    found = instrument if instrument is not None else getattr(candles, "attrs", {}).get("instrument")
    if not isinstance(found, Instrument):
        what = "These candles name no instrument" if found is None else f"The instrument is a {type(found).__name__}"
        raise InputError(f"{what}.", "Pass instrument=ox.Instrument(symbol, tick=..., lot=..., minimum=...).")
    return found


def _check_shape(candles: pd.DataFrame) -> None:
    if not isinstance(candles, pd.DataFrame):
        raise CandleError(f"Candles are a {type(candles).__name__}, not a DataFrame.", "Pull them with ox.candles().")
    absent = [name for name in PRICES if name not in candles.columns]
    if absent:
        raise CandleError(
            f"The candles lack the column {absent[0]!r}.", f"They need {', '.join(PRICES)}; see ox.candles()."
        )
    if candles.empty:
        raise CandleError("There are no candles in that span.", "Choose a span that the data covers.")


def _check_index(index: pd.Index) -> None:
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise CandleError("The candles' index is not timezone-aware time.", "Use pd.to_datetime(..., utc=True).")
    absent = np.flatnonzero(index.isna())
    if absent.size:
        raise CandleError(f"Candle row {absent[0]} has no time.", "Remove or correct the row, then try again.")
    order = index.asi8
    bad = np.flatnonzero(np.diff(order) <= 0)
    if bad.size:
        row = int(bad[0]) + 1
        what = "repeats the time of" if order[row] == order[row - 1] else "is earlier than"
        raise CandleError(
            f"Candle row {row} ({index[row].isoformat()}) {what} the row before it.",
            "Sort the rows and drop the duplicates you do not trust.",
        )


def _check_prices(candles: pd.DataFrame) -> None:
    try:
        values = np.column_stack([candles[name].to_numpy(dtype=np.float64) for name in PRICES])
    except (TypeError, ValueError) as error:
        raise CandleError(f"The candles hold something that is not a number: {error}.", "Give float columns.") from None
    opened, high, low, close = values.T
    # NaN is in no order: what is not finite does not pass either
    if ((low > 0) & (high < np.inf) & (low <= opened) & (low <= close) & (high >= opened) & (high >= close)).all():
        return
    _refuse(candles, ~np.isfinite(values).all(axis=1), "holds a price that is not finite")
    _refuse(candles, (values <= 0).any(axis=1), "holds a price that is not positive")
    low, high = values[:, 2], values[:, 1]
    body = values[:, [0, 3]]
    outside = (low > body.min(axis=1)) | (high < body.max(axis=1))
    _refuse(candles, outside, "has an open or close outside its low and high")


def _refuse(candles: pd.DataFrame, bad: Any, what: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        row = int(rows[0])
        raise CandleError(
            f"Candle row {row} ({candles.index[row].isoformat()}) {what}.", "Remove or correct the row, then try again."
        )
