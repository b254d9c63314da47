"""What can be looked up: orders and fills as OKX's rows, with its paging, filters and retention."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TypeVar

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.fields import blank
from okxlab.paper.orders import Fill, Order
from okxlab.paper.venue import Venue

HOUR = 3_600_000
DAY = 24 * HOUR
UNFILLED_KEPT, WEEK, THREE_DAYS, THREE_MONTHS = 2 * HOUR, 7 * DAY, 3 * DAY, 90 * DAY
_EMPTY_ORDER = (
    "ccy pxUsd pxVol pxType lever attachAlgoClOrdId tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType "
    "slOrdPx stpId source cancelSourceReason quickMgnType algoClOrdId algoId outcome"
)
_EMPTY_FILL = "fillIdxPx fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx"

Params = Mapping[str, str]
Found = TypeVar("Found", Order, Fill)


def order_row(order: Order) -> dict[str, object]:
    """Give OKX's row of an order."""
    ask, last = order.ask, order.fills[-1] if order.fills else None
    return blank(_EMPTY_ORDER) | {
        "instType": "SPOT", "instId": ask.instrument.name, "ordId": str(order.id), "clOrdId": ask.client_id,
        "tag": ask.tag, "px": plain(order.price) if order.price else "", "sz": ask.size_text, "tgtCcy": ask.target,
        "ordType": ask.kind, "side": ask.side, "posSide": "net", "tdMode": "cash", "state": order.state, "pnl": "0",
        "accFillSz": plain(order.filled), "avgPx": plain(last.price) if last else "",
        "fillPx": plain(last.price) if last else "", "fillSz": plain(last.size) if last else "0",
        "fillTime": str(last.ts) if last else "", "tradeId": str(last.trade_id) if last else "",
        "fee": plain(order.fee.copy_negate()), "feeCcy": ask.received, "rebate": "0", "rebateCcy": ask.spent,
        "category": "normal", "reduceOnly": "false", "isTpLimit": "false", "cancelSource": order.cancel_source,
        "stpMode": ask.self_trade, "attachAlgoOrds": [], "linkedAlgoOrd": {"algoId": ""},
        "tradeQuoteCcy": ask.instrument.quote, "uTime": str(order.updated), "cTime": str(order.created),
    }  # fmt: skip


def fill_row(fill: Fill) -> dict[str, object]:
    """Give OKX's row of a fill, and `feedTs`: the start of the candle of feed time it happened in."""
    ask = fill.order.ask
    empty = blank(_EMPTY_FILL)
    return empty | {
        "instType": "SPOT", "instId": ask.instrument.name, "tradeId": str(fill.trade_id), "billId": str(fill.bill_id),
        "ordId": str(fill.order.id), "clOrdId": ask.client_id, "tag": ask.tag, "subType": "1" if ask.buys else "2",
        "fillPx": plain(fill.price), "fillSz": plain(fill.size), "fillPnl": "0", "side": ask.side, "posSide": "net",
        "execType": "M" if fill.maker else "T", "fee": plain(fill.fee.copy_negate()), "feeCcy": ask.received,
        "feeRate": plain(fill.rate.copy_negate()), "tradeQuoteCcy": ask.instrument.quote,
        "ts": str(fill.ts), "fillTime": str(fill.ts), "feedTs": str(fill.feed_ts),
    }  # fmt: skip


def one(venue: Venue, params: Params) -> Order:
    """Give the order asked for; 51603 when there is none, or it was canceled unfilled more than two hours ago."""
    order = venue.find(params)
    if order is None or not _kept(order, venue.clock.now_ms() - UNFILLED_KEPT):
        raise Refusal("51603")
    return order


def pending(venue: Venue, params: Params) -> list[Order]:
    """Give a page of the orders that rest, newest first."""
    found = (order for order in reversed(venue.open.values()) if _fits(order, params))
    return _page(found, params, _order_id)


def finished(venue: Venue, params: Params, *, kept: int, unfilled: bool) -> list[Order]:
    """Give a page of the orders that are done, newest first.

    Parameters
    ----------
    venue
        The exchange.
    params
        OKX's filters and paging.
    kept
        How far back orders are listed, in ms.
    unfilled
        Whether orders canceled without a fill are listed (for two hours) or not at all.
    """
    if not params.get("instType"):
        raise Refusal("50014", "instType")
    now = venue.clock.now_ms()
    span = _span(params)
    found = (
        order
        for order in reversed(venue.orders.values())
        if not order.open
        and order.updated >= now - kept
        and (order.filled or (unfilled and _kept(order, now - UNFILLED_KEPT)))
        and order.created in span
        and _fits(order, params)
    )
    return _page(found, params, _order_id)


def fills(venue: Venue, params: Params, *, kept: int) -> list[Fill]:
    """Give a page of fills, newest first; ``kept`` is how far back they are listed, in ms."""
    oldest = venue.clock.now_ms() - kept
    span, wanted = _span(params), params.get("ordId", "")
    found = (
        fill
        for fill in reversed(venue.fills)
        if fill.ts >= oldest
        and fill.ts in span
        and (not wanted or wanted == str(fill.order.id))
        and _fits(fill.order, {key: params.get(key, "") for key in ("instType", "instId")})
    )
    return _page(found, params, _bill_id)


def whole(params: Params, name: str, default: int) -> int:
    """Give a parameter that must be a whole number; 51000 when it is not."""
    value = params.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise Refusal("51000", name)
    return int(value)


def _kept(order: Order, oldest: int) -> bool:
    return bool(order.filled) or order.state != "canceled" or order.updated >= oldest


def _fits(order: Order, params: Params) -> bool:
    row = {
        "instType": "SPOT", "instId": order.ask.instrument.name, "ordType": order.ask.kind, "state": order.state,
        "category": "normal",
    }  # fmt: skip
    return all(not params.get(name) or params[name] == value for name, value in row.items())


def _span(params: Params) -> range:
    return range(whole(params, "begin", 0), whole(params, "end", 2**63) + 1)


def _order_id(order: Order) -> int:
    return order.id


def _bill_id(fill: Fill) -> int:
    return fill.bill_id


def _page(found: Iterable[Found], params: Params, key: Callable[[Found], int]) -> list[Found]:
    after, before = whole(params, "after", 2**63), whole(params, "before", -1)
    limit = min(whole(params, "limit", 100), 100)
    return list(islice((row for row in found if before < key(row) < after), limit))
