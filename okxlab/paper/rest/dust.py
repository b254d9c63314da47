"""Small balances turned into others and debts repaid at a click: here there are none, as in demo trading."""

from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.rest.route import Call, Limit, Route

_LIMIT = Limit(1)


def nothing(_call: Call) -> list[dict[str, Any]]:
    """Give an empty list."""
    return []


def refuse(_call: Call) -> list[dict[str, Any]]:
    """Refuse what is not to be had in demo trading."""
    raise Refusal("50038")


ROUTES = (
    Route("GET", "trade/easy-convert-currency-list", nothing, "read", _LIMIT),
    Route("POST", "trade/easy-convert", refuse, "trade", _LIMIT),
    Route("GET", "trade/easy-convert-history", nothing, "read", _LIMIT),
    Route("GET", "trade/one-click-repay-currency-list", nothing, "read", _LIMIT),
    Route("POST", "trade/one-click-repay", refuse, "trade", _LIMIT),
    Route("GET", "trade/one-click-repay-history", nothing, "read", _LIMIT),
    Route("GET", "trade/one-click-repay-currency-list-v2", nothing, "read", _LIMIT),
    Route("POST", "trade/one-click-repay-v2", refuse, "trade", _LIMIT),
    Route("GET", "trade/one-click-repay-history-v2", nothing, "read", _LIMIT),
)
