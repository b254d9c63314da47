"""What positions are measured by: mark and index prices, funding rates, price limits and tiers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.listing import Listing

_FIRST_TIER = Decimal("0.004")


class Marks(Protocol):
    """Prices that are not traded at."""

    def mark_price(self, name: str) -> Decimal:
        """Give what a contract is worth for margin and profit."""

    def index_price(self, family: str) -> Decimal:
        """Give the price of an index: ``BTC-USD``."""

    def funding_rate(self, name: str) -> Decimal:
        """Give the rate that is due next."""

    def price_limits(self, name: str) -> tuple[Decimal, Decimal]:
        """Give the highest price to buy at and the lowest to sell at."""

    def maintenance(self, instrument: Instrument, size: Decimal) -> Decimal:
        """Give the share of its worth that a position must keep."""

    def most(self, instrument: Instrument, leverage: int) -> Decimal:
        """Give the largest position that a leverage allows."""


@dataclass
class PathMarks:
    """Marks straight from the path: mark and index are its price, nothing is due and no price is refused."""

    feed: Feed
    listing: Listing

    def mark_price(self, name: str) -> Decimal:
        """Give the path's price."""
        return self.feed.price(name)

    def index_price(self, family: str) -> Decimal:
        """Give the path's price of the spot pair."""
        base = family.split("-", maxsplit=1)[0]
        return self.feed.price(family if family in self.listing else f"{base}-USDT")

    def funding_rate(self, _name: str) -> Decimal:
        """Nothing is due."""
        return Decimal(0)

    def price_limits(self, name: str) -> tuple[Decimal, Decimal]:
        """Allow anything."""
        return Decimal("Infinity"), Decimal(0)

    def maintenance(self, _instrument: Instrument, _size: Decimal) -> Decimal:
        """Give the rate of a small position."""
        return _FIRST_TIER

    def most(self, _instrument: Instrument, _leverage: int) -> Decimal:
        """Allow anything."""
        return Decimal("Infinity")
