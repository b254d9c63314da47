"""The audit of what OKX suggests, or of any grid, at this account's fees."""

from pathlib import Path
from typing import Any, get_args

import pandas as pd

from okxlab.errors import InputError
from okxlab.exchange import Session
from okxlab.grid import Audit, GridSpec, audit_grid
from okxlab.market import (
    Direction,
    Duration,
    Kind,
    candles,
    fee_rates,
    funding_history,
    grid_suggestions,
    instruments,
    position_tiers,
)
from okxlab.model import Moment, Number, bar_length, exact, instrument_id, utc_moment
from okxlab.store import Store
from okxlab.trading.account import fee_rates as spot_fees

# What is put in where nothing else is said: enough for whole lots to matter little.
_INVESTMENT = 1000


def audit(  # noqa: PLR0913  whose grid, from when, on which candles and terms
    session: Session,
    symbol: str,
    *,
    duration: Duration = "7D",
    direction: Direction = "long",
    spec: GridSpec | None = None,
    investment: Number | None = None,
    told: Moment | None = None,
    bar: str = "1m",
    store: Store | Path | str | bool | None = None,
    progress: bool = True,
    **terms: Any,
) -> Audit:
    """Play the grid OKX suggests on the candles it was made of, and on those it was not, beside holding.

    OKX promises a yearly yield that it reckons on the very days it chose the range by. Here the grid is launched afresh
    with this account's fees on those days, on as many before them, and on those since, if it is an old suggestion. One
    that is pulled is of now: to see what comes of it, keep ``audit.spec`` and audit it later with ``told``.

    Parameters
    ----------
    symbol
        A spot pair or a linear swap or future, in either spelling.
    duration, direction
        Which suggestion, see `grid_suggestions`; the duration is also how long was looked at when a grid is given.
    spec
        Another grid to audit instead of the suggestion.
    investment
        Quote currency to put in; without it 1,000, or twice OKX's least if that is more.
    told
        When ``spec`` was suggested, so that later candles are out of sample; without it now.
    bar, store, progress
        Of the candles that are pulled, see `candles`.
    terms
        Of `audit_grid`: ``maker``, ``taker``, ``fill``, ``odds``, ``paths``, ``seed``, ``claimed``. A session without a
        key needs the fees. For a contract grid the tiers of margin count, and the funding that was paid, as far back as
        OKX tells it.

    Raises
    ------
    InputError
        For an unknown duration or direction, a ``told`` without a ``spec``, or when no candle was seen.
    SymbolError
        When the exchange does not list the symbol.
    SpecError
        When the grid cannot be made.
    CredentialsError
        When the account's fees are needed and the session has no key.
    """
    name = instrument_id(symbol)
    looked = _length(duration)
    if spec is None:
        if told is not None:
            raise InputError(f"told is {told!r}, and what OKX suggests now is of now.", "Give the spec it told then.")
        row = grid_suggestions(session, name, durations=duration, direction=direction).iloc[0]
        spec, terms = _spec(name, row, investment), {"claimed": float(row["annual_yield"])} | terms
    until = _newest(session, name, bar) if told is None else utc_moment(told, "told")
    bars = candles(session, name, bar, start=until - 2 * looked, store=store, progress=progress)
    return audit_grid(spec, bars, seen=(until - looked, until), **_terms(session, spec, terms))


def _length(duration: str) -> pd.Timedelta:
    if duration not in get_args(Duration):
        raise InputError(f"There is no duration {duration!r}.", "Use '7D', '30D' or '180D'.")
    return pd.Timedelta(days=int(duration.removesuffix("D")))


def _spec(symbol: str, row: "pd.Series[Any]", investment: Number | None) -> GridSpec:
    money = max(exact(_INVESTMENT), 2 * row["minimum_investment"]) if investment is None else investment
    contract = {"kind": row["direction"], "leverage": row["leverage"]} if row["direction"] else {}
    shape = {name: row[name] for name in ("low", "high", "grids", "spacing")}
    return GridSpec(symbol, investment=money, **shape, **contract)


def _newest(session: Session, symbol: str, bar: str) -> pd.Timestamp:
    """Give the end of the newest finished bar."""
    times = pd.DatetimeIndex(candles(session, symbol, bar).index)
    return times[-1] + bar_length(times)


def _terms(session: Session, spec: GridSpec, asked: dict[str, Any]) -> dict[str, Any]:
    """Give the terms with what the exchange knows of those not asked for."""
    known: dict[str, Any] = {} if {"maker", "taker"} <= asked.keys() else _fees(session, spec)
    if spec.kind != "spot":
        known["tiers"] = position_tiers(session, spec.symbol)
        if spec.symbol.endswith("-SWAP"):
            known["funding"] = funding_history(session, spec.symbol, start="2019-01-01")["realized_rate"]
    return known | asked


def _fees(session: Session, spec: GridSpec) -> dict[str, Any]:
    if spec.kind == "spot":
        return dict(spot_fees(session, spec.symbol)._asdict())
    kind: Kind = "SWAP" if spec.symbol.endswith("-SWAP") else "FUTURES"
    rates, groups = fee_rates(session, kind), instruments(session, kind)["fee_group"]
    own = rates[rates.index == groups[spec.symbol]]
    row = (rates if own.empty else own).iloc[0]
    return {"maker": row["maker"], "taker": row["taker"]}
