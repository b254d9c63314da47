"""Prices as they stand: every ticker, one book."""

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.exchange import Session, read
from okxlab.market.instruments import Kind
from okxlab.market.listing import read_listed
from okxlab.model import instrument_id

_TICKER = {
    "last": "last",
    "bid": "bidPx",
    "bid_size": "bidSz",
    "ask": "askPx",
    "ask_size": "askSz",
    "open_24h": "open24h",
    "high_24h": "high24h",
    "low_24h": "low24h",
    "volume_24h": "vol24h",
}


def tickers(session: Session, kind: Kind = "SPOT") -> pd.DataFrame:
    """Give the ticker of every instrument of one kind, in one call.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted; float64 columns ``last``, ``bid``, ``ask``, ``open_24h``, ``high_24h``, ``low_24h``
        (quote currency), ``bid_size``, ``ask_size``, ``volume_24h`` (base currency), and ``time`` (UTC). NaN where the
        exchange sends nothing. A float64 names OKX's decimal exactly: its repr is what OKX sent.
    """
    rows = sorted(read(session, "publicGetMarketTickers", {"instType": kind}), key=lambda row: row["instId"])
    columns = {name: [_number(row.get(key, "")) for row in rows] for name, key in _TICKER.items()}
    frame = pd.DataFrame(columns, index=pd.Index([row["instId"] for row in rows], name="symbol"), dtype="float64")
    frame["time"] = pd.to_datetime([int(row["ts"]) for row in rows], unit="ms", utc=True)
    return frame


def order_book(session: Session, symbol: str, depth: int = 5) -> pd.DataFrame:
    """Give the best ``depth`` levels of one book, side by side.

    Returns
    -------
    DataFrame
        Index ``level`` from 1 (best); float64 columns ``bid_size``, ``bid``, ``ask``, ``ask_size``: sizes in base
        currency (contracts for derivatives), prices in quote. NaN where a side has fewer levels. ``attrs["time"]`` is
        the book's stamp (UTC).

    Raises
    ------
    InputError
        When ``depth`` is not from 1 to 400.
    SymbolError
        When the exchange does not list the symbol.
    """
    if not isinstance(depth, int | np.integer) or not 1 <= depth <= 400:
        raise InputError(f"depth is {depth!r}.", "Ask for 1 to 400 levels, as a whole number.")
    name = instrument_id(symbol)
    book = read_listed(session, "publicGetMarketBooks", {"instId": name, "sz": str(depth)})[0]
    bids, asks = (
        pd.DataFrame([row[:2] for row in book[side]], columns=["price", "size"], dtype="float64")
        for side in ("bids", "asks")
    )
    frame = pd.DataFrame(
        {"bid_size": bids["size"], "bid": bids["price"], "ask": asks["price"], "ask_size": asks["size"]}
    )
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="level")
    frame.attrs["time"] = pd.Timestamp(int(book["ts"]), unit="ms", tz="UTC")
    return frame


def last_price(session: Session, symbol: str) -> str:
    """Give the last traded price of one instrument, in quote currency, as OKX writes it."""
    return str(read_listed(session, "publicGetMarketTicker", {"instId": instrument_id(symbol)})[0]["last"])


def _number(text: str) -> float:
    return float(text) if text else float("nan")
