"""Orders and executions, read from the exchange's own words."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from okxlab.errors import Refused
from okxlab.model import Fill, Order, instrument_id
from okxlab.trading.venue import Reader

_PAGE = 100
_NOT_FOUND = frozenset({"51603", "51001"})


def find_order(venue: Reader, symbol: str, *, order_id: str = "", client_id: str = "") -> Order | None:
    """Give one order, or None when the exchange does not know it."""
    name = {"ordId": order_id} if order_id else {"clOrdId": client_id}
    try:
        rows = venue.read("privateGetTradeOrder", {"instId": instrument_id(symbol), **name})
    except Refused as error:
        if error.code in _NOT_FOUND:
            return None
        raise
    return order_of(rows[0]) if rows else None


def pending(venue: Reader, symbol: str | None = None) -> list[Order]:
    """Give the orders that can still fill, oldest first."""
    rows = _pages(venue, "privateGetTradeOrdersPending", _params(symbol), "ordId")
    return sorted((order_of(row) for row in rows), key=lambda order: int(order.order_id))


def finished(venue: Reader, symbol: str | None = None) -> list[Order]:
    """Give the orders of the last three months that can no longer fill, oldest first.

    An order cancelled before it filled at all is forgotten by the exchange after two hours.
    """
    rows = [
        *_pages(venue, "privateGetTradeOrdersHistoryArchive", _params(symbol), "ordId"),
        *_pages(venue, "privateGetTradeOrdersHistory", _params(symbol), "ordId"),  # the archive may lag behind
    ]
    unique = {row["ordId"]: row for row in rows}
    return sorted((order_of(row) for row in unique.values()), key=lambda order: int(order.order_id))


def finished_since(venue: Reader, symbol: str, begin_ms: int) -> list[Order]:
    """Give the orders made since a moment of the last week that can no longer fill, oldest first."""
    rows = _pages(venue, "privateGetTradeOrdersHistory", _params(symbol) | {"begin": str(begin_ms)}, "ordId")
    return sorted((order_of(row) for row in rows), key=lambda order: int(order.order_id))


def fills_since(venue: Reader, symbol: str | None = None, bill_id: str = "", *, begin_ms: int = 0) -> list[Fill]:
    """Give the executions of the last three days, oldest first, those after ``bill_id`` or since a moment alone."""
    params = _params(symbol) | ({"before": bill_id} if bill_id else {}) | ({"begin": str(begin_ms)} if begin_ms else {})
    return _fills(_pages(venue, "privateGetTradeFills", params, "billId"))


def fills_from(venue: Reader, symbol: str, begin_ms: int) -> list[Fill]:
    """Give the executions since a moment up to three months ago, oldest first."""
    params = _params(symbol) | {"begin": str(begin_ms)}
    rows = [
        *_pages(venue, "privateGetTradeFillsHistory", params, "billId"),
        *_pages(venue, "privateGetTradeFills", params, "billId"),  # the history may lag behind
    ]
    return _fills({row["billId"]: row for row in rows}.values())


def fills_of(venue: Reader, symbol: str, order_id: str) -> list[Fill]:
    """Give the executions of one order, oldest first."""
    params = _params(symbol) | {"ordId": order_id}
    rows = [
        *_pages(venue, "privateGetTradeFillsHistory", params, "billId"),
        *_pages(venue, "privateGetTradeFills", params, "billId"),
    ]
    return _fills({row["billId"]: row for row in rows}.values())


def newest_bill(venue: Reader, symbol: str) -> str:
    """Give the id of the newest execution on one instrument, "" when there is none."""
    rows = venue.read("privateGetTradeFills", {**_params(symbol), "limit": "1"})
    return str(rows[0]["billId"]) if rows else ""


def _params(symbol: str | None) -> dict[str, str]:
    return {"instType": "SPOT"} | ({"instId": instrument_id(symbol)} if symbol else {})


def _pages(venue: Reader, method: str, params: dict[str, str], cursor: str) -> Iterator[dict[str, Any]]:
    """Walk from the newest row back, page after page."""
    page = venue.read(method, {**params, "limit": str(_PAGE)})
    while page:
        yield from page
        if len(page) < _PAGE:
            return
        page = venue.read(method, {**params, "limit": str(_PAGE), "after": page[-1][cursor]})


def order_of(row: dict[str, Any]) -> Order:
    """Give the order that a row of OKX's tells."""
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
        update_ms=int(row.get("uTime") or row["cTime"]),
        tag=row.get("tag", ""),
    )


def fill_of(row: dict[str, Any]) -> Fill:
    """Give the execution that a row of OKX's tells."""
    return Fill(
        symbol=row["instId"],
        side=row["side"],
        order_id=row["ordId"],
        client_id=row["clOrdId"],
        bill_id=row.get("billId", ""),  # a stream does not tell it
        price=Decimal(row["fillPx"]),
        size=Decimal(row["fillSz"]),
        fee=-Decimal(row["fee"]),
        fee_currency=row["feeCcy"],
        maker=row["execType"] == "M",
        time_ms=int(row["ts"]),
        candle_ms=int(row["feedTs"]) if row.get("feedTs") else None,
        # an execution is counted once by its trade id; where the exchange gives none, its bill is as good
        trade_id=row.get("tradeId") or f"bill{row.get('billId', '')}",
    )


def _fills(rows: Iterable[dict[str, Any]]) -> list[Fill]:
    return sorted((fill_of(row) for row in rows), key=lambda fill: int(fill.bill_id))
