"""Grids and prices that several files of these tests use."""

from decimal import Decimal

import okxlab as ox
from okxlab.trading.enquiry import pending
from okxlab.trading.venue import SessionVenue

SAW = [(60_000, 61_000, 59_000, 60_500), (60_500, 61_500, 58_500, 59_000)]


def spec(**changes):
    return ox.GridSpec("BTC-USDT", **{"low": 57_000, "high": 63_000, "grids": 12, "investment": 1_000} | changes)


def sides(session):
    return ox.open_orders(session, "BTC-USDT")["side"].value_counts().to_dict()


def straddling(session):
    """Give a grid of four whose second interval lies around the price."""
    last = Decimal(repr(float(ox.tickers(session).loc["BTC-USDT", "last"])))
    steps = ox.instrument(session, "BTC-USDT")
    low, high = steps.floor_price(last * Decimal("0.85")), steps.floor_price(last * Decimal("1.25"))
    return ox.GridSpec("BTC-USDT", low=low, high=high, grids=4, investment=1_000)


def best_buy(session):
    return max(
        (order for order in pending(SessionVenue(session)) if order.side == "buy"), key=lambda order: order.price
    )
