"""What can be traded, as the exchange lists it."""

from decimal import Decimal
from typing import Literal

import pandas as pd

from okxlab.exchange import Session, read
from okxlab.market.listing import read_listed
from okxlab.model import Instrument, instrument_id

Kind = Literal["SPOT", "SWAP", "FUTURES", "MARGIN", "OPTION"]


def instruments(session: Session, kind: Kind = "SPOT") -> pd.DataFrame:
    """List the instruments of one kind.

    Returns
    -------
    DataFrame
        Index ``symbol`` (OKX's spelling), sorted; columns ``base``, ``quote``, ``state`` (str) and ``tick`` (quote),
        ``lot``, ``minimum`` (base for spot, contracts else) as exact Decimals.
    """
    rows = read(session, "publicGetPublicInstruments", {"instType": kind})
    listed = sorted((row for row in rows if row.get("instId")), key=lambda row: row["instId"])
    return pd.DataFrame(
        {
            "base": [row["baseCcy"] for row in listed],
            "quote": [row["quoteCcy"] for row in listed],
            "state": [row["state"] for row in listed],
            "tick": [Decimal(row["tickSz"]) for row in listed],
            "lot": [Decimal(row["lotSz"]) for row in listed],
            "minimum": [Decimal(row["minSz"]) for row in listed],
        },
        index=pd.Index([row["instId"] for row in listed], name="symbol"),
    )


def find_listed(session: Session, symbol: str) -> tuple[str, Instrument | None]:
    """Give the id of anything the exchange lists, and its steps when it is spot.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    name = instrument_id(symbol)
    parts = name.split("-")
    if len(parts) == 2:
        return name, instrument(session, name)
    # the shape tells the kind: BTC-USDT-SWAP, BTC-USDT-271231, BTC-USD-271231-100000-C
    kind = "SWAP" if parts[-1] == "SWAP" else "OPTION" if len(parts) == 5 else "FUTURES"
    asked = {"instType": kind, "instId": name}
    if kind == "OPTION":  # listed by family only
        asked["instFamily"] = "-".join(parts[:2])
    read_listed(session, "publicGetPublicInstruments", asked)
    return name, None


def instrument(session: Session, symbol: str) -> Instrument:
    """Give one spot instrument with its tick, lot and minimum.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    named = {"instType": "SPOT", "instId": instrument_id(symbol)}
    row = read_listed(session, "publicGetPublicInstruments", named)[0]
    return Instrument(row["instId"], tick=row["tickSz"], lot=row["lotSz"], minimum=row["minSz"])
