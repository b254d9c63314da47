"""Orders changed where they rest."""

from collections.abc import Callable
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.amendment import amend
from okxlab.paper.orders.order import Order
from okxlab.paper.rest.route import Answer, Call, Limit, Route
from okxlab.paper.rest.trade import Action, Fields, Row, acted, check_deadline, failed

_BY_INSTRUMENT = ("user", "instId")


def amend_order(call: Call) -> Answer:
    """Change one order."""
    check_deadline(call)
    return acted([_row(call, call.body, _amending(call))], batch=False)


def amend_batch(call: Call) -> Answer:
    """Change up to 20 orders, each on its own."""
    check_deadline(call)
    action = _once(_amending(call))
    return acted([_row(call, fields, action) for fields in call.body], batch=True)


def _amending(call: Call) -> Action:
    return lambda fields: amend(call.venue, call.account, fields)


def _row(call: Call, fields: Fields, action: Callable[[Fields], Order]) -> Row:
    request = fields.get("reqId")
    told = {"reqId": request if isinstance(request, str) else ""}
    try:
        order = action(fields)
    except Refusal as refusal:
        row: dict[str, Any] = failed(call, fields, refusal)
        del row["tag"]
        return row | told
    return {
        "ordId": str(order.id), "clOrdId": order.ask.client_id, "ts": str(call.venue.clock.now_ms()), "sCode": "0",
        "sMsg": "", "subCode": "",
    } | told  # fmt: skip


def _once(action: Action) -> Action:
    """Refuse an order that was named before in the same batch."""
    seen: set[tuple[str, str]] = set()

    def once(fields: Fields) -> Order:
        key = str(fields.get("ordId") or ""), str(fields.get("clOrdId") or "")
        if key in seen:
            raise Refusal("51512")
        seen.add(key)
        return action(fields)

    return once


ROUTES = (
    Route("POST", "trade/amend-order", amend_order, "trade", Limit(60, by=_BY_INSTRUMENT)),
    Route("POST", "trade/amend-batch-orders", amend_batch, "trade", Limit(300, by=_BY_INSTRUMENT), listed=True),
)
