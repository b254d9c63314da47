"""Trades of everybody: the newest ones, and back as far as OKX keeps them."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import InputError
from okxlab.exchange import Session
from okxlab.market.columns import Rows, exacts, floats, read_columns, texts, times
from okxlab.market.listing import pages, read_about
from okxlab.model import Moment, instrument_id, utc_moment

_NEWEST = 500
_PAGE = "100"
_BY_TIME = "2"


def trades(session: Session, symbol: str, limit: int = 100, *, exact: bool = False) -> pd.DataFrame:
    """Give the newest trades of one instrument, in one call.

    Parameters
    ----------
    limit
        How many, 1 to 500.
    exact
        Whether prices and sizes come as Decimals, every digit as sent, instead of float64.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC), in order of ``id`` (int64), which the trades of one millisecond do not share; float64
        ``price`` (quote currency) and ``size`` (base currency; contracts for derivatives); ``side`` of the taker
        (``buy`` or ``sell``).

    Raises
    ------
    InputError
        When ``limit`` is not from 1 to 500.
    SymbolError
        When the exchange does not list the symbol.
    """
    if not isinstance(limit, int | np.integer) or not 1 <= limit <= _NEWEST:
        raise InputError(f"limit is {limit!r}.", f"Ask for 1 to {_NEWEST} trades; ox.trades_history goes further back.")
    asked = {"instId": instrument_id(symbol), "limit": str(limit)}
    return _frame(read_about(session, "publicGetMarketTrades", asked), exact=exact)


def trades_history(
    session: Session,
    symbol: str,
    *,
    start: Moment | int | None = None,
    end: Moment | int | None = None,
    limit: int | None = None,
    exact: bool = False,
    progress: bool = False,
) -> pd.DataFrame:
    """Give the trades of one instrument with ``start <= trade < end``, three months back at most.

    Parameters
    ----------
    start, end
        Moments (UTC where they name no zone), or ids of trades as int; one of each kind may be given. Without ``end``
        the newest trade is the last.
    limit
        At most so many, the newest ones; 1,000 when there is no ``start``.
    exact
        Whether prices and sizes come as Decimals, every digit as sent, instead of float64.
    progress
        Whether to show a bar while pages of 100 arrive.

    Returns
    -------
    DataFrame
        See `trades`; empty when there was none. Each trade is there once, also of many in one millisecond.

    Raises
    ------
    InputError
        When ``limit`` is not positive, or a start or end is neither a moment nor an id.
    SymbolError
        When the exchange does not list the symbol.
    """
    most = limit if limit is not None else 1_000 if start is None else None
    if most is not None and (not isinstance(most, int | np.integer) or most < 1):
        raise InputError(f"limit is {limit!r}.", "Ask for at least one trade, or leave it out.")
    name, first, last = instrument_id(symbol), _border(start, "start", -np.inf), _border(end, "end", np.inf)
    rows: list[dict[str, Any]] = []
    walk = pages(session, "publicGetMarketHistoryTrades", {"instId": name, "limit": _PAGE}, "tradeId", **last.cursor)
    with tqdm(unit="trade", desc=f"{name} trades", disable=not progress) as shown:
        for page in walk:
            rows += [row for row in page if last.follows(row) and not first.follows(row)]
            shown.update(len(page))
            if first.follows(page[-1]) or (most is not None and len(rows) >= most):
                break
    return _frame(rows[:most], exact=exact)


class _Border(NamedTuple):
    """Where a span of trades begins or ends, in the key of a row, and how the page before it is asked for."""

    key: str
    place: float
    cursor: dict[str, str]

    def follows(self, row: dict[str, Any]) -> bool:
        """Whether it lies behind a trade."""
        return int(row[self.key]) < self.place


def _border(value: Moment | int | None, name: str, nowhere: float) -> _Border:
    if value is None:
        return _Border("ts", nowhere, {})
    if isinstance(value, int | np.integer):
        if isinstance(value, bool) or value < 0:
            raise InputError(f"{name} is {value!r}, which is neither a moment nor an id.", "Write it as 2024-01-31.")
        return _Border("tradeId", int(value), {"after": str(value)})
    stamp = int(utc_moment(value, name).timestamp() * 1000)
    # only the first page is found by its time: ids part trades of one millisecond
    return _Border("ts", stamp, {"type": _BY_TIME, "after": str(stamp)})


def _frame(rows: Rows, *, exact: bool) -> pd.DataFrame:
    reader = exacts if exact else floats
    columns = {"price": (reader, "px"), "size": (reader, "sz"), "side": (texts, "side")}
    traded = pd.DataFrame(read_columns(rows, columns), index=times(rows, "ts").rename("time"))
    traded["id"] = np.fromiter((int(row["tradeId"]) for row in rows), np.int64, len(rows))
    return traded.sort_values("id", kind="stable")
