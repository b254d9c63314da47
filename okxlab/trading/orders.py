"""Orders and fills as the exchange tells them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pandas as pd

from okxlab.errors import Refused
from okxlab.exchange import Session, read
from okxlab.model import Fill, Order, instrument_id

_PAGE = 100
_NOT_FOUND = frozenset({"51603", "51001"})


def open_orders(session: Session, symbol: str | None = None) -> pd.DataFrame:
    """List the orders that can still fill.

    Returns
    -------
    DataFrame
        Index ``order_id``, oldest first; columns ``symbol``, ``side``, ``state``, ``price`` (quote, None for market
        orders), ``size``, ``filled`` (base), ``client_id`` and ``time`` (UTC); prices and sizes are exact Decimals.
    """
    columns = ["order_id", "symbol", "side", "state", "price", "size", "filled", "client_id"]
    return _frame(pending(session, symbol), columns).set_index("order_id")


def fills(session: Session, symbol: str | None = None) -> pd.DataFrame:
    """List the executions of the last three days.

    Returns
    -------
    DataFrame
        Oldest first; columns ``symbol``, ``side``, ``price`` (quote), ``size`` (base), ``fee`` (positive when paid, in
        ``fee_currency``), ``fee_currency``, ``maker``, ``order_id``, ``client_id`` and ``time`` (UTC); numbers are
        exact Decimals.
    """
    columns = ["symbol", "side", "price", "size", "fee", "fee_currency", "maker", "order_id", "client_id"]
    return _frame(fills_since(session, symbol), columns)


def find_order(session: Session, symbol: str, *, order_id: str = "", client_id: str = "") -> Order | None:
    """Give one order, or None when the exchange does not know it."""
    name = {"ordId": order_id} if order_id else {"clOrdId": client_id}
    try:
        rows = read(session, "privateGetTradeOrder", {"instId": instrument_id(symbol), **name})
    except Refused as error:
        if error.code in _NOT_FOUND:
            return None
        raise
    return _order(rows[0]) if rows else None


def pending(session: Session, symbol: str | None = None) -> list[Order]:
    """Give the orders that can still fill, oldest first."""
    rows = _pages(session, "privateGetTradeOrdersPending", _params(symbol), "ordId")
    return sorted((_order(row) for row in rows), key=lambda order: int(order.order_id))


def finished(session: Session, symbol: str | None = None) -> list[Order]:
    """Give the orders of the last three months that can no longer fill, oldest first.

    An order cancelled before it filled at all is forgotten by the exchange after two hours.
    """
    rows = [
        *_pages(session, "privateGetTradeOrdersHistoryArchive", _params(symbol), "ordId"),
        *_pages(session, "privateGetTradeOrdersHistory", _params(symbol), "ordId"),  # the archive may lag behind
    ]
    unique = {row["ordId"]: row for row in rows}
    return sorted((_order(row) for row in unique.values()), key=lambda order: int(order.order_id))


def fills_since(session: Session, symbol: str | None = None, bill_id: str = "") -> list[Fill]:
    """Give the executions after ``bill_id`` (default: of the last three days), oldest first."""
    params = _params(symbol) | ({"before": bill_id} if bill_id else {})
    return _fills(_pages(session, "privateGetTradeFills", params, "billId"))


def fills_from(session: Session, symbol: str, begin_ms: int) -> list[Fill]:
    """Give the executions since a moment up to three months ago, oldest first."""
    params = _params(symbol) | {"begin": str(begin_ms)}
    rows = [
        *_pages(session, "privateGetTradeFillsHistory", params, "billId"),
        *_pages(session, "privateGetTradeFills", params, "billId"),  # the history may lag behind
    ]
    return _fills({row["billId"]: row for row in rows}.values())


def fills_of(session: Session, symbol: str, order_id: str) -> list[Fill]:
    """Give the executions of one order, oldest first."""
    params = _params(symbol) | {"ordId": order_id}
    rows = [
        *_pages(session, "privateGetTradeFillsHistory", params, "billId"),
        *_pages(session, "privateGetTradeFills", params, "billId"),
    ]
    return _fills({row["billId"]: row for row in rows}.values())


def newest_bill(session: Session, symbol: str) -> str:
    """Give the id of the newest execution on one instrument, "" when there is none."""
    rows = read(session, "privateGetTradeFills", {**_params(symbol), "limit": "1"})
    return str(rows[0]["billId"]) if rows else ""


def _params(symbol: str | None) -> dict[str, str]:
    return {"instType": "SPOT"} | ({"instId": instrument_id(symbol)} if symbol else {})


def _pages(session: Session, method: str, params: dict[str, str], cursor: str) -> Iterator[dict[str, Any]]:
    """Walk from the newest row back, page after page."""
    page = read(session, method, {**params, "limit": str(_PAGE)})
    while page:
        yield from page
        if len(page) < _PAGE:
            return
        page = read(session, method, {**params, "limit": str(_PAGE), "after": page[-1][cursor]})


def _order(row: dict[str, Any]) -> Order:
    return Order(
        symbol=row["instId"],
        side=row["side"],
        order_id=row["ordId"],
        client_id=row["clOrdId"],
        state=row["state"],
        size=Decimal(row["sz"]),
        price=Decimal(row["px"]) if row["px"] else None,
        filled=Decimal(row["accFillSz"] or "0"),
        average=Decimal(row["avgPx"]) if row["avgPx"] and Decimal(row["avgPx"]) else None,
        time_ms=int(row["cTime"]),
    )


def _fill(row: dict[str, Any]) -> Fill:
    return Fill(
        symbol=row["instId"],
        side=row["side"],
        order_id=row["ordId"],
        client_id=row["clOrdId"],
        bill_id=row["billId"],
        price=Decimal(row["fillPx"]),
        size=Decimal(row["fillSz"]),
        fee=-Decimal(row["fee"]),
        fee_currency=row["feeCcy"],
        maker=row["execType"] == "M",
        time_ms=int(row["ts"]),
        candle_ms=int(row["feedTs"]) if row.get("feedTs") else None,
    )


def _fills(rows: Iterable[dict[str, Any]]) -> list[Fill]:
    return sorted((_fill(row) for row in rows), key=lambda fill: int(fill.bill_id))


def _frame(rows: list[Order] | list[Fill], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame([asdict(row) for row in rows], columns=[*columns, "time_ms"])
    frame["time"] = pd.to_datetime(frame.pop("time_ms").astype("int64"), unit="ms", utc=True)
    return frame
