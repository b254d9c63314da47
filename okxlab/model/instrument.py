"""What can be traded, and in which steps."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from okxlab.errors import InputError
from okxlab.model.number import Number, exact, reckoned
from okxlab.model.symbol import instrument_id


@dataclass(frozen=True, slots=True, init=False)
class Instrument:
    """What is traded, a spot pair or a linear contract, and its steps.

    Parameters
    ----------
    symbol
        ``"BTC-USDT"`` or ``"BTC/USDT"``; kept in OKX's spelling.
    tick
        Price step, in quote currency.
    lot
        Size step, in base currency; in contracts where there is a ``contract``.
    minimum
        Smallest order, counted like ``lot``.
    contract
        Base currency of one contract, of a swap or future settled in its quote currency; None for what is not counted
        in contracts.

    Raises
    ------
    InputError
        When a step is not a positive number, or a contract value is given for a spot pair or an inverse contract.

    Examples
    --------
    >>> btc = Instrument("BTC/USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    >>> btc.symbol, btc.base, btc.quote
    ('BTC-USDT', 'BTC', 'USDT')
    >>> btc.floor_price("60000.16"), btc.ceil_price("60000.16"), btc.floor_size("0.123456789")
    (Decimal('60000.1'), Decimal('60000.2'), Decimal('0.12345678'))
    >>> Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01").base_size(5)
    Decimal('0.05')
    """

    symbol: str
    tick: Decimal
    lot: Decimal
    minimum: Decimal
    contract: Decimal | None = None

    def __init__(
        self, symbol: str, *, tick: Number, lot: Number, minimum: Number, contract: Number | None = None
    ) -> None:
        object.__setattr__(self, "symbol", instrument_id(symbol))
        for name, value in (("tick", tick), ("lot", lot), ("minimum", minimum)):
            object.__setattr__(self, name, _positive(value, name))
        object.__setattr__(self, "contract", None if contract is None else _contract(self.symbol, contract))

    @property
    def base(self) -> str:
        """The currency that is bought and sold."""
        return self.symbol.split("-")[0]

    @property
    def quote(self) -> str:
        """The currency that pays."""
        return self.symbol.split("-")[1]

    def base_size(self, size: Number) -> Decimal:
        """Give how much base currency a size is: contracts times their value, or the size itself."""
        number = exact(size, "size")
        return number if self.contract is None else number * self.contract

    def floor_price(self, price: Number) -> Decimal:
        """Give the highest price on the tick that is not above ``price``."""
        return _on_step(exact(price, "price"), self.tick, ROUND_FLOOR)

    def ceil_price(self, price: Number) -> Decimal:
        """Give the lowest price on the tick that is not below ``price``."""
        return _on_step(exact(price, "price"), self.tick, ROUND_CEILING)

    def floor_size(self, size: Number) -> Decimal:
        """Give the largest size in whole lots that is not above ``size``."""
        return _on_step(exact(size, "size"), self.lot, ROUND_FLOOR)


@reckoned
def _on_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step


def _positive(value: Number, name: str) -> Decimal:
    number = exact(value, name)
    if number <= 0:
        raise InputError(f"{name} is {value!r}, which is not positive.", "Take it from ox.instruments().")
    return number


def _contract(symbol: str, value: Number) -> Decimal:
    parts = symbol.split("-")
    if len(parts) != 3 or parts[1] == "USD":
        what = "is inverse" if len(parts) == 3 else "is no swap or future"
        raise InputError(
            f"contract is {value!r}, and {symbol} {what}: none of it is worth a fixed amount of {parts[0]}.",
            "Leave contract out.",
        )
    return _positive(value, "contract")
