"""Funding: what swaps pay next, and what they paid."""

import pandas as pd
from tqdm.auto import tqdm

from okxlab.exchange import Session, read
from okxlab.market.columns import Row, by_name, floats, read_columns, table, texts, times
from okxlab.market.listing import pages, read_listed
from okxlab.model import Moment, instrument_id, utc_moment

_ALL = "ANY"
_PAGE = 400
_NOW = {
    "funding_rate": (floats, "fundingRate"),
    "next_rate": (floats, "nextFundingRate"),
    "settled_rate": (floats, "settFundingRate"),
    "min_rate": (floats, "minFundingRate"),
    "max_rate": (floats, "maxFundingRate"),
    "interest_rate": (floats, "interestRate"),
    "premium": (floats, "premium"),
    "funding_time": (times, "fundingTime"),
    "next_time": (times, "nextFundingTime"),
    "method": (texts, "method"),
    "formula": (texts, "formulaType"),
    "time": (times, "ts"),
}
_PAST = {
    "funding_rate": (floats, "fundingRate"),
    "realized_rate": (floats, "realizedRate"),
    "method": (texts, "method"),
}


def funding_rates(session: Session, symbol: str | None = None) -> pd.DataFrame:
    """Give the funding rates as they stand, of one swap or of all of them in one call.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted. Float64 fractions of a position's value, positive when longs pay shorts:
        ``funding_rate`` (due at ``funding_time``), ``next_rate`` (after that; NaN where OKX does not tell it),
        ``settled_rate`` (the last one paid), ``min_rate`` and ``max_rate`` (its bounds), ``interest_rate``,
        ``premium``. UTC times ``funding_time``, ``next_time`` and ``time`` (of the answer). Text ``method`` and
        ``formula``.

    Raises
    ------
    SymbolError
        When the exchange does not list the symbol.
    """
    method = "publicGetPublicFundingRate"
    if symbol is None:
        return table(by_name(read(session, method, {"instId": _ALL})), _NOW)
    return table(read_listed(session, method, {"instId": instrument_id(symbol)}), _NOW)


def funding_history(
    session: Session, symbol: str, *, start: Moment | None = None, end: Moment | None = None, progress: bool = False
) -> pd.DataFrame:
    """Give the rates a swap paid, ``start <= time < end``, three months back at most.

    Parameters
    ----------
    start, end
        A date or time; without a zone it is UTC. Without ``start`` the 400 payments before ``end`` come; without
        ``end`` the newest is the last.
    progress
        Whether to show a bar while pages of 400 arrive.

    Returns
    -------
    DataFrame
        Index ``time`` (UTC, of the payment), rising; float64 ``funding_rate`` (as announced) and ``realized_rate``
        (as paid), fractions of a position's value, positive when longs paid shorts; text ``method``. Empty when none
        was paid in that span.

    Raises
    ------
    InputError
        For a start or end that is no date.
    SymbolError
        When the exchange does not list the symbol.
    """
    name = instrument_id(symbol)
    since = _stamp(start, "start") if start is not None else 0
    first = {} if end is None else {"after": str(_stamp(end, "end"))}
    rows: list[Row] = []
    asked = {"instId": name, "limit": str(_PAGE)}
    with tqdm(unit="payment", desc=f"{name} funding", disable=not progress) as shown:
        for page in pages(session, "publicGetPublicFundingRateHistory", asked, "fundingTime", **first):
            rows += [row for row in page if int(row["fundingTime"]) >= since]
            shown.update(len(page))
            if start is None or int(page[-1]["fundingTime"]) <= since:
                break
    paid = pd.DataFrame(read_columns(rows, _PAST), index=times(rows, "fundingTime").rename("time"))
    return paid[~paid.index.duplicated()].sort_index()


def _stamp(value: Moment, name: str) -> int:
    return int(utc_moment(value, name).timestamp() * 1000)
