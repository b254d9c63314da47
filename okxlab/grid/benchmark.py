"""What the same money would have become without a grid: bought at the first open and left alone."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.grid.account import Rungs
from okxlab.grid.money import EXACT, net


@dataclass(frozen=True, slots=True)
class Holding:
    """Balances after the purchase, exact: ``quote`` and ``base`` currency."""

    quote: Decimal
    base: Decimal

    def worth(self, price: Decimal) -> Decimal:
        """Give what the balances are worth at a price, in quote currency."""
        return EXACT.add(self.quote, EXACT.multiply(self.base, price))


def holding(ladder: Rungs, price: Decimal, share: Decimal) -> Holding:
    """Give the balances once ``share`` of what was put in is base: whole lots at market, taker fee, no slippage.

    >>> from okxlab.grid import GridSpec, ladder
    >>> from okxlab.model import Instrument
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = ladder(spec, Instrument("BTC-USDT", tick="0.1", lot="0.01", minimum="0.01"), 105)
    >>> holding(made, Decimal(105), Decimal("0.5"))
    Holding(quote=Decimal('500.20'), base=Decimal('4.75524'))
    """
    base, lot = ladder.spec.base, ladder.instrument.lot
    money = EXACT.add(ladder.spec.investment, EXACT.multiply(base, price))
    missing = EXACT.subtract(EXACT.multiply(money, share), EXACT.multiply(base, price))
    size = EXACT.multiply(EXACT.divide_int(missing, EXACT.multiply(price, lot)), lot)
    value = EXACT.multiply(size, price)
    if size < 0:
        return Holding(EXACT.add(ladder.spec.investment, net(EXACT.minus(value), ladder.taker)), EXACT.add(base, size))
    return Holding(EXACT.subtract(ladder.spec.investment, value), EXACT.add(base, net(size, ladder.taker)))
