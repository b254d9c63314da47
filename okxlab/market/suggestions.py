"""The grids OKX suggests, its "AI parameters"."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from okxlab.errors import InputError
from okxlab.exchange import Session
from okxlab.market.columns import Row, Rows, exacts, floats, read_columns, texts
from okxlab.market.listing import kind_of, read_listed
from okxlab.model import instrument_id

Duration = Literal["7D", "30D", "180D"]
Direction = Literal["long", "short", "neutral"]

DURATIONS: tuple[Duration, ...] = get_args(Duration)

_SPACINGS = {"1": "arithmetic", "2": "geometric"}


def _counts(rows: Rows, key: str) -> NDArray[np.int64]:
    return np.array([int(row[key]) for row in rows], dtype=np.int64)


def _spacings(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    return pd.array([_SPACINGS.get(str(row.get(key)), "") for row in rows], dtype="str")


_COLUMNS = {
    "low": (exacts, "minPx"),
    "high": (exacts, "maxPx"),
    "grids": (_counts, "gridNum"),
    "spacing": (_spacings, "runType"),
    "direction": (texts, "direction"),
    "leverage": (exacts, "lever"),
    "minimum_investment": (exacts, "minInvestment"),
    "currency": (texts, "ccy"),
    "profit_low": (floats, "perMinProfitRate"),
    "profit_high": (floats, "perMaxProfitRate"),
    "annual_yield": (floats, "annualizedRate"),
}


def grid_suggestions(
    session: Session,
    symbol: str,
    *,
    durations: Duration | Sequence[Duration] = DURATIONS,
    direction: Direction = "long",
) -> pd.DataFrame:
    """Give the grids OKX suggests for an instrument as it stands, a call for each duration; needs no key.

    Parameters
    ----------
    symbol
        A spot pair, swap or future, in either spelling.
    durations
        How far back OKX looked: ``"7D"``, ``"30D"``, ``"180D"``, one or several.
    direction
        Of a contract grid; a spot grid has none.

    Returns
    -------
    DataFrame
        Index ``duration``, in the order asked for. ``low`` and ``high`` (quote currency), ``leverage`` (None for spot)
        and ``minimum_investment`` (of ``currency``) are exact Decimals, ``grids`` int64, ``spacing`` ``"arithmetic"``
        or ``"geometric"``, ``direction`` text, empty for spot. Float64 fractions as OKX reckons them: ``profit_low``
        and ``profit_high`` of one round trip, after its standard fees, and ``annual_yield``.

    Raises
    ------
    InputError
        For an unknown duration or direction, or an option.
    SymbolError
        When the exchange does not list the symbol.
    """
    name = instrument_id(symbol)
    asked = [durations] if isinstance(durations, str) else list(durations)
    strange = [one for one in asked if one not in DURATIONS]
    if strange:
        raise InputError(f"There is no duration {strange[0]!r}.", "Use '7D', '30D' or '180D'.")
    if direction not in get_args(Direction):
        raise InputError(f"There is no direction {direction!r}.", "Use 'long', 'short' or 'neutral'.")
    if kind_of(name) == "OPTION":
        raise InputError(f"{name} is an option, and OKX runs no grids on them.", "Give a spot pair, swap or future.")
    whose = {"algoOrdType": "grid"} if kind_of(name) == "SPOT" else _contract(direction)
    rows: list[Row] = []
    for duration in asked:
        params = {**whose, "instId": name, "duration": duration}
        rows += read_listed(session, "publicGetTradingBotGridAiParam", params)[:1]
    return pd.DataFrame(read_columns(rows, _COLUMNS), index=pd.Index(asked, name="duration", dtype="str"))


def _contract(direction: str) -> dict[str, str]:
    return {"algoOrdType": "contract_grid", "direction": direction}
