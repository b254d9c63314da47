"""The least a grid needs: orders of the instrument's minimum in every interval."""

from decimal import Decimal
from fractions import Fraction

from okxlab.grid.money import EXACT, ONE, ceil_ratio, ceil_step, floor_step, net, total
from okxlab.grid.sizes import Sizes, weighted, weights
from okxlab.model import Instrument

_FINEST = Decimal("0.00000001")  # what OKX counts money in


def unit_cost(prices: tuple[Decimal, ...], launch_price: Decimal) -> Decimal:
    """Give the quote currency that one unit of base in every interval needs: the sum of ``min(p_i, launch_price)``."""
    return total([min(price, launch_price) for price in prices[:-1]])


def smallest_size(instrument: Instrument, maker: Decimal, taker: Decimal) -> Decimal:
    """Give the smallest unit of which every order, the sells after their fee included, reaches the minimum size.

    >>> fee = Decimal("0.001")
    >>> smallest_size(Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001"), fee, fee)
    Decimal('0.00001002')
    """
    least = ceil_step(instrument.minimum, instrument.lot)
    kept = EXACT.subtract(ONE, max(maker, taker))
    return max(least, ceil_ratio(least, kept, instrument.lot))


def minimum_investment(
    prices: tuple[Decimal, ...],
    launch_price: Decimal,
    instrument: Instrument,
    maker: Decimal,
    taker: Decimal,
    *,
    sizes: Sizes = "equal_base",
    base: Decimal = Decimal(0),
) -> Decimal:
    """Give the smallest investment, in quote currency, with which every order reaches the minimum size.

    ``base`` put in counts for what it would bring at the launch price; the answer is 0 when it is enough alone. Of a
    size profile the smallest interval decides, and the amount is rounded up to a hundred-millionth.
    """
    least = smallest_size(instrument, maker, taker)
    if sizes == "equal_base":
        budget = EXACT.multiply(least, unit_cost(prices, launch_price))
    else:
        shares = weights(sizes, prices)
        whole = weighted(shares, [min(price, launch_price) for price in prices[:-1]])
        budget = ceil_finest(whole / min(shares) * Fraction(least))
    worth = net(EXACT.multiply(floor_step(base, instrument.lot), launch_price), max(taker, Decimal(0)))
    return max(EXACT.subtract(budget, worth), Decimal(0))


def ceil_finest(amount: Fraction | Decimal) -> Decimal:
    """Round an amount of money up to a hundred-millionth.

    >>> ceil_finest(Fraction(1, 3))
    Decimal('0.33333334')
    """
    parts = -Fraction(amount) // Fraction(_FINEST)
    return EXACT.multiply(Decimal(-parts), _FINEST)
