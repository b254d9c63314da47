"""What can be looked up: orders and fills with OKX's paging, filters and retention."""

from itertools import islice
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.named import find
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.record import read_order
from okxlab.paper.rest.parameters import Params, needed, whole
from okxlab.paper.rest.route import Call

HOUR = 3_600_000
DAY = 24 * HOUR
UNFILLED_KEPT, WEEK, THREE_DAYS, THREE_MONTHS = 2 * HOUR, 7 * DAY, 3 * DAY, 90 * DAY
_LATEST = 2**63 - 1
_COLUMNS = {"instType": "kind", "instId": "inst", "ordType": "type", "state": "state"}


def one(call: Call) -> Order:
    """Give the order asked for; 51603 when there is none, or it was canceled unfilled more than two hours ago."""
    params, account = call.params, call.account
    name, order_id, client_id = needed(params, "instId"), params.get("ordId", ""), params.get("clOrdId", "")
    if not order_id and not client_id:
        raise Refusal("50014", "ordId")
    order = find(account, params)
    if order is None:
        column, value = ("id", order_id) if order_id else ("client", client_id)
        query = f"SELECT record FROM orders WHERE {column} = ? AND uid = ? AND inst = ? ORDER BY id DESC LIMIT 1"  # noqa: S608 - one of two names
        oldest = call.venue.clock.now_ms() - UNFILLED_KEPT
        for found in _orders(call, query, (value, account.uid, name)):
            if found.filled or found.state != "canceled" or found.updated >= oldest:
                return found
        raise Refusal("51603")
    return order


def pending(call: Call) -> list[Order]:
    """Give a page of the orders that rest, newest first."""
    params = call.params
    after, before, limit = _page(params)
    found = (
        order
        for number, order in reversed(call.account.open.items())
        if before < number < after and all(not params.get(key) or params[key] == value for key, value in _told(order))
    )
    return list(islice(found, limit))


def finished(call: Call, *, kept: int, unfilled: bool) -> list[Order]:
    """Give a page of the orders that are done, newest first.

    Parameters
    ----------
    call
        With OKX's filters and paging.
    kept
        How far back orders are listed, in ms.
    unfilled
        Whether orders canceled without a fill are listed (for two hours) or not at all.
    """
    params, now = call.params, call.venue.clock.now_ms()
    after, before, limit = _page(params)
    where = ["uid = ?", "id < ?", "id > ?", "state NOT IN ('live', 'partially_filled')", "updated >= ?"]
    values: list[Any] = [call.account.uid, after, before, now - kept]
    where.append("(filled OR updated >= ?)" if unfilled else "(filled OR ? < 0)")
    values.append(now - UNFILLED_KEPT if unfilled else 0)
    where.append("created BETWEEN ? AND ?")
    values += _span(params)
    for key, column in _COLUMNS.items():
        if params.get(key):
            where.append(f"{column} = ?")
            values.append(params[key])
    query = f"SELECT record FROM orders WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - names of our own
    wanted = params.get("category") or "normal"
    return [order for order in _orders(call, query, (*values, limit)) if order.category == wanted]


def fills(call: Call, *, kept: int) -> list[list[Any]]:
    """Give a page of fills' records, newest first; ``kept`` is how far back they are listed, in ms."""
    params = call.params
    after, before, limit = _page(params)
    where = ["uid = ?", "bill < ?", "bill > ?", "ts >= ?", "ts BETWEEN ? AND ?"]
    values: list[Any] = [call.account.uid, after, before, call.venue.clock.now_ms() - kept, *_span(params)]
    for key, column in {"instType": "kind", "instId": "inst", "ordId": "ord"}.items():
        if params.get(key):
            where.append(f"{column} = ?")
            values.append(params[key])
    query = f"SELECT record FROM fills WHERE {' AND '.join(where)} ORDER BY bill DESC LIMIT ?"  # noqa: S608 - names of our own
    return list(call.archive.rows(query, (*values, limit)))


def _orders(call: Call, query: str, values: tuple[Any, ...]) -> list[Order]:
    venue = call.venue
    return [
        read_order(record, venue.accounts, venue.listing.known(record[2]))
        for record in call.archive.rows(query, values)
    ]


def _told(order: Order) -> list[tuple[str, str]]:
    instrument = order.instrument
    return [
        ("instType", instrument.kind), ("instId", instrument.name), ("ordType", order.ask.kind),
        ("state", order.state), ("category", order.category),
    ]  # fmt: skip


def _span(params: Params) -> tuple[int, int]:
    return min(whole(params, "begin", 0), _LATEST), min(whole(params, "end", _LATEST), _LATEST)


def _page(params: Params) -> tuple[int, int, int]:
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    return min(after, _LATEST), min(before, _LATEST), min(whole(params, "limit", 100), 100)
