"""Other houses' grids: what their settings are called here, where they mean the same."""

from collections.abc import Mapping
from typing import Any

from okxlab.errors import SpecError
from okxlab.grid.terms import check_grids

_BBGO = {
    "lowerPrice": "low",
    "upperPrice": "high",
    "quoteInvestment": "investment",
    "baseInvestment": "base",
    "triggerPrice": "trigger",
    "stopLossPrice": "stop_loss",
    "takeProfitPrice": "take_profit",
}


def intervals(prices: int) -> int:
    """Give the number of intervals between so many prices, or raise SpecError.

    >>> intervals(11)
    10
    """
    try:
        return check_grids(prices - 1)
    except (TypeError, SpecError):
        raise SpecError(
            f"A grid of {prices!r} prices has no intervals that okxlab makes.",
            "Give 3 to 1001 prices; n need n - 1 intervals.",
        ) from None


def bbgo(symbol: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the terms of a grid from the settings of bbgo's grid2, in its spelling.

    Raises
    ------
    SpecError
        When a setting is missing, or there is one that means nothing here or something else.
    """
    rest = dict(settings)
    name = rest.pop("symbol", None)
    if name is not None and str(name).upper() != symbol.replace("-", ""):
        raise SpecError(f"These settings are for {name}, not for {symbol}.", "Give the symbol they are for.")
    missing = [key for key in ("gridNumber", "lowerPrice", "upperPrice") if key not in rest]
    if missing:
        raise SpecError(f"These settings lack {', '.join(missing)}.", "Take them from bbgo's grid2 section.")
    grids = intervals(rest.pop("gridNumber"))
    if rest.pop("compound", False):
        raise SpecError(
            "bbgo's compound enlarges an order whenever one is filled, and reinvest looks once in 24 hours.",
            "Leave compound out, and give the grid reinvest=True if that will do.",
        )
    strange = [key for key in rest if key not in _BBGO]
    if strange:
        raise SpecError(
            f"okxlab has nothing that means bbgo's {', '.join(strange)}.",
            f"Leave out what does not shape the grid; gridNumber and {', '.join(_BBGO)} are read.",
        )
    return {"grids": grids, "investment": 0} | {_BBGO[key]: value for key, value in rest.items()}
