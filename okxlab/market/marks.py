"""Prices that are computed: marks, by which positions are valued, and the indices behind them."""

import pandas as pd

from okxlab.exchange import Session, read
from okxlab.market.columns import by_name, floats, table, times
from okxlab.market.listing import Kind, check_kind, read_kind

_MARK = {"mark": (floats, "markPx"), "time": (times, "ts")}
_INDEX = {
    "price": (floats, "idxPx"),
    "open_24h": (floats, "open24h"),
    "high_24h": (floats, "high24h"),
    "low_24h": (floats, "low24h"),
    "open_utc": (floats, "sodUtc0"),
    "time": (times, "ts"),
}


def mark_prices(session: Session, kind: Kind = "SWAP", *, family: str | None = None) -> pd.DataFrame:
    """Give the mark price of every instrument of a kind, or of one family.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted; float64 ``mark`` (quote currency; for options their settlement currency) and ``time``
        (UTC).

    Raises
    ------
    InputError
        For a kind that has no marks.
    """
    name = check_kind(kind, ("MARGIN", "SWAP", "FUTURES", "OPTION"))
    return table(by_name(read_kind(session, "publicGetPublicMarkPrice", name, family)), _MARK)


def index_prices(session: Session, quote: str = "USDT") -> pd.DataFrame:
    """Give every index that is counted in one currency: USDT, USDC, USD or BTC.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted; float64 ``price``, ``open_24h``, ``high_24h``, ``low_24h`` and ``open_utc`` (the price
        at 00:00 UTC) in that currency, and ``time`` (UTC).
    """
    return table(by_name(read(session, "publicGetMarketIndexTickers", {"quoteCcy": quote.upper()})), _INDEX)
