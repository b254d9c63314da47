"""Orders and executions, read from the exchange's own words."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from okxlab.errors import InputError, Refused, Unreadable
from okxlab.model import Fill, Order, Side, exact, instrument_id
from okxlab.trading.venue import Reader

T = TypeVar("T", Order, Fill)

_PAGE = 100
_NAN = Decimal("NaN")
_AGAIN = "Read again; if it stays, check that nothing stands between you and the exchange."
_NOT_FOUND = frozenset({"51603", "51001"})


def find_order(venue: Reader, symbol: str, *, order_id: str = "", client_id: str = "") -> Order | None:
    """Give one order, or None when the exchange does not know it.

    Raises
    ------
    ExchangeError
        When there is no usable answer; one that tells another order is none.
    """
    name = {"ordId": order_id} if order_id else {"clOrdId": client_id}
    try:
        rows = venue.read("privateGetTradeOrder", {"instId": instrument_id(symbol), **name})
    except Refused as error:
        if error.code in _NOT_FOUND:
            return None
        raise
    if not rows:
        return None
    order = order_of(rows[0])
    if (order.symbol, order.order_id if order_id else order.client_id) != (
        instrument_id(symbol),
        order_id or client_id,
    ):
        raise Unreadable(f"Asked for {name} of {symbol}, the exchange told of another order, {order.order_id}.", _AGAIN)
    return order


def pending(venue: Reader, symbol: str | None = None) -> list[Order]:
    """Give the orders that can still fill, oldest first."""
    rows = _pages(venue, "privateGetTradeOrdersPending", _params(symbol), "ordId")
    return sorted((order_of(row) for row in rows), key=lambda order: int(order.order_id))


def tagged(venue: Reader, beginning: str) -> list[Order]:
    """Give the orders that can still fill and whose tag begins so, whatever others are like.

    They are wanted to be cancelled: one told in a way that cannot be read has NaN sizes, and names all the same.
    """
    rows = _pages(venue, "privateGetTradeOrdersPending", _params(None), "ordId")
    return [_named(row) for row in rows if isinstance(row, dict) and str(row.get("tag")).startswith(beginning)]


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
    page, last = venue.read(method, {**params, "limit": str(_PAGE)}), ""
    while page:
        yield from page
        if len(page) < _PAGE:
            return
        if page[-1][cursor] == last:
            raise Unreadable(f"The exchange tells the page before {cursor} {last} again and again.", _AGAIN)
        last = page[-1][cursor]
        page = venue.read(method, {**params, "limit": str(_PAGE), "after": last})


def order_of(row: dict[str, Any]) -> Order:
    """Give the order that a row of OKX's tells.

    Raises
    ------
    Unreadable
        When it tells none: what is written into a journal must be readable for ever.
    """
    return _understood(_order, row)


def _order(row: dict[str, Any]) -> Order:
    return Order(
        symbol=row["instId"],
        side=row["side"],
        order_id=_number(row["ordId"]),
        client_id=row["clOrdId"],
        state=row["state"],
        size=exact(row["sz"]),
        price=exact(row["px"]) if row["px"] else None,
        filled=exact(row["accFillSz"] or "0"),
        average=exact(row["avgPx"]) or None if row["avgPx"] else None,
        time_ms=int(row["cTime"]),
        update_ms=int(row.get("uTime") or row["cTime"]),
        tag=row.get("tag", ""),
    )


def _named(row: dict[str, Any]) -> Order:
    try:
        return order_of(row)
    except Unreadable:
        told = {name: str(row.get(name, "")) for name in ("instId", "ordId", "clOrdId", "state", "tag")}
        order_id = told["ordId"] if told["ordId"].isdigit() else ""
        side: Side = "sell" if row.get("side") == "sell" else "buy"
        names = told["instId"], side, order_id, told["clOrdId"], told["state"]
        return Order(*names, size=_NAN, price=None, filled=_NAN, average=None, time_ms=0, tag=told["tag"])


def fill_of(row: dict[str, Any]) -> Fill:
    """Give the execution that a row of OKX's tells.

    Raises
    ------
    Unreadable
        When it tells none, or one that cannot be told from others.
    """
    return _understood(_fill, row)


def _fill(row: dict[str, Any]) -> Fill:
    bill_id = _number(row["billId"]) if row.get("billId") else ""  # a stream does not tell it
    return Fill(
        symbol=row["instId"],
        side=row["side"],
        order_id=_number(row["ordId"]),
        client_id=row["clOrdId"],
        bill_id=bill_id,
        price=exact(row["fillPx"]),
        size=exact(row["fillSz"]),
        fee=-exact(row["fee"]),
        fee_currency=row["feeCcy"],
        maker=row["execType"] == "M",
        time_ms=int(row["ts"]),
        candle_ms=int(row["feedTs"]) if row.get("feedTs") else None,
        # an execution is counted once by its trade id; where the exchange gives none, its bill is as good
        trade_id=row.get("tradeId") or f"bill{_number(bill_id)}",
    )


def _fills(rows: Iterable[dict[str, Any]]) -> list[Fill]:
    return sorted((fill_of(row) for row in rows), key=lambda fill: int(fill.bill_id))


def _understood(tell: Callable[[dict[str, Any]], T], row: dict[str, Any]) -> T:
    try:
        return tell(row)
    except (InputError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        why = error.what if isinstance(error, InputError) else repr(error)
        raise Unreadable(f"The exchange told of an order in a way that cannot be read ({why}).", _AGAIN) from None


def _number(told: object) -> str:
    """Give an id of OKX's, which is a whole number."""
    return str(int(str(told)))
