"""Orders: placed, taken back, looked up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from multidict import istr

from okxlab.paper.codes import CODES, Refusal
from okxlab.paper.exact import read
from okxlab.paper.orders.order import Order
from okxlab.paper.rest import history
from okxlab.paper.rest.parameters import needed
from okxlab.paper.rest.route import Answer, Call, Limit, Route
from okxlab.paper.rows.order import fill_row, order_row

Rows = list[Any]
Fields = Mapping[str, Any]
Row = dict[str, str]
Action = Callable[[Fields], Order]
_EXPIRES = istr("expTime")


def place(call: Call) -> Answer:
    """Place one order."""
    check_deadline(call)
    return acted(act(call, [call.body], _placing(call)), batch=False)


def place_batch(call: Call) -> Answer:
    """Place up to 20 orders, each on its own."""
    check_deadline(call)
    return acted(act(call, call.body, _once(_placing(call))), batch=True)


def cancel(call: Call) -> Answer:
    """Cancel one order."""
    return acted(act(call, [call.body], _canceling(call)), batch=False)


def cancel_batch(call: Call) -> Answer:
    """Cancel up to 20 orders, each on its own."""
    return acted(act(call, call.body, _canceling(call)), batch=True)


def order(call: Call) -> Rows:
    """Give one order."""
    return [order_row(history.one(call))]


def pending(call: Call) -> Rows:
    """Give the orders that rest."""
    return [order_row(row) for row in history.pending(call)]


def week(call: Call) -> Rows:
    """Give the orders done in seven days."""
    needed(call.params, "instType")
    return [order_row(row) for row in history.finished(call, kept=history.WEEK, unfilled=True)]


def archive(call: Call) -> Rows:
    """Give the orders filled in three months, in part or whole."""
    needed(call.params, "instType")
    return [order_row(row) for row in history.finished(call, kept=history.THREE_MONTHS, unfilled=False)]


def fills(call: Call) -> Rows:
    """Give the fills of three days."""
    return [fill_row(row) for row in history.fills(call, kept=history.THREE_DAYS)]


def fills_history(call: Call) -> Rows:
    """Give the fills of three months."""
    needed(call.params, "instType")
    return [fill_row(row) for row in history.fills(call, kept=history.THREE_MONTHS)]


def act(call: Call, asked: Sequence[Fields], action: Action) -> list[Row]:
    """Do one thing an order and give one row each, in the order asked."""
    rows = []
    for fields in asked:
        try:
            rows.append(done(call, action(fields)))
        except Refusal as refusal:
            rows.append(failed(call, fields, refusal))
    return rows


def acted(rows: Sequence[Row], *, batch: bool) -> Answer:
    """Wrap one row an order: code 0 all went well, 1 none did, 2 some did."""
    bad = sum(row["sCode"] != "0" for row in rows)
    code = "0" if not bad else "1" if bad == len(rows) else "2"
    return Answer(rows, code, CODES[code][1] if batch else "", timed=True)


def done(call: Call, order: Order) -> Row:
    """Give the row of an order that was acted on."""
    return {
        "ordId": str(order.id), "clOrdId": order.ask.client_id, "tag": order.ask.tag,
        "ts": str(call.venue.clock.now_ms()), "sCode": "0", "sMsg": "", "subCode": "",
    }  # fmt: skip


def failed(call: Call, fields: Fields, refusal: Refusal) -> Row:
    """Give the row of an order that was refused."""
    echo = {name: value if isinstance(value := fields.get(name), str) else "" for name in ("ordId", "clOrdId", "tag")}
    stamp = str(call.venue.clock.now_ms())
    return {**echo, "ts": stamp, "sCode": refusal.code, "sMsg": refusal.what, "subCode": refusal.sub_code}


def _placing(call: Call) -> Action:
    return lambda fields: call.venue.place(call.account, fields)


def _canceling(call: Call) -> Action:
    return lambda fields: call.venue.cancel(call.account, fields)


def _once(action: Action) -> Action:
    """Refuse a client id that came before in the same batch."""
    seen: set[str] = set()

    def once(fields: Fields) -> Order:
        client_id = fields.get("clOrdId")
        if isinstance(client_id, str) and client_id:
            if client_id in seen:
                raise Refusal("51016")
            seen.add(client_id)
        return action(fields)

    return once


def check_deadline(call: Call) -> None:
    """Refuse a request whose expTime header (ms UTC) has passed."""
    deadline = call.headers.get(_EXPIRES, "")
    if not deadline:
        return
    moment = read(deadline)
    if moment is None:
        raise Refusal("51000", "expTime")
    if moment < call.venue.clock.now_ms():
        raise Refusal("50036")


_BY_INSTRUMENT = ("user", "instId")

ROUTES = (
    Route("POST", "trade/order", place, "trade", Limit(60, by=_BY_INSTRUMENT), joined=True),
    Route("POST", "trade/batch-orders", place_batch, "trade", Limit(300, by=_BY_INSTRUMENT), listed=True, joined=True),
    Route("POST", "trade/cancel-order", cancel, "trade", Limit(60, by=_BY_INSTRUMENT), joined=True),
    Route(
        "POST",
        "trade/cancel-batch-orders",
        cancel_batch,
        "trade",
        Limit(300, by=_BY_INSTRUMENT),
        listed=True,
        joined=True,
    ),
    Route("GET", "trade/order", order, "read", Limit(60, by=_BY_INSTRUMENT)),
    Route("GET", "trade/orders-pending", pending, "read", Limit(60)),
    Route("GET", "trade/orders-history", week, "read", Limit(40)),
    Route("GET", "trade/orders-history-archive", archive, "read", Limit(20)),
    Route("GET", "trade/fills", fills, "read", Limit(60)),
    Route("GET", "trade/fills-history", fills_history, "read", Limit(10)),
)
