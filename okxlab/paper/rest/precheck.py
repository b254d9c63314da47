"""What an order would do to the account, and how many may still be placed."""

from typing import Any

from okxlab.paper.accounts.loans import on_margin
from okxlab.paper.exact import minus, plain
from okxlab.paper.fields import blank
from okxlab.paper.orders.ask import parse
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[dict[str, Any]]
_PRECHECK = (
    "adjEq adjEqChg imr imrChg mmr mmrChg mgnRatio mgnRatioChg availBal availBalChg liqPx liqPxDiff liqPxDiffRatio "
    "posBal posBalChg liab liabChg liabChgCcy type"
)
_ORDERS_IN_TWO_SECONDS = "1000"


def precheck(call: Call) -> Rows:
    """Give what a spot order would leave available, without placing it; one that would be refused is refused."""
    venue, account = call.venue, call.account
    ask = on_margin(account, parse(call.params, venue.listing))
    size, price = venue.admit(account, ask)
    row = blank(_PRECHECK)
    if ask.instrument.kind == "SPOT":
        left = venue.standings.cash_left(account, ask.spent)
        cost = ask.instrument.worth(size, price) if ask.buys else size
        row |= {"availBal": plain(minus(left, cost)), "availBalChg": plain(cost.copy_negate())}
    return [row]


def rate_limit(call: Call) -> Rows:
    """Give the limit of new and amended orders; it does not depend on how many are filled here."""
    now = str(call.venue.clock.now_ms())
    row = {"fillRatio": "", "mainFillRatio": "", "accRateLimit": _ORDERS_IN_TWO_SECONDS}
    return [row | {"nextAccRateLimit": _ORDERS_IN_TWO_SECONDS, "ts": now}]


ROUTES = (
    Route("POST", "trade/order-precheck", precheck, "trade", Limit(5)),
    Route("GET", "trade/account-rate-limit", rate_limit, "read", Limit(1, window_ms=1000)),
)
