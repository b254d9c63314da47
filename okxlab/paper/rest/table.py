"""Every endpoint there is."""

from okxlab.paper.rest import (
    account,
    algo,
    amendments,
    asset,
    bills,
    candles,
    closing,
    countdown,
    derivatives,
    dust,
    funding,
    grid_bot,
    grid_lists,
    grid_means,
    grid_orders,
    index,
    loans,
    market,
    options,
    platform,
    precheck,
    public,
    settings,
    sizes,
    trade,
    users,
)
from okxlab.paper.rest.route import Route

FAMILIES = (
    market,
    account,
    bills,
    settings,
    sizes,
    loans,
    trade,
    precheck,
    dust,
    closing,
    algo,
    amendments,
    asset,
    countdown,
    candles,
    public,
    users,
    index,
    funding,
    derivatives,
    options,
    platform,
    grid_bot,
    grid_orders,
    grid_means,
    grid_lists,
)


def routes() -> dict[str, dict[str, Route]]:
    """Give the endpoints by path and method."""
    table: dict[str, dict[str, Route]] = {}
    for family in FAMILIES:
        for route in family.ROUTES:
            table.setdefault(f"/api/v5/{route.path}", {})[route.method] = route
    return table
