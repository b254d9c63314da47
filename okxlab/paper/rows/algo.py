"""An algo order as OKX's row."""

from decimal import Decimal
from typing import Any

from okxlab.paper.exact import plain
from okxlab.paper.fields import blank
from okxlab.paper.orders.algo import CHASED, SLICED, Algo

_EMPTY = (
    "advChaseParams lmtOrderNumber aggressiveness quickMgnType amendPxOnTriggerType isTradeBorrowMode lever clOrdId"
)


def algo_row(algo: Algo, last: Decimal | None = None) -> dict[str, Any]:
    """Give OKX's row of an algo order; ``last`` is the instrument's price now."""
    order, trail = algo.order, algo.trail
    orders = [str(number) for number in algo.orders]
    return blank(_EMPTY) | _prices(algo) | {
        "instType": algo.instrument.kind, "instId": algo.instrument.name, "ccy": order.get("ccy", ""),
        "ordId": orders[0] if orders else "", "ordIdList": orders, "subAlgoIdList": [], "algoId": str(algo.id),
        "algoClOrdId": algo.client_id, "sz": order.get("sz", ""), "closeFraction": order.get("closeFraction", ""),
        "ordType": algo.kind, "side": order["side"], "posSide": order.get("posSide", "net"),
        "tdMode": order["tdMode"], "tgtCcy": order.get("tgtCcy", ""), "state": algo.state,
        "advanceOrdType": order.get("advanceOrdType", ""), "actualSz": algo.size or "0", "actualPx": algo.price,
        "actualSide": algo.leg, "triggerTime": str(algo.triggered) if algo.triggered else "",
        "tag": order.get("tag", ""), "reduceOnly": order.get("reduceOnly", "false"),
        "callbackRatio": plain(trail.ratio) if trail and trail.ratio else "",
        "callbackSpread": plain(trail.spread) if trail and trail.spread else "",
        "activePx": plain(trail.active) if trail and trail.active else "",
        "moveTriggerPx": plain(trail.threshold) if trail and trail.threshold else "",
        "last": plain(last) if last else "", "failCode": algo.fail, "attachAlgoOrds": algo.attached,
        "linkedOrd": {"ordId": str(algo.parent) if algo.parent else ""}, "triggerParams": [], "advChaseParams": [],
        "cTime": str(algo.created), "uTime": str(algo.updated),
        "tradeQuoteCcy": algo.instrument.quote if algo.instrument.kind == "SPOT" else "",
        **{name: order.get(name, "") for name in (*SLICED, *CHASED)},
        "notionalUsd": "", "reqId": "", "amendResult": "",
    }  # fmt: skip


def _prices(algo: Algo) -> dict[str, str]:
    """Give the fields of triggers: those of a nameless one begin with ``trigger``."""
    row = {}
    for name, price_field, order_field in (
        ("tp", "tpTriggerPx", "tpOrdPx"), ("sl", "slTriggerPx", "slOrdPx"), ("", "triggerPx", "ordPx"),
    ):  # fmt: skip
        leg = algo.legs.get(name)
        row[price_field] = plain(leg.price) if leg else ""
        row[f"{price_field}Type"] = leg.kind if leg else ""
        row[order_field] = leg.order_price if leg else ""
    return row
