"""An order and a fill as OKX's rows."""

from decimal import Decimal
from typing import Any

from okxlab.paper.exact import divided_freely, plain, times
from okxlab.paper.fields import blank
from okxlab.paper.orders.order import Fill, Order

_EMPTY_ORDER = (
    "pxUsd pxVol pxType tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx stpId "
    "cancelSourceReason quickMgnType outcome attachAlgoClOrdId"
)
_EMPTY_ATTACHED = "tpOrdKind tpTriggerRatio slTriggerRatio amendPxOnTriggerType failCode failReason"
_EMPTY_NEWS = "fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx fillIdxPx reqId amendResult lastPx msg"
_EMPTY_FILL = "fillIdxPx fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx"
ZERO = Decimal(0)


def order_row(order: Order) -> dict[str, Any]:
    """Give OKX's row of an order."""
    ask, last, instrument = order.ask, order.last, order.instrument
    spot = instrument.kind == "SPOT"
    return blank(_EMPTY_ORDER) | {
        "instType": instrument.kind, "instId": instrument.name, "ccy": ask.currency, "ordId": str(order.id),
        "clOrdId": ask.client_id, "tag": ask.tag, "px": plain(order.price) if order.price else "",
        "sz": ask.size_text, "tgtCcy": ask.target, "ordType": ask.kind, "side": ask.side, "posSide": ask.pos_side,
        "tdMode": ask.mode, "state": order.state, "pnl": plain(order.pnl), "lever": order.lever,
        "accFillSz": plain(order.filled),
        "avgPx": plain(divided_freely(order.cost, order.filled)) if order.filled else "",
        "fillPx": plain(last.price) if last else "", "fillSz": plain(last.size) if last else "0",
        "fillTime": str(last.ts) if last else "", "tradeId": str(last.trade_id) if last else "",
        "fee": plain(order.fee.copy_negate()),
        "feeCcy": order.fee_currency or (instrument.contract.settle if instrument.contract else ask.received),
        "rebate": "0", "rebateCcy": ask.spent if spot else "", "category": order.category,
        "reduceOnly": "true" if ask.reduce_only else "false", "isTpLimit": "false",
        "cancelSource": order.cancel_source, "stpMode": ask.self_trade,
        "attachAlgoOrds": [blank(_EMPTY_ATTACHED) | dict(spec) for spec in order.attached],
        "source": order.source, "linkedAlgoOrd": {"algoId": ""}, "algoId": order.algo_id,
        "algoClOrdId": order.algo_client_id,
        "tradeQuoteCcy": instrument.quote if spot else "", "uTime": str(order.updated), "cTime": str(order.created),
    }  # fmt: skip


def push_row(order: Order, fill: Fill | None) -> dict[str, Any]:
    """Give the row of the orders channel: an order's, and what only a push tells."""
    notional = _notional(order) if order.filled else ""
    return order_row(order) | blank(_EMPTY_NEWS) | {
        "amendSource": order.amend_source, "code": "0", "execType": ("M" if fill.maker else "T") if fill else "",
        "fillFee": plain(fill.fee.copy_negate()) if fill else "", "fillFeeCcy": fill.fee_currency if fill else "",
        "fillNotionalUsd": notional, "notionalUsd": notional, "fillPnl": plain(fill.pnl) if fill else "0",
    }  # fmt: skip


def _notional(order: Order) -> str:
    """Give what was filled in USD, stable coins counted as such; empty for options, whose price is in coin."""
    terms = order.instrument.contract
    if terms is None:
        return plain(order.cost)
    if terms.right:
        return ""
    return plain(times(order.cost if terms.linear else order.filled, terms.value))


def fill_row(record: list[Any]) -> dict[str, Any]:
    """Give OKX's row of a fill's record, and `feedTs`: the start of the candle of feed time it happened in."""
    (trade, bill, number, _, name, kind, client_id, tag, side, pos_side, price, size, fee, currency, rate, maker, ts,
     feed_ts, pnl, quote) = record  # fmt: skip
    return blank(_EMPTY_FILL) | {
        "instType": kind, "instId": name, "tradeId": str(trade), "billId": str(bill), "ordId": str(number),
        "clOrdId": client_id, "tag": tag, "subType": fill_subtype(record), "fillPx": price, "fillSz": size,
        "fillPnl": pnl, "side": side, "posSide": pos_side, "execType": "M" if maker else "T",
        "fee": plain(Decimal(fee).copy_negate()), "feeCcy": currency, "feeRate": plain(Decimal(rate).copy_negate()),
        "tradeQuoteCcy": quote if kind == "SPOT" else "", "ts": str(ts), "fillTime": str(ts), "feedTs": str(feed_ts),
    }  # fmt: skip


def fill_subtype(record: list[Any]) -> str:
    """Give OKX's subType of a fill's record: bought or sold, or opened or closed long or short."""
    side, pos_side = record[8], record[9]
    if pos_side == "net":
        return "1" if side == "buy" else "2"
    if pos_side == "long":
        return "3" if side == "buy" else "5"
    return "4" if side == "sell" else "6"
