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
    """Give the balances after a market purchase for ``share`` of the investment: whole lots, taker fee, no slippage.

    >>> from okxlab.grid import GridSpec, ladder
    >>> from okxlab.model import Instrument
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = ladder(spec, Instrument("BTC-USDT", tick="0.1", lot="0.01", minimum="0.01"), 105)
    >>> holding(made, Decimal(105), Decimal("0.5"))
    Holding(quote=Decimal('500.20'), base=Decimal('4.75524'))
    """
    money = ladder.spec.investment
    part = EXACT.multiply(money, share)
    lots = EXACT.divide_int(part, EXACT.multiply(price, ladder.instrument.lot))
    size = EXACT.multiply(lots, ladder.instrument.lot)
    return Holding(EXACT.subtract(money, EXACT.multiply(size, price)), net(size, ladder.taker))
