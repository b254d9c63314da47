"""What an account or some of its strategies already have at stake, in numbers that the checks are handed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from okxlab.model import Side

ZERO = Decimal(0)


class Resting(NamedTuple):
    """How much of one instrument may still fill, in base currency, unknown orders included."""

    buys: Decimal = ZERO
    sells: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is at stake before an order.

    ``resting`` and ``position`` (base currency) are by symbol. In USDT: ``open`` is what rests is worth, unknown orders
    included; ``traded``, ``fees`` and ``lost`` are of this UTC day, ``lost`` negative when something was earned.
    ``sent`` counts the orders of the last minute, ``open_orders`` those that may still fill.
    """

    resting: Mapping[str, Resting] = field(default_factory=dict)
    position: Mapping[str, Decimal] = field(default_factory=dict)
    open: Decimal = ZERO
    traded: Decimal = ZERO
    fees: Decimal = ZERO
    lost: Decimal = ZERO
    sent: int = 0
    open_orders: int = 0

    def beside(self, symbol: str, side: Side, size: Decimal, worth: Decimal) -> "Exposure":
        """Give what is at stake once one more order rests: its size in base currency, its worth in USDT."""
        there = self.resting.get(symbol, Resting())
        buys, sells = (size, ZERO) if side == "buy" else (ZERO, size)
        return replace(
            self,
            resting={**self.resting, symbol: Resting(there.buys + buys, there.sells + sells)},
            open=self.open + worth,
            sent=self.sent + 1,
            open_orders=self.open_orders + 1,
        )
