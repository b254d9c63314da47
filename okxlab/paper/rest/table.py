"""Every endpoint there is."""

from okxlab.paper.rest import (
    account,
    algo,
    amendments,
    candles,
    countdown,
    market,
    public,
    trade,
)
from okxlab.paper.rest.route import Route

FAMILIES = (
    market,
    account,
    trade,
    algo,
    amendments,
    countdown,
    candles,
    public,
)


def routes() -> dict[str, dict[str, Route]]:
    """Give the endpoints by path and method."""
    table: dict[str, dict[str, Route]] = {}
    for family in FAMILIES:
        for route in family.ROUTES:
            table.setdefault(f"/api/v5/{route.path}", {})[route.method] = route
    return table
