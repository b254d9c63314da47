"""The sale at the end: what a stop sold at market."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from okxlab.grid.engine.pairs import Sheet
from okxlab.grid.kernels import layout
from okxlab.grid.money import EXACT, ONE
from okxlab.model import exact


@dataclass(frozen=True, slots=True)
class Sale:
    """What a stop sold at market: size in base, price in quote with slippage; nothing when the grid runs on."""

    size: Decimal
    price: Decimal

    @property
    def value(self) -> Decimal:
        """Quote currency before the fee."""
        return EXACT.multiply(self.size, self.price)


def sale_of(sheet: Sheet, candles: pd.DataFrame) -> Sale:
    """Give what the end of the grid sold at market: at the price of the stop, or at the open beyond a gap."""
    ends = sheet.log[sheet.log[:, 2] >= layout.STOPPED].tolist()
    if not ends:
        return Sale(Decimal(0), Decimal(0))
    row, _, _, lots, _, place = ends[0]
    tick = sheet.made.instrument.tick
    opened = place == layout.OPEN
    price = exact(float(candles["open"].iloc[row])) if opened else EXACT.multiply(Decimal(place // 2), tick)
    size = EXACT.multiply(Decimal(lots), sheet.made.instrument.lot)
    return Sale(size, EXACT.multiply(price, EXACT.subtract(ONE, sheet.conditions.slippage)))
