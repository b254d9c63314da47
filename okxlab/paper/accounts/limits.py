"""How large a position may be, and how much of its worth it must keep: what its tier says."""

from decimal import Decimal

from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.tiers import tier_of, tiers

_BEYOND = Decimal("Infinity")


def largest(instrument: Instrument, leverage: int) -> Decimal:
    """Give the largest position a leverage allows."""
    return max((row.most for row in tiers(instrument) if row.leverage >= leverage), default=_BEYOND)


def maintenance_rate(instrument: Instrument, size: Decimal) -> Decimal:
    """Give the share of its worth that a position of a size must keep."""
    tier = tier_of(instrument, size)
    return tier.maintenance if tier else Decimal(0)
