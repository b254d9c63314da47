"""Tickers: last trade, best prices and the day so far, of everything of a kind."""

import pandas as pd

from okxlab.exchange import Session
from okxlab.market.columns import by_name, exacts, floats, table, times
from okxlab.market.listing import Kind, check_kind, read_kind, read_listed
from okxlab.model import instrument_id

NUMBERS = {
    "last": "last",
    "last_size": "lastSz",
    "bid": "bidPx",
    "bid_size": "bidSz",
    "ask": "askPx",
    "ask_size": "askSz",
    "open_24h": "open24h",
    "high_24h": "high24h",
    "low_24h": "low24h",
    "volume_24h": "vol24h",
    "turnover_24h": "volCcy24h",
    "open_utc": "sodUtc0",
}


def tickers(session: Session, kind: Kind = "SPOT", *, family: str | None = None, exact: bool = False) -> pd.DataFrame:
    """Give the ticker of every instrument of one kind, in one call.

    Parameters
    ----------
    kind
        ``SPOT``, ``SWAP``, ``FUTURES`` or ``OPTION``.
    family
        Only derivatives of one family, such as ``"BTC-USD"``. Options of all families take a call for each.
    exact
        Whether numbers come as Decimals, every digit as sent, instead of float64.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted. Float64 columns ``last``, ``bid``, ``ask``, ``open_24h``, ``high_24h``, ``low_24h``,
        ``open_utc`` (the price at 00:00 UTC) in quote currency; ``last_size``, ``bid_size``, ``ask_size``,
        ``volume_24h`` in base currency (contracts for derivatives); ``turnover_24h`` in quote currency (base currency
        for derivatives); and ``time`` (UTC). NaN where the exchange sends nothing. Up to 15 significant digits the
        float's repr is the decimal that OKX sent; a longer one is rounded to the nearest float, unless ``exact``.

    Raises
    ------
    InputError
        For an unknown kind.
    """
    name = check_kind(kind, ("SPOT", "SWAP", "FUTURES", "OPTION"))
    rows = by_name(read_kind(session, "publicGetMarketTickers", name, family))
    reader = exacts if exact else floats
    return table(rows, {**{column: (reader, key) for column, key in NUMBERS.items()}, "time": (times, "ts")})


def last_price(session: Session, symbol: str) -> str:
    """Give the last traded price of one instrument, in quote currency, as OKX writes it."""
    return str(read_listed(session, "publicGetMarketTicker", {"instId": instrument_id(symbol)})[0]["last"])
