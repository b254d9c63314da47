"""What can be traded, and in which steps."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from okxlab.errors import InputError
from okxlab.model.number import Number, exact
from okxlab.model.symbol import instrument_id


@dataclass(frozen=True, slots=True, init=False)
class Instrument:
    """A spot instrument and its steps.

    Parameters
    ----------
    symbol
        ``"BTC-USDT"`` or ``"BTC/USDT"``; kept in OKX's spelling.
    tick
        Price step, in quote currency.
    lot
        Size step, in base currency.
    minimum
        Smallest order, in base currency.

    Raises
    ------
    InputError
        When a step is not a positive number.

    Examples
    --------
    >>> btc = Instrument("BTC/USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    >>> btc.symbol, btc.base, btc.quote
    ('BTC-USDT', 'BTC', 'USDT')
    >>> btc.floor_price("60000.16"), btc.ceil_price("60000.16"), btc.floor_size("0.123456789")
    (Decimal('60000.1'), Decimal('60000.2'), Decimal('0.12345678'))
    """

    symbol: str
    tick: Decimal
    lot: Decimal
    minimum: Decimal

    def __init__(self, symbol: str, *, tick: Number, lot: Number, minimum: Number) -> None:
        object.__setattr__(self, "symbol", instrument_id(symbol))
        for name, value in (("tick", tick), ("lot", lot), ("minimum", minimum)):
            number = exact(value, name)
            if number <= 0:
                raise InputError(f"{name} is {value!r}, which is not positive.", "Take it from ox.instruments().")
            object.__setattr__(self, name, number)

    @property
    def base(self) -> str:
        """The currency that is bought and sold."""
        return self.symbol.split("-")[0]

    @property
    def quote(self) -> str:
        """The currency that pays."""
        return self.symbol.split("-")[1]

    def floor_price(self, price: Number) -> Decimal:
        """Give the highest price on the tick that is not above ``price``."""
        return _on_step(exact(price, "price"), self.tick, ROUND_FLOOR)

    def ceil_price(self, price: Number) -> Decimal:
        """Give the lowest price on the tick that is not below ``price``."""
        return _on_step(exact(price, "price"), self.tick, ROUND_CEILING)

    def floor_size(self, size: Number) -> Decimal:
        """Give the largest size in whole lots that is not above ``size``."""
        return _on_step(exact(size, "size"), self.lot, ROUND_FLOOR)


def _on_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step
