"""So many days of minutes, from the exchange or from a file, ready to be traded over."""

from pathlib import Path

import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.exchange import Session
from okxlab.market.candles import candles
from okxlab.market.instruments import instrument
from okxlab.store import read_candles


def history(
    session: Session, symbol: str, *, days: int = 14, start: str = "", file: Path | str = "", progress: bool = True
) -> pd.DataFrame:
    """Give whole days of one-minute candles with the instrument's steps attached.

    Parameters
    ----------
    days
        How many days, 1 or more.
    start
        The first day (UTC); without it the last ``days`` days there are.
    file
        A Parquet or CSV file to take the candles from; without it they are pulled from the exchange. The instrument's
        tick, lot and minimum come from the exchange in both cases.

    Returns
    -------
    DataFrame
        See `candles`; fewer rows where the source has gaps, which `okxlab.model.gaps` lists.

    Raises
    ------
    InputError
        When ``days`` is below 1 or ``start`` is no date.
    CandleError
        When the source has no candle in that span, or holds rows that cannot be traded over.
    SymbolError
        When the exchange does not list the symbol.
    """
    if days < 1:
        raise InputError(f"days is {days}.", "Ask for at least one day.")
    span = pd.Timedelta(days=days)
    first = _day(start) if start else None
    listed = instrument(session, symbol)
    if file:
        frame = read_candles(file, start=first, end=None if first is None else first + span)
        frame = frame if first is not None else frame.loc[frame.index > frame.index[-1] - span]
    elif first is not None:
        frame = candles(session, symbol, start=first, end=first + span, progress=progress)
    else:
        newest = candles(session, symbol).index[-1]
        frame = candles(session, symbol, start=newest - span, end=newest, progress=progress)
    if frame.empty:
        raise CandleError(
            f"There are no candles of {listed.symbol} in that span.", "Choose another start or more days."
        )
    frame.attrs["instrument"] = listed
    return frame


def _day(text: str) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(text)
    except ValueError:
        raise InputError(f"start is {text!r}, which is not a date.", "Write it as 2024-01-31.") from None
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
