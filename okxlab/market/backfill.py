"""Months of bars of many instruments into the store: as fast as OKX allows, and from where it ended before."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Never

import pandas as pd
from tqdm.auto import tqdm

from okxlab.clock import SystemClock
from okxlab.errors import InputError, PullError
from okxlab.exchange import Session
from okxlab.market.backlog import Backlog, series_of
from okxlab.market.bars import CandleKind
from okxlab.market.pages import Tape
from okxlab.market.pull import at_once, pulled
from okxlab.market.timeframe import timeframe_of
from okxlab.model import Moment, instrument_id, utc_moment
from okxlab.store import Store, open_store


def backfill(  # noqa: PLR0913 - what, from when to when, and where to
    session: Session,
    symbols: str | Iterable[str],
    timeframe: str,
    start: Moment,
    end: Moment | None = None,
    *,
    kind: CandleKind = "candles",
    store: Store | Path | str | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Pull what the store lacks of some series, ``start <= time < end``, as fast as the exchange allows.

    A bar that a page lacks is asked for once more, at the endpoints of recent and of older bars; then it is recorded as
    absent and never asked for again, as is everything before the first bar, and after the last stored bar of what the
    exchange knows no more. A bar of the newest minute is left to the next call instead: not every server has it yet.
    Interrupted or killed, the next call goes on: at most 40 pages or 15 seconds of a series are not written yet. On the
    paper exchange, ``okxlab paper reset`` makes another market: give it another store.

    Parameters
    ----------
    symbols
        One or many, in either spelling. They take turns.
    timeframe
        A bar of `candles` that a store holds, up to ``1w``.
    start, end
        A date or time; without a zone it is UTC. Without ``end`` it is the newest finished bar.
    kind
        ``"candles"``, ``"mark"`` (the mark price) or ``"index"`` (of an index such as ``BTC-USD``).
    store
        Where to: a `Store`, or a folder or URL of one; default is the workspace's.
    progress
        Whether to show a bar for each symbol.

    Returns
    -------
    DataFrame
        One row a symbol (OKX's spelling, in the order given): the bars ``asked`` for, ``pulled``, ``present`` before,
        and ``absent`` at the exchange; requests as ``pages``; ``seconds``, ``bars_per_second``, ``error`` (empty).

    Raises
    ------
    InputError
        For a symbol, bar, kind or date that is none, before anything is asked.
    PullError
        At the end, when some symbols were not pulled whole; ``table`` has the rows of all. What came is kept.
    """
    bars, stop = timeframe_of(timeframe), threading.Event()
    span = span_of(start, end)
    given = [symbols] if isinstance(symbols, str) else symbols
    series = [series_of(session, kind, instrument_id(symbol), timeframe) for symbol in dict.fromkeys(given)]
    place = place_of(session, store)
    backlogs = [
        Backlog(Tape(session, kind, one.symbol, bars, stop), one, place, SystemClock(), *span)
        for one in dict.fromkeys(series)
    ]
    fill(backlogs, stop, progress=progress)
    return _whole(backlogs)


def fill(backlogs: Sequence[Backlog], stop: threading.Event, *, progress: bool) -> None:
    """Pull what backlogs lack into their store; each keeps its error. An interruption keeps what has come."""
    at_once(Backlog.survey, backlogs, stop)
    by_tape = {id(one.tape): one for one in backlogs}
    pulls = [one.pull for one in backlogs if one.pull is not None]
    try:
        with _shown(backlogs, progress=progress) as shown:
            for pull, page in pulled(pulls, stop):
                backlog = by_tape[id(pull.tape)]
                backlog.take(page)
                shown[backlog.tape.name].update(pull.tape.timeframe.count(page.span))
                for one in backlogs:
                    one.tend()
    finally:
        for one in backlogs:
            one.finish()


def _whole(backlogs: Sequence[Backlog]) -> pd.DataFrame:
    """Give the table, or raise it when some were not pulled whole."""
    names = [one.tape.name for one in backlogs]
    table = pd.DataFrame([one.row() for one in backlogs], index=pd.Index(names, name="symbol", dtype="str"))
    failed = {one.tape.name: one.error for one in backlogs if one.error is not None}
    if not failed:
        return table
    first = next(iter(failed.values()))
    what = f"{len(failed)} of {len(names)} symbols were not pulled whole, {', '.join(failed)}: {first}"
    raise PullError(what, "What came is kept; call it again to go on.", table=table) from first


def place_of(session: Session, store: Store | Path | str | None) -> Store:
    """Open a store that is named in one of the ways it may be."""
    if isinstance(store, Store):
        return store
    return open_store(session.workspace) if store is None else Store(store)


def span_of(start: Moment | None, end: Moment | None) -> tuple[int, int | None]:
    """Give the moments that bound a span, in ms; the beginning of time and None where no bound is given.

    Raises
    ------
    InputError
        When a moment is no date, or the span ends before it starts.
    """
    since = 0 if start is None else _milliseconds(start, "start")
    until = None if end is None else _milliseconds(end, "end")
    if until is not None and since >= until:
        raise InputError(f"The span ends at {end}, not after its start {start}.", "Give a later end.")
    return since, until


@contextmanager
def _shown(backlogs: Sequence[Backlog], *, progress: bool) -> Iterator[dict[str, "tqdm[Never]"]]:
    """Show a bar for each symbol of which something is pulled."""
    shown = {
        one.tape.name: tqdm(
            total=one.lacking,
            unit=" bars",
            desc=f"{one.tape.name} {one.series.timeframe}",
            disable=not (progress and one.missing),
        )
        for one in backlogs
    }
    try:
        yield shown
    finally:
        for bar in shown.values():
            bar.close()


def _milliseconds(value: Moment, name: str) -> int:
    """Read a moment, rounded up to a millisecond, so that it bounds the same bars."""
    return -(-int(utc_moment(value, name).as_unit("ns").value) // 1_000_000)
