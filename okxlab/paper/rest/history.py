"""What can be looked up: orders and fills with OKX's paging, filters and retention."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.named import find
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.record import read_order
from okxlab.paper.rest.parameters import KINDS, Params, family_of, listed_in, needed, one_of, whole
from okxlab.paper.rest.route import Call
from okxlab.paper.rows.order import fill_subtype

HOUR = 3_600_000
DAY = 24 * HOUR
UNFILLED_KEPT, WEEK, THREE_DAYS, THREE_MONTHS = 2 * HOUR, 7 * DAY, 3 * DAY, 90 * DAY
_LATEST = 2**63 - 1
_COLUMNS = {"instType": "kind", "instId": "inst", "state": "state"}
_PENDING, _DONE = ("", "live", "partially_filled"), ("", "canceled", "filled", "mmp_canceled")


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
    after, before, limit = page(params)
    one_of(params, "state", _PENDING, "")
    one_of(params, "instType", ("", *KINDS), "")
    family, kinds = family_of(params), listed_in(params, "ordType")
    found = (
        order
        for number, order in reversed(call.account.open.items())
        if before < number < after and all(not params.get(key) or params[key] == value for key, value in _told(order))
        and (not kinds or order.ask.kind in kinds) and (not family or order.instrument.name.startswith(f"{family}-"))
    )  # fmt: skip
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
    after, before, limit = page(params)
    one_of(params, "state", _DONE, "")
    one_of(params, "instType", ("", *KINDS), "")
    where = ["uid = ?", "id < ?", "id > ?", "state NOT IN ('live', 'partially_filled')", "updated >= ?"]
    values: list[Any] = [call.account.uid, after, before, now - kept]
    where.append("(filled OR updated >= ?)" if unfilled else "(filled OR ? < 0)")
    values.append(now - UNFILLED_KEPT if unfilled else 0)
    where.append("created BETWEEN ? AND ?")
    values += span(params)
    kinds = sorted(listed_in(params, "ordType"))
    if kinds:
        where.append(f"type IN ({','.join('?' * len(kinds))})")
        values += kinds
    _narrow(params, _COLUMNS, where, values)
    query = f"SELECT record FROM orders WHERE {' AND '.join(where)} ORDER BY id DESC"  # noqa: S608 - names of our own
    category = params.get("category")
    found = (order for order in _orders(call, query, tuple(values)) if not category or order.category == category)
    return list(islice(found, limit))


def fills(call: Call, *, kept: int) -> list[list[Any]]:
    """Give a page of fills' records, newest first; ``kept`` is how far back they are listed, in ms."""
    params = call.params
    after, before, limit = page(params)
    one_of(params, "instType", ("", *KINDS), "")
    where = ["uid = ?", "bill < ?", "bill > ?", "ts >= ?", "ts BETWEEN ? AND ?"]
    values: list[Any] = [call.account.uid, after, before, call.venue.clock.now_ms() - kept, *span(params)]
    _narrow(params, {"instType": "kind", "instId": "inst", "ordId": "ord"}, where, values)
    query = f"SELECT record FROM fills WHERE {' AND '.join(where)} ORDER BY bill DESC"  # noqa: S608 - names of our own
    wanted = params.get("subType")
    found = (row for row in call.archive.rows(query, tuple(values)) if not wanted or fill_subtype(row) == wanted)
    return list(islice(found, limit))


def _narrow(params: Params, columns: Mapping[str, str], where: list[str], values: list[Any]) -> None:
    """Add the filters that are columns, and the family."""
    for key, column in columns.items():
        if params.get(key):
            where.append(f"{column} = ?")
            values.append(params[key])
    family = family_of(params)
    if family:
        where.append("substr(inst, 1, ?) = ?")
        values += [len(family) + 1, f"{family}-"]


def _orders(call: Call, query: str, values: tuple[Any, ...]) -> Iterator[Order]:
    venue = call.venue
    for record in call.archive.rows(query, values):
        yield read_order(record, venue.accounts, venue.listing.known(record[2]))


def _told(order: Order) -> list[tuple[str, str]]:
    instrument = order.instrument
    return [
        ("instType", instrument.kind), ("instId", instrument.name), ("state", order.state),
        ("category", order.category),
    ]  # fmt: skip


def span(params: Params) -> tuple[int, int]:
    """Give the times asked for, ``begin`` to ``end``."""
    return min(whole(params, "begin", 0), _LATEST), min(whole(params, "end", _LATEST), _LATEST)


def page(params: Params) -> tuple[int, int, int]:
    """Give OKX's paging: below which id, above which, and how many rows."""
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    return min(after, _LATEST), min(before, _LATEST), min(whole(params, "limit", 100), 100)
