"""How contracts stand: how many are open, where prices end, and what positions of a size need."""

from collections.abc import Sequence
from typing import Literal, get_args

import pandas as pd

from okxlab.errors import InputError
from okxlab.exchange import Session
from okxlab.market.columns import by_name, exacts, flags, floats, read_columns, table, times
from okxlab.market.listing import check_kind, family_of, kind_of, read_kind, read_listed
from okxlab.model import instrument_id

Contracts = Literal["SWAP", "FUTURES", "OPTION"]
MarginMode = Literal["cross", "isolated"]

_INTEREST = {
    "contracts": (floats, "oi"),
    "coins": (floats, "oiCcy"),
    "usd": (floats, "oiUsd"),
    "time": (times, "ts"),
}
_LIMITS = {
    "highest_buy": (exacts, "buyLmt"),
    "lowest_sell": (exacts, "sellLmt"),
    "enabled": (flags, "enabled"),
    "time": (times, "ts"),
}
_TIERS = {
    "above": (exacts, "minSz"),
    "up_to": (exacts, "maxSz"),
    "initial_margin": (exacts, "imr"),
    "maintenance_margin": (exacts, "mmr"),
    "leverage": (exacts, "maxLever"),
    "max_base_loan": (exacts, "baseMaxLoan"),
    "max_quote_loan": (exacts, "quoteMaxLoan"),
}


def open_interest(session: Session, kind: Contracts = "SWAP", *, family: str | None = None) -> pd.DataFrame:
    """Give how many contracts are open, of every instrument of a kind or of one family.

    Returns
    -------
    DataFrame
        Index ``symbol``, sorted; float64 ``contracts``, ``coins`` (the same in base currency) and ``usd``, NaN where
        OKX does not tell it; ``time`` (UTC).

    Raises
    ------
    InputError
        For a kind that has no contracts.
    """
    name = check_kind(kind, get_args(Contracts))
    return table(by_name(read_kind(session, "publicGetPublicOpenInterest", name, family)), _INTEREST)


def price_limits(session: Session, symbols: str | Sequence[str]) -> pd.DataFrame:
    """Give the highest price to buy at and the lowest to sell at, of one or several instruments, a call each.

    Returns
    -------
    DataFrame
        Index ``symbol``, in the order asked for; ``highest_buy`` and ``lowest_sell`` (quote currency) as exact
        Decimals, None where OKX sets none; ``enabled`` (bool), whether they hold now; ``time`` (UTC).

    Raises
    ------
    SymbolError
        When the exchange does not list one of them.
    """
    asked = [symbols] if isinstance(symbols, str) else list(symbols)
    names = [instrument_id(symbol) for symbol in asked]  # each is read before the first call
    rows = [row for name in names for row in read_listed(session, "publicGetPublicPriceLimit", {"instId": name})]
    return table(rows, _LIMITS)


def position_tiers(session: Session, symbol: str, *, mode: MarginMode = "cross") -> pd.DataFrame:
    """Give what margin positions of a size need: for contracts of a symbol's family, or for a spot pair with leverage.

    Parameters
    ----------
    symbol
        A swap, future or option, or a spot pair, in either spelling.
    mode
        ``cross`` or ``isolated``.

    Returns
    -------
    DataFrame
        Index ``tier`` from 1; exact Decimals: a tier holds positions ``above`` a size and ``up_to`` another (contracts;
        base currency for spot pairs), ``initial_margin`` and ``maintenance_margin`` are fractions of their value,
        ``leverage`` is the highest; ``max_base_loan`` and ``max_quote_loan`` for spot pairs, None else.

    Raises
    ------
    InputError
        For an unknown mode.
    SymbolError
        When the exchange lists no such tiers.
    """
    if mode not in get_args(MarginMode):
        raise InputError(f"There is no margin mode {mode!r}.", "Use 'cross' or 'isolated'.")
    name = instrument_id(symbol)
    kind = kind_of(name)
    whose = (
        {"instType": "MARGIN", "instId": name} if kind == "SPOT" else {"instType": kind, "instFamily": family_of(name)}
    )
    rows = read_listed(session, "publicGetPublicPositionTiers", {**whose, "tdMode": mode})
    index = pd.Index([int(row["tier"]) for row in rows], name="tier", dtype="int64")
    return pd.DataFrame(read_columns(rows, _TIERS), index=index).sort_index()
