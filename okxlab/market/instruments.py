"""What can be traded, as the exchange lists it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from okxlab.clock import Clock, SystemClock
from okxlab.errors import SymbolError
from okxlab.exchange import Session
from okxlab.market.columns import Rows, by_name, exacts, floats, table, texts, times
from okxlab.market.listing import Kind, check_kind, family_of, kind_of, read_kind, read_listed
from okxlab.model import Change, Instrument, Rules, exact, instrument_id

_TRUSTED = 60.0  # seconds: asking again with every page of candles would be half of all requests
_seen: WeakKeyDictionary[Session, dict[str, tuple[float, Instrument | None]]] = WeakKeyDictionary()

# OKX names the currencies of derivatives in their underlying alone; before 2022 that was their family, too


def _base(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    return _told(rows, key, lambda pair: pair.partition("-")[0])


def _quote(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    return _told(rows, key, lambda pair: pair.partition("-")[2])


def _family(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    return _told(rows, key, str)


def _told(rows: Rows, key: str, else_of: Callable[[str], str]) -> pd.api.extensions.ExtensionArray:
    return pd.array([str(row.get(key) or else_of(row.get("uly") or "")) for row in rows], dtype="str")


def _codes(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    return pd.array([row.get(key) for row in rows], dtype="Int64")


_COLUMNS = {
    "kind": (texts, "instType"),
    "base": (_base, "baseCcy"),
    "quote": (_quote, "quoteCcy"),
    "settle": (texts, "settleCcy"),
    "family": (_family, "instFamily"),
    "state": (texts, "state"),
    "tick": (exacts, "tickSz"),
    "lot": (exacts, "lotSz"),
    "minimum": (exacts, "minSz"),
    "max_limit": (exacts, "maxLmtSz"),
    "max_market": (exacts, "maxMktSz"),
    "leverage": (floats, "lever"),
    "contract_type": (texts, "ctType"),
    "contract_value": (exacts, "ctVal"),
    "contract_multiplier": (exacts, "ctMult"),
    "contract_currency": (texts, "ctValCcy"),
    "option_type": (texts, "optType"),
    "strike": (exacts, "stk"),
    "listed": (times, "listTime"),
    "expiry": (times, "expTime"),
    "rule": (texts, "ruleType"),
    "fee_group": (texts, "groupId"),
    "code": (_codes, "instIdCode"),
}


def instruments(session: Session, kind: Kind = "SPOT", *, family: str | None = None) -> pd.DataFrame:
    """List the instruments of one kind.

    Parameters
    ----------
    kind
        ``SPOT``, ``MARGIN``, ``SWAP``, ``FUTURES`` or ``OPTION``.
    family
        Only derivatives of one family, such as ``"BTC-USD"``. Options of all families take a call for each.

    Returns
    -------
    DataFrame
        Index ``symbol`` (OKX's spelling), sorted. Text: ``kind``, ``base``, ``quote``, ``settle``, ``family``,
        ``state`` (``live``, ``suspend``, ``preopen``, …), ``contract_type`` (``linear`` or ``inverse``),
        ``contract_currency``, ``option_type`` (``C`` or ``P``), ``rule`` and ``fee_group``; empty where it does not
        apply. Exact Decimals, None where it does not apply: ``tick`` (quote currency), ``lot``, ``minimum``,
        ``max_limit``, ``max_market`` (base currency for spot, contracts else; for market orders of spot USDT),
        ``contract_value`` (in ``contract_currency``), ``contract_multiplier`` and ``strike``. ``leverage`` is float64,
        ``listed`` and ``expiry`` are UTC times, NaT for what does not end, and ``code`` is OKX's number for it
        (Int64).

        Rows that OKX lists without an id, before their opening, are left out.

    Raises
    ------
    InputError
        For an unknown kind.
    """
    return table(by_name(read_kind(session, "publicGetPublicInstruments", check_kind(kind), family)), _COLUMNS)


def find_listed(session: Session, symbol: str, clock: Clock | None = None) -> tuple[str, Instrument | None]:
    """Give the id of anything the exchange lists, and the steps it has here, as they were within a minute.

    A spot pair, a linear swap and a linear future have steps; inverse contracts and options have none.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    name, now = instrument_id(symbol), (clock or SystemClock()).monotonic()
    found = _seen.setdefault(session, {})
    if name not in found or now - found[name][0] > _TRUSTED:
        found[name] = now, _look_up(session, name)
    return name, found[name][1]


def instrument(session: Session, symbol: str) -> Instrument:
    """Give one spot pair, linear swap or linear future with its tick, lot and minimum, and what a contract is worth.

    Raises
    ------
    SymbolError
        When the exchange does not list it, or it is an inverse contract or an option, which have no fixed base value.
    """
    return rules(session, symbol).instrument


def rules(session: Session, symbol: str) -> Rules:
    """Give the rules that hold now for orders in one spot pair, linear swap or linear future, read at this moment.

    Raises
    ------
    SymbolError
        As `instrument` does.
    """
    name = instrument_id(symbol)
    row = _row(session, name)
    found = _instrument(row, name)
    if found is None:
        raise SymbolError(
            f"A contract of {name} is not a fixed amount of {name.split('-')[0]}.",
            "Use a spot pair or a linear contract; ox.instruments lists the terms of all.",
        )
    largest = row.get("maxLmtSz")
    return Rules(found, row.get("state") or "", exact(largest, "maxLmtSz") if largest else None, _changes(row))


def _look_up(session: Session, name: str) -> Instrument | None:
    return _instrument(_row(session, name), name)


def _row(session: Session, name: str) -> dict[str, Any]:
    kind = kind_of(name)
    asked = {"instType": kind, "instId": name}
    if kind == "OPTION":  # listed by family only
        asked["instFamily"] = family_of(name)
    row: dict[str, Any] = read_listed(session, "publicGetPublicInstruments", asked)[0]
    return row


def _instrument(row: dict[str, Any], name: str) -> Instrument | None:
    if kind_of(name) == "SPOT":
        return _steps(row)
    return _steps(row, _contract(row)) if row.get("ctType") == "linear" else None


def _changes(row: dict[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(str(c["param"]), str(c["newValue"]), int(exact(c["effTime"], "effTime")))
        for c in row.get("upcChg") or ()
    )


def _steps(row: dict[str, Any], contract: Decimal | None = None) -> Instrument:
    return Instrument(row["instId"], tick=row["tickSz"], lot=row["lotSz"], minimum=row["minSz"], contract=contract)


def _contract(row: dict[str, Any]) -> Decimal:
    return exact(row["ctVal"], "ctVal") * exact(row.get("ctMult") or "1", "ctMult")
