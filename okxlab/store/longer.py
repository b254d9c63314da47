"""Longer bars of a stored series, kept as a series of their own."""

import pandas as pd

from okxlab.errors import InputError
from okxlab.model import resample
from okxlab.store.commit import Written
from okxlab.store.series import Series, moments
from okxlab.store.spans import union
from okxlab.store.store import Store


def resample_series(store: Store, series: Series, timeframe: str) -> Written:
    """Make longer bars of everything a series covers, and keep them beside it.

    A longer bar is made where its whole time is covered, so that none is half known: bars the source is known not to
    have count as covered, bars nobody was asked for do not. Prices are exact, volumes rounded once: `okxlab.resample`.

    Parameters
    ----------
    timeframe
        A length of bars that a store keeps, and a multiple of the series' own.

    Returns
    -------
    Written
        How many bars were added, replaced, or there already.

    Raises
    ------
    InputError
        When the series are no bars, or the length is none or no multiple.
    StoreError
        When the store cannot be read or written.
    """
    longer = Series(series.exchange, series.kind, series.symbol, timeframe)
    if not series.bars or longer.step % series.step or longer.step == series.step:
        raise InputError(f"{series} cannot be joined to bars of {timeframe}.", "Choose a multiple of its own.")
    spans = store.spans(series)
    covered = union(
        zip(*(pd.DatetimeIndex(spans[end]).as_unit("ms").asi8.tolist() for end in ("start", "end")), strict=True)
    )
    total = Written()
    for first, last in ((longer.up(start), longer.down(end)) for start, end in covered):
        if first < last:
            total += _join(store, series, longer, first, last)
    return total


def _join(store: Store, series: Series, longer: Series, first: int, last: int) -> Written:
    span = (moments([first])[0], moments([last])[0])
    bars = store.read(series, *span)
    if len(bars):
        bars = resample(bars, longer.timeframe, source=series.timeframe).drop(columns="missing")
    return store.write(longer, bars, span=span, source=f"{series.timeframe} joined")
