"""What positions are measured by: mark and index prices, funding rates, price limits."""

from decimal import Decimal
from typing import Protocol

from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.listing import Listing


class Marks(Protocol):
    """Prices that are not traded at, where the feed stands."""

    def mark_price(self, instrument: Instrument) -> Decimal:
        """Give what a contract is worth for margin and profit."""

    def index_price(self, name: str) -> Decimal:
        """Give the index of a family: ``BTC-USD``."""

    def delivery_price(self, instrument: Instrument) -> Decimal:
        """Give the index at which an expired contract is settled."""

    def funding_rate(self, instrument: Instrument, funding_time: int) -> Decimal:
        """Give the rate paid at a funding time (ms UTC of feed time)."""

    def price_limits(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        """Give the highest price to buy at and the lowest to sell at."""


class PathMarks:
    """Marks straight from the path: mark and index are its price, nothing is due and no price is refused."""

    def __init__(self, feed: Feed, listing: Listing) -> None:
        self._feed = feed
        self._listing = listing

    def mark_price(self, instrument: Instrument) -> Decimal:
        """Give the path's price."""
        return self._feed.price(instrument.name)

    def index_price(self, name: str) -> Decimal:
        """Give the path's price of the spot pair."""
        base = name.split("-", maxsplit=1)[0]
        return self._feed.price(name if name in self._listing else f"{base}-USDT")

    def delivery_price(self, instrument: Instrument) -> Decimal:
        """Give the path's price of the spot pair."""
        return self.index_price(instrument.name.rpartition("-")[0])

    def funding_rate(self, _instrument: Instrument, _funding_time: int) -> Decimal:
        """Nothing is due."""
        return Decimal(0)

    def price_limits(self, _instrument: Instrument) -> tuple[Decimal, Decimal]:
        """Allow anything."""
        return Decimal("Infinity"), Decimal(0)
