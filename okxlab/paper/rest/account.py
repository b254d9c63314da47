"""The account: balance, configuration, fees, currencies."""

from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.rest.parameters import kind_of, listed_in
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import account as rows

Rows = list[Any]


def balance(call: Call) -> Rows:
    """Give the account's balance."""
    return [rows.balance(call.venue, call.account, listed_in(call.params, "ccy"))]


def config(call: Call) -> Rows:
    """Give the account's configuration, and what the key that asks may do."""
    return [rows.config(call.account, call.key)]


def trade_fee(call: Call) -> Rows:
    """Give the fee rates."""
    kind = kind_of(call.params)
    if call.params.get("instId") and call.params["instId"] not in call.venue.listing:
        raise Refusal("51001")
    return [rows.fees(call.venue, kind)]


def nothing(_call: Call) -> Rows:
    """There are no positions here."""
    return []


ROUTES = (
    Route("GET", "account/balance", balance, "read", Limit(10)),
    Route("GET", "account/config", config, "read", Limit(5)),
    Route("GET", "account/trade-fee", trade_fee, "read", Limit(5)),
    Route("GET", "account/positions", nothing, "read", Limit(10)),
)
