"""So many days of minutes, from the exchange or from a file, ready to be traded over."""

from pathlib import Path

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.exchange import Session
from okxlab.market.candles import candles
from okxlab.market.instruments import instrument
from okxlab.model import utc_moment
from okxlab.store import Store, read_candles

_MOST_DAYS = 10_000


def history(
    session: Session,
    symbol: str,
    *,
    days: int = 14,
    start: str = "",
    file: Path | str = "",
    store: Store | Path | str | bool | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Give whole days of one-minute candles with the instrument's steps attached.

    Parameters
    ----------
    days
        How many days, 1 to 10000.
    start
        The first day (UTC); without it the last ``days`` days there are.
    file
        A Parquet or CSV file to take the candles from; without it they are pulled from the exchange. The instrument's
        tick, lot and minimum come from the exchange in both cases.
    store
        Where to keep what is pulled and to read what is there, as in `candles`: a store, its place, or True for the
        workspace's.

    Returns
    -------
    DataFrame
        See `candles`; fewer rows where the source has gaps, which `okxlab.model.gaps` lists.

    Raises
    ------
    InputError
        When ``days`` is no whole number from 1 to 10000 or ``start`` is no date.
    CandleError
        When the source has no candle in that span, or holds rows that cannot be traded over.
    SymbolError
        When the exchange does not list the symbol.
    """
    span = _length(days)
    first = utc_moment(start, "start") if start else None
    listed = instrument(session, symbol)
    if file:
        frame = read_candles(file, start=first, end=None if first is None else first + span)
        frame = frame if first is not None else frame.loc[frame.index > frame.index[-1] - span]
    elif first is not None:
        frame = candles(session, symbol, start=first, end=first + span, store=store, progress=progress)
    else:
        newest = candles(session, symbol).index[-1]
        frame = candles(session, symbol, start=newest - span, end=newest, store=store, progress=progress)
    if frame.empty:
        raise CandleError(
            f"There are no candles of {listed.symbol} in that span.", "Choose another start or more days."
        )
    frame.attrs["instrument"] = listed
    return frame


def check_span(session: Session, symbol: str, *, days: int, start: str = "") -> None:
    """Prove with a read or two that `history` would find candles to give, without pulling them all.

    Raises
    ------
    InputError, CandleError, SymbolError
        As `history` would.
    """
    span = _length(days)
    if not start:
        candles(session, symbol)
        return
    first = utc_moment(start, "start")
    if candles(session, symbol, end=first + span).index[-1] < first:
        raise CandleError(f"There are no candles of {symbol} in that span.", "Choose an earlier start.")


def _length(days: int) -> pd.Timedelta:
    if not isinstance(days, int | np.integer) or not 1 <= days <= _MOST_DAYS:
        raise InputError(f"days is {days!r}.", f"Ask for 1 to {_MOST_DAYS} days, as a whole number.")
    return pd.Timedelta(days=int(days))
