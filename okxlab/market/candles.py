"""Candles from the exchange, or from the store where it has them."""

import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

from okxlab.clock import SystemClock
from okxlab.errors import CandleError, InputError, SymbolError
from okxlab.exchange import Session
from okxlab.market.backfill import fill, place_of, span_of
from okxlab.market.backlog import Backlog, series_of
from okxlab.market.bars import CandleKind, candle_frame
from okxlab.market.filling import moment, stacked
from okxlab.market.instruments import find_listed
from okxlab.market.pages import ENDPOINTS, Tape
from okxlab.market.pull import Pull, pulled
from okxlab.market.timeframe import Span, timeframe_of
from okxlab.model import Instrument, Moment, check_candles, instrument_id
from okxlab.store import Store

_NEWEST = 300


def candles(  # noqa: PLR0913 - what, from when to when, and whether it is kept
    session: Session,
    symbol: str,
    bar: str = "1m",
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    kind: CandleKind = "candles",
    store: Store | Path | str | bool | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Give finished candles, ``start <= time < end``, all of them.

    Parameters
    ----------
    symbol
        In either spelling.
    bar
        ``1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 2d 3d 1w 1M 3M``; six hours and longer begin at UTC hours and days.
    start, end
        A date or time; without a zone it is UTC. Without ``start`` the 300 finished bars before ``end`` come; without
        ``end`` it is now.
    kind
        ``"candles"`` of trades, ``"mark"`` of the mark price, ``"index"`` of an index such as ``BTC-USD``.
    store
        A `Store`, its folder or URL, or True for the workspace's: only what is missing there is pulled, and put in. The
        result is the same. It needs a ``start`` and a bar that a store holds.
    progress
        Whether to show a bar while pages arrive.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC, the bar's opening), float64 columns ``open``, ``high``, ``low``, ``close`` (quote) and, of
        trades, ``volume`` (base; contracts for derivatives). The unfinished bar is left out. For candles of
        spot pairs and linear contracts ``attrs["instrument"]`` holds the `okxlab.Instrument`.

    Raises
    ------
    InputError
        For an unknown bar or kind, a start or end that is no date, or a span that ends before it starts.
    SymbolError
        When the exchange does not list the symbol.
    CandleError
        When there is none in that span.
    """
    bars = timeframe_of(bar)
    span, tape = span_of(start, end), Tape(session, kind, instrument_id(symbol), bars, threading.Event())
    if store is None or store is False:
        instrument = _listed(tape)
        frame = _newest(tape, span[1]) if start is None else _unstored(tape, span, progress=progress)
    else:
        if start is None:
            raise InputError("There is a store and no start.", "Give a start: a store is asked for a span.")
        place = place_of(session, None if store is True else store)
        backlog = Backlog(tape, series_of(session, kind, tape.name, bar), place, SystemClock(), *span)
        instrument = _listed(tape, may_be_gone=True)
        frame = _stored(backlog, progress=progress)
    return _checked(frame, tape.name, instrument)


def _checked(frame: pd.DataFrame, name: str, instrument: Instrument | None) -> pd.DataFrame:
    if frame.empty:
        raise CandleError(f"There are no candles of {name} in that span.", "Choose a span between its listing and now.")
    check_candles(frame)
    if instrument is not None:
        frame.attrs["instrument"] = instrument  # last: pandas copies it with every column that is looked at
    return frame


def _listed(tape: Tape, *, may_be_gone: bool = False) -> Instrument | None:
    """Give the steps of what has them; what the store has may be listed no more."""
    if tape.kind != "candles":
        return None
    try:
        return find_listed(tape.session, tape.name)[1]
    except SymbolError:
        if not may_be_gone:
            raise
    return None


def _unstored(tape: Tape, span: tuple[int, int | None], *, progress: bool) -> pd.DataFrame:
    edge = tape.edge()
    if edge is None:
        return candle_frame([], tape.kind)
    bars = tape.timeframe.anchored(edge)
    start, end = span
    wanted = bars.up(start), edge if end is None else min(bars.up(end), edge)
    return _between(replace(tape, timeframe=bars), wanted, edge, progress=progress)


def _between(tape: Tape, span: Span, edge: int, *, progress: bool) -> pd.DataFrame:
    pull, frames = Pull(tape, [span], edge), [candle_frame([], tape.kind)]
    total = max(0, tape.timeframe.count(span))
    with tqdm(total=total, unit=" bars", desc=f"{tape.name} {tape.timeframe.name}", disable=not progress) as shown:
        for _, page in pulled([pull], tape.stop):
            frames.append(candle_frame(page.rows, tape.kind))
            shown.update(tape.timeframe.count(page.span))
    if pull.error is not None:
        raise pull.error
    return stacked(frames)


def _stored(backlog: Backlog, *, progress: bool) -> pd.DataFrame:
    tape = backlog.tape
    fill([backlog], tape.stop, progress=progress)
    if backlog.error is not None:
        raise backlog.error
    start, end = backlog.asked
    frame = backlog.store.read(backlog.series, moment(start), moment(end))[list(backlog.series.columns)]
    edge = backlog.pull.edge if backlog.pull else end
    until = min(edge, backlog.end or edge)
    if until <= end:
        return frame
    # the exchange's clock is ahead of this one's: bars that the store does not take for finished yet
    ahead = replace(tape, stop=threading.Event())
    return stacked([frame, _between(ahead, (end, until), edge, progress=progress)])


def _newest(tape: Tape, until: int | None) -> pd.DataFrame:
    """Walk back from a moment until there are enough bars, wherever they are."""
    ends, cursor, rows = ENDPOINTS[tape.kind], until, list[list[str]]()
    for method in (ends.recent, ends.history):
        while sum(row[-1] == "1" for row in rows) < _NEWEST and (page := tape.before(method, cursor)):
            rows += page
            cursor = int(page[-1][0])
    return candle_frame(rows, tape.kind).iloc[-_NEWEST:]
