"""The resting order that a request names."""

from collections.abc import Mapping

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.orders.ask import text
from okxlab.paper.orders.order import Order


def find(account: Account, fields: Mapping[str, object]) -> Order | None:
    """Give the open order of `instId` named by `ordId` or, failing that, by `clOrdId`."""
    name, order_id, client_id = (text(fields, key) for key in ("instId", "ordId", "clOrdId"))
    if not name:
        raise Refusal("50014", "instId")
    if not order_id and not client_id:
        raise Refusal("50014", "ordId")
    number = int(order_id) if order_id.isascii() and order_id.isdigit() and len(order_id) < 20 else -1
    order = account.open.get(number) if order_id else account.named.get(client_id)
    return order if order is not None and order.instrument.name == name else None
