"""Candles from the exchange, paged back to where they were asked from."""

from collections.abc import Iterator

import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import CandleError, InputError
from okxlab.exchange import Session, read
from okxlab.market.bars import candle_frame
from okxlab.market.instruments import find_listed
from okxlab.model import Moment, check_candles, utc_moment

# six hours and longer are asked for in UTC: OKX's plain days begin at 16:00 UTC
_BARS = {
    "1m": "1m",
    "3m": "3m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1H",
    "2h": "2H",
    "4h": "4H",
    "6h": "6Hutc",
    "12h": "12Hutc",
    "1d": "1Dutc",
    "1w": "1Wutc",
}
_PAGE = 300
_FINISHED = "1"


def candles(
    session: Session,
    symbol: str,
    bar: str = "1m",
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Pull finished candles, ``start <= time < end``, all of them.

    Parameters
    ----------
    symbol
        In either spelling.
    bar
        ``1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w``; six hours and longer begin at UTC hours and days.
    start, end
        A date or time; without a zone it is UTC. Without ``start`` the 300 finished bars before ``end`` come; without
        ``end`` it is now.
    progress
        Whether to show a bar while pages arrive.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC, the bar's opening), float64 columns ``open``, ``high``, ``low``, ``close`` (quote) and
        ``volume`` (base; contracts for derivatives). The unfinished bar is left out. For spot
        ``attrs["instrument"]`` holds the `okxlab.Instrument`.

    Raises
    ------
    InputError
        For an unknown bar, a start or end that is no date, or a span that ends before it starts.
    SymbolError
        When the exchange does not list the symbol.
    CandleError
        When there is none in that span.
    """
    if bar not in _BARS:
        raise InputError(f"There is no bar {bar!r}.", f"Use one of {' '.join(_BARS)}.")
    name, listed = find_listed(session, symbol)
    since = _milliseconds(start, "start") if start is not None else None
    until = _milliseconds(end, "end") if end is not None else None
    if since is not None and until is not None and since >= until:
        raise InputError(f"The span ends at {end}, not after its start {start}.", "Give a later end.")
    rows: dict[int, list[str]] = {}  # by stamp: the two endpoints overlap where they meet
    with tqdm(unit="bar", desc=f"{name} {bar}", disable=not progress) as shown:
        for page in _pages(session, name, bar, since, until):
            rows |= {int(row[0]): row for row in page if row[8] == _FINISHED and int(row[0]) >= (since or 0)}
            shown.update(len(page))
            if since is None and len(rows) >= _PAGE:
                break
    if not rows:
        raise CandleError(f"There are no candles of {name} in that span.", "Choose a span between its listing and now.")
    frame = candle_frame(list(rows.values())).iloc[-_PAGE if since is None else 0 :]
    if listed is not None:
        frame.attrs["instrument"] = listed
    return check_candles(frame)


def _pages(session: Session, name: str, bar: str, since: int | None, until: int | None) -> Iterator[list[list[str]]]:
    """Walk back from ``until``, newest page first: the recent bars from one endpoint, older ones from the other."""
    method, cursor = "publicGetMarketCandles", until
    while True:
        params = {"instId": name, "bar": _BARS[bar], "limit": str(_PAGE)}
        page = read(session, method, params if cursor is None else {**params, "after": str(cursor)})
        if page:
            yield page
            cursor = int(page[-1][0])
        elif method == "publicGetMarketHistoryCandles":
            return
        else:
            method = "publicGetMarketHistoryCandles"
        if since is not None and cursor is not None and cursor <= since:
            return


def _milliseconds(value: Moment, name: str) -> int:
    return int(utc_moment(value, name).timestamp() * 1000)
