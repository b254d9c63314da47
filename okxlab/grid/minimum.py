"""The least a grid needs: orders of the instrument's minimum in every interval."""

from decimal import Decimal
from fractions import Fraction

from okxlab.grid.money import EXACT, ONE, ceil_ratio, ceil_step, floor_step, net, total
from okxlab.grid.sizes import Sizes, weighted, weights
from okxlab.model import Instrument

_FINEST = Decimal("0.00000001")  # what OKX counts money in


def unit_costs(prices: tuple[Decimal, ...], launch_price: Decimal, slippage: Decimal = Decimal(0)) -> list[Decimal]:
    """Give the quote currency that a unit of base needs in each interval: its level where it waits, else what is paid.

    >>> [str(cost) for cost in unit_costs((Decimal(100), Decimal(104), Decimal(110)), Decimal(103), Decimal("0.02"))]
    ['100', '105.06']
    """
    paid = EXACT.multiply(launch_price, EXACT.add(ONE, slippage))
    return [price if price < launch_price else paid for price in prices[:-1]]


def base_worth(base: Decimal, instrument: Instrument, price: Decimal, taker: Decimal, slippage: Decimal) -> Decimal:
    """Give the quote currency that whole lots of base would bring at market; a rebate is not counted on."""
    value = EXACT.multiply(floor_step(base, instrument.lot), net(price, slippage))
    return net(value, max(taker, Decimal(0)))


def smallest_size(instrument: Instrument, maker: Decimal, taker: Decimal) -> Decimal:
    """Give the smallest unit of which every order, the sells after their fee included, reaches the minimum size.

    >>> fee = Decimal("0.001")
    >>> smallest_size(Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001"), fee, fee)
    Decimal('0.00001002')
    """
    least = ceil_step(instrument.minimum, instrument.lot)
    kept = EXACT.subtract(ONE, max(maker, taker))
    return max(least, ceil_ratio(least, kept, instrument.lot))


def minimum_investment(  # noqa: PLR0913  a ladder's arguments
    prices: tuple[Decimal, ...],
    launch_price: Decimal,
    instrument: Instrument,
    maker: Decimal,
    taker: Decimal,
    *,
    sizes: Sizes = "equal_base",
    base: Decimal = Decimal(0),
    slippage: Decimal = Decimal(0),
) -> Decimal:
    """Give the smallest investment, in quote currency, with which every order reaches the minimum size.

    ``base`` put in counts for what it would bring at the launch price; the answer is 0 when it is enough alone. Of a
    size profile the smallest interval decides, and the amount is rounded up to a hundred-millionth.
    """
    least, costs = smallest_size(instrument, maker, taker), unit_costs(prices, launch_price, slippage)
    if sizes == "equal_base":
        budget = EXACT.multiply(least, total(costs))
    else:
        shares = weights(sizes, prices)
        whole = weighted(shares, costs)
        budget = ceil_finest(whole / min(shares) * Fraction(least))
    worth = base_worth(base, instrument, launch_price, taker, slippage)
    return max(EXACT.subtract(budget, worth), Decimal(0))


def ceil_finest(amount: Fraction | Decimal) -> Decimal:
    """Round an amount of money up to a hundred-millionth.

    >>> ceil_finest(Fraction(1, 3))
    Decimal('0.33333334')
    """
    parts = -Fraction(amount) // Fraction(_FINEST)
    return EXACT.multiply(Decimal(-parts), _FINEST)
