"""The routes that take a signature: the account, and orders."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from okxlab.paper import account, history
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import read
from okxlab.paper.orders import Order
from okxlab.paper.venue import Venue

Params = Mapping[str, str]
Rows = list[object]
Fields = Mapping[str, Any]
Row = dict[str, str]
Action = Callable[[Fields], Order]

_KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")


def balance(venue: Venue, params: Params) -> Rows:
    """Give the account's balance."""
    return [account.balance(venue, _wanted(params))]


def config(_venue: Venue, _params: Params) -> Rows:
    """Give the account's configuration."""
    return [account.config()]


def trade_fee(venue: Venue, params: Params) -> Rows:
    """Give the fee rates."""
    kind = params.get("instType", "")
    if not kind:
        raise Refusal("50014", "instType")
    if kind not in _KINDS:
        raise Refusal("51000", "instType")
    if params.get("instId") and params["instId"] not in venue.instruments:
        raise Refusal("51001")
    return [account.fees(venue, kind)]


def nothing(_venue: Venue, _params: Params) -> Rows:
    """There are no positions and no funding wallet here."""
    return []


def currencies(venue: Venue, params: Params) -> Rows:
    """List the currencies."""
    return list(account.currencies(venue, _wanted(params)))


def order(venue: Venue, params: Params) -> Rows:
    """Give one order."""
    return [history.order_row(history.one(venue, params))]


def pending(venue: Venue, params: Params) -> Rows:
    """Give the orders that rest."""
    return [history.order_row(row) for row in history.pending(venue, params)]


def week(venue: Venue, params: Params) -> Rows:
    """Give the orders done in seven days."""
    rows = history.finished(venue, params, kept=history.WEEK, unfilled=True)
    return [history.order_row(row) for row in rows]


def archive(venue: Venue, params: Params) -> Rows:
    """Give the orders filled in three months, in part or whole."""
    rows = history.finished(venue, params, kept=history.THREE_MONTHS, unfilled=False)
    return [history.order_row(row) for row in rows]


def fills(venue: Venue, params: Params) -> Rows:
    """Give the fills of three days."""
    return [history.fill_row(row) for row in history.fills(venue, params, kept=history.THREE_DAYS)]


def fills_history(venue: Venue, params: Params) -> Rows:
    """Give the fills of three months."""
    if not params.get("instType"):
        raise Refusal("50014", "instType")
    return [history.fill_row(row) for row in history.fills(venue, params, kept=history.THREE_MONTHS)]


def check_deadline(venue: Venue, deadline: str) -> None:
    """Refuse a request whose expTime header (ms UTC) has passed."""
    if not deadline:
        return
    moment = read(deadline)
    if moment is None:
        raise Refusal("51000", "expTime")
    if moment < venue.clock.now_ms():
        raise Refusal("50036")


def act(venue: Venue, asked: Sequence[Fields], action: Action) -> list[Row]:
    """Do one thing an order and give one row each, in the order asked."""
    seen: set[str] = set()
    rows = []
    for fields in asked:
        try:
            if action == venue.place:
                _once(fields.get("clOrdId"), seen)
            rows.append(_done(venue, action(fields)))
        except Refusal as refusal:
            rows.append(_failed(venue, fields, refusal))
    return rows


def _once(client_id: object, seen: set[str]) -> None:
    """Refuse a client id that came before in the same batch."""
    if not isinstance(client_id, str) or not client_id:
        return
    if client_id in seen:
        raise Refusal("51016")
    seen.add(client_id)


def _done(venue: Venue, done: Order) -> Row:
    return {
        "ordId": str(done.id), "clOrdId": done.ask.client_id, "tag": done.ask.tag, "ts": str(venue.clock.now_ms()),
        "sCode": "0", "sMsg": "", "subCode": "",
    }  # fmt: skip


def _failed(venue: Venue, fields: Fields, refusal: Refusal) -> Row:
    echo = {name: value if isinstance(value := fields.get(name), str) else "" for name in ("ordId", "clOrdId", "tag")}
    stamp = str(venue.clock.now_ms())
    return {**echo, "ts": stamp, "sCode": refusal.code, "sMsg": refusal.what, "subCode": refusal.sub_code}


def _wanted(params: Params) -> frozenset[str]:
    return frozenset(name for name in params.get("ccy", "").split(",") if name)


QUERIES: dict[str, Callable[[Venue, Params], Rows]] = {
    "/api/v5/account/balance": balance,
    "/api/v5/account/config": config,
    "/api/v5/account/trade-fee": trade_fee,
    "/api/v5/account/positions": nothing,
    "/api/v5/asset/balances": nothing,
    "/api/v5/asset/currencies": currencies,
    "/api/v5/trade/order": order,
    "/api/v5/trade/orders-pending": pending,
    "/api/v5/trade/orders-history": week,
    "/api/v5/trade/orders-history-archive": archive,
    "/api/v5/trade/fills": fills,
    "/api/v5/trade/fills-history": fills_history,
}
