"""What is odd in candles and what is done with it: told, never repaired in silence."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okxlab.errors import CandleError, InputError
from okxlab.model.candles import PRICES
from okxlab.model.instrument import Instrument
from okxlab.model.timeframe import bar_length, openings, timeframe_length

# What is done with each kind, wherever okxlab meets it.
TREATMENTS = {
    "missing": "left out: the path runs from the close before to the open after",
    "idle": "kept: the price stands, and no order is reached in these bars",
    "no volume": "kept: NaN means unknown, not zero; the prices count",
    "off tick": "used as they are, never rounded; levels and orders lie on the tick",
    "off lot": "used as they are, never rounded",
    "starts mid-day": "kept: what lies before was not traded or not recorded, and is no hole",
    "ends mid-day": "kept: what lies after is not known, and is no hole",
    "repeated": "refused; in_order() takes one of the equal rows",
    "contradicted": "refused; in_order(keep=...) takes the first or the last row",
    "backward": "refused; in_order() sorts the rows",
    "off beat": "kept by a backtest; refused by the store and by resample(), as no bar opens there",
    "impossible": "refused: a price is not finite, not positive, or outside low and high",
}
Values = NDArray[np.float64]
_DAY = pd.Timedelta(days=1)


class _Odd(NamedTuple):
    """One row of the report."""

    kind: str
    first: pd.Timestamp
    last: pd.Timestamp
    bars: int


def oddities(
    candles: pd.DataFrame, *, instrument: Instrument | None = None, timeframe: str | None = None
) -> pd.DataFrame:
    """List what is odd in candles, and what okxlab does with it. Nothing is changed.

    Unlike everything else that takes candles, this also reads frames that `check_candles` refuses.

    Parameters
    ----------
    candles
        A UTC index (the bar's opening), ``open``, ``high``, ``low``, ``close`` and, if there is one, ``volume``.
    instrument
        Whose tick and lot prices and volumes are held against; default ``candles.attrs["instrument"]``, else neither.
    timeframe
        The length of a bar; default the most frequent distance between neighbours.

    Returns
    -------
    DataFrame
        One row an oddity, in order of time: ``kind``; ``first`` and ``last`` (UTC, the bars it spans); ``bars`` (int64,
        how many); ``treatment`` (what is done with it). ``missing`` (absent bars), ``idle`` (one price and zero volume:
        nobody traded, or the exchange stood) and ``no volume`` (NaN) have a row a run; ``starts mid-day`` and
        ``ends mid-day`` count the day's absent bars; the rest has one row, with how many bars are concerned.

    Raises
    ------
    CandleError
        When it is no frame of candles, has a row without a time, or too few rows to tell a bar's length.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": [1.0, 2.0, 0.0, 3.0]},
    ...                     index=pd.to_datetime([0, 60, 120, 240], unit="s", utc=True))
    >>> oddities(bars)[["kind", "bars"]].to_dict("list")
    {'kind': ['idle', 'missing', 'ends mid-day'], 'bars': [1, 1, 1435]}
    """
    _check_readable(candles)
    ordered = in_order(candles)
    times, prices = pd.DatetimeIndex(ordered.index), _numbers(ordered, PRICES)
    bar = timeframe_length(timeframe) if timeframe else bar_length(times)
    found: list[_Odd] = [*_out_of_order(candles), *_impossible(candles), *_missing(times, bar), *_ends(times, bar)]
    found += _once("off beat", times, times.asi8 != openings(times, bar).asi8)
    volume = _numbers(ordered, ["volume"])[:, 0] if "volume" in candles.columns else None
    if volume is not None:
        found += _runs("idle", times, (ordered["high"] == ordered["low"]).to_numpy() & (volume == 0))
        found += _runs("no volume", times, np.isnan(volume))
    steps = instrument if instrument is not None else candles.attrs.get("instrument")
    if steps is not None:
        found += _once("off tick", times, np.logical_or.reduce(~_on_step(prices, steps.tick), axis=1))
    if steps is not None and volume is not None:
        found += _once("off lot", times, ~_on_step(volume, steps.lot) & ~np.isnan(volume))
    found.sort(key=lambda odd: odd.first)
    frame = pd.DataFrame(found, columns=_Odd._fields)
    types = {"first": "datetime64[ms, UTC]", "last": "datetime64[ms, UTC]", "bars": "int64", "kind": "str"}
    return frame.astype(types).assign(treatment=frame["kind"].map(TREATMENTS).astype("str"))


def in_order(candles: pd.DataFrame, *, keep: Literal["first", "last"] = "first") -> pd.DataFrame:
    """Give candles sorted by time, with one row a time: of rows that share one, the first or the last in the frame.

    The rule that repairs what `check_candles` refuses, for whoever asks for it; `oddities` says how much there is.

    Raises
    ------
    InputError
        When ``keep`` is neither.

    Examples
    --------
    >>> bars = pd.DataFrame({"close": [2.0, 1.0, 3.0]}, index=pd.to_datetime([60, 0, 60], unit="s", utc=True))
    >>> in_order(bars, keep="last")["close"].tolist()
    [1.0, 3.0]
    """
    if keep not in ("first", "last"):
        raise InputError(f"keep is {keep!r}.", "Keep the 'first' or the 'last' of rows that share a time.")
    return candles[~candles.index.duplicated(keep=keep)].sort_index(kind="stable")


def _check_readable(candles: pd.DataFrame) -> None:
    index = getattr(candles, "index", None)
    if not isinstance(candles, pd.DataFrame) or not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise CandleError("That is no frame with a UTC index.", "Give candles as ox.candles() does.")
    absent = [name for name in PRICES if name not in candles.columns]
    if absent or index.hasnans:
        what = f"lack the column {absent[0]!r}" if absent else "have a row without a time"
        raise CandleError(f"The candles {what}.", f"They need a time and {', '.join(PRICES)} in every row.")


def _numbers(candles: pd.DataFrame, names: list[str]) -> Values:
    try:
        return candles[names].to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CandleError(f"The candles hold something that is not a number: {error}.", "Give float columns.") from None


def _out_of_order(candles: pd.DataFrame) -> Iterator[_Odd]:
    times = pd.DatetimeIndex(candles.index)
    again = times.duplicated(keep="first")
    same = again & candles.assign(time=times).duplicated(keep="first").to_numpy() if again.any() else again
    backward = times.asi8 < np.maximum.accumulate(times.asi8)
    for kind, rows in (("repeated", same), ("contradicted", again & ~same), ("backward", backward & ~again)):
        yield from _once(kind, times, rows)


def _impossible(candles: pd.DataFrame) -> Iterator[_Odd]:
    prices = _numbers(candles, PRICES)
    high, low = prices[:, 1], prices[:, 2]
    # NaN compares as false, so that sound is what compares as it should
    sound = (prices > 0).all(axis=1) & (prices < np.inf).all(axis=1)
    sound &= (low <= prices.min(axis=1)) & (high >= prices.max(axis=1))
    yield from _once("impossible", pd.DatetimeIndex(candles.index), ~sound)


def _missing(times: pd.DatetimeIndex, bar: pd.Timedelta) -> Iterator[_Odd]:
    steps = times[1:] - times[:-1]
    for row in np.flatnonzero(steps >= bar * 2).tolist():
        absent = steps[row] // bar - 1
        yield _Odd("missing", times[row] + bar, times[row] + bar * absent, absent)


def _ends(times: pd.DatetimeIndex, bar: pd.Timedelta) -> Iterator[_Odd]:
    first, last = times[0], times[-1]
    if bar >= _DAY:
        return
    if before := (first - first.normalize()) // bar:
        yield _Odd("starts mid-day", first, first, before)
    if after := (last.normalize() + _DAY - last) // bar - 1:
        yield _Odd("ends mid-day", last, last, after)


def _on_step(values: Values, step: Decimal) -> NDArray[np.bool_]:
    """Tell which floats are the nearest to a whole number of steps."""
    above, below = (float(part) for part in step.as_integer_ratio())
    # one rounding: an integer over an integer is the float nearest the exact value
    on: NDArray[np.bool_] = np.rint(values * (below / above)) * above / below == values
    return on


def _once(kind: str, times: pd.DatetimeIndex, held: NDArray[np.bool_]) -> Iterator[_Odd]:
    """Give one row for all bars of a kind."""
    rows = np.flatnonzero(held)
    if rows.size:
        yield _Odd(kind, times[rows].min(), times[rows].max(), int(rows.size))


def _runs(kind: str, times: pd.DatetimeIndex, held: NDArray[np.bool_]) -> Iterator[_Odd]:
    """Give a row for each unbroken run of neighbouring bars."""
    edges = np.flatnonzero(np.diff(held.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    for begin, end in edges.tolist():
        yield _Odd(kind, times[begin], times[end - 1], end - begin)
