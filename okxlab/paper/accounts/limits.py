"""How large a position may be, and how much of its worth it must keep."""

from decimal import Decimal

from okxlab.paper.products.instrument import Instrument

_FIRST = Decimal("0.004")


def largest(_instrument: Instrument, _leverage: int) -> Decimal:
    """Give the largest position a leverage allows."""
    return Decimal("Infinity")


def maintenance_rate(_instrument: Instrument, _size: Decimal) -> Decimal:
    """Give the share of its worth that a position of a size must keep."""
    return _FIRST
