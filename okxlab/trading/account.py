"""The account: what is there and what trading costs."""

from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from okxlab.errors import SymbolError
from okxlab.exchange import Session, read
from okxlab.market import Kind, instruments
from okxlab.market import fee_rates as market_fees
from okxlab.model import exact, instrument_id


class FeeRates(NamedTuple):
    """Fees as fractions of what is received; negative is a rebate."""

    maker: Decimal
    taker: Decimal


def balances(session: Session) -> pd.DataFrame:
    """Give the account's balances in one table.

    Returns
    -------
    DataFrame
        Index ``currency``, sorted; columns ``total``, ``available``, ``held`` (behind resting orders), in units of the
        currency, and ``value_usd``; exact Decimals.
    """
    details = sorted(read(session, "privateGetAccountBalance")[0]["details"], key=lambda row: row["ccy"])
    columns = {"total": "cashBal", "available": "availBal", "held": "frozenBal", "value_usd": "eqUsd"}
    index = pd.Index([row["ccy"] for row in details], name="currency", dtype="str")
    values = {name: [Decimal(row[key] or "0") for row in details] for name, key in columns.items()}
    return pd.DataFrame(values, index=index, dtype="object")


def holdings(session: Session) -> dict[str, Decimal]:
    """Give the total of each currency held; a currency that is absent is zero to whoever asks with ``get``."""
    details = read(session, "privateGetAccountBalance")[0]["details"]
    return {row["ccy"]: Decimal(row["cashBal"] or "0") for row in details}


def available(session: Session, currency: str) -> Decimal:
    """Give what of one currency is held behind no order."""
    details = read(session, "privateGetAccountBalance")[0]["details"]
    return sum((Decimal(row["availBal"] or "0") for row in details if row["ccy"] == currency), Decimal(0))


def fee_rates(session: Session, symbol: str) -> FeeRates:
    """Give this account's fees for one spot pair, swap or future.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    name = instrument_id(symbol)
    if name.count("-") > 1:
        return _contract_fees(session, name)
    row = read(session, "privateGetAccountTradeFee", {"instType": "SPOT", "instId": name})[0]
    group = next(iter(row.get("feeGroup") or []), row)
    return FeeRates(-Decimal(group["maker"]), -Decimal(group["taker"]))  # OKX writes a charge as a negative number


def _contract_fees(session: Session, name: str) -> FeeRates:
    kind: Kind = "SWAP" if name.endswith("-SWAP") else "FUTURES"
    listed = instruments(session, kind, family=name.rpartition("-")[0])
    if name not in listed.index:
        raise SymbolError(
            f"{session.profile.rest} lists no {name}.", "ox.instruments(session, 'SWAP') shows what there is."
        )
    rates, group = market_fees(session, kind), str(listed.loc[name, "fee_group"])
    row = rates.loc[group] if group in rates.index else rates.iloc[0]
    return FeeRates(exact(row["maker"], "maker"), exact(row["taker"], "taker"))  # type: ignore[arg-type]  # Decimals
