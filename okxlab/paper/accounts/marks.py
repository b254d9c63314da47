"""What positions are measured by: mark and index prices, funding rates, price limits."""

from decimal import Decimal
from typing import Protocol

from okxlab.paper.products.instrument import Instrument


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

    def dollars(self, currency: str) -> Decimal:
        """Give what one unit of a currency is worth."""
