"""The whole factors of a sweep's money, and the money itself in whole numbers without a limit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from okxlab.grid.kernels.money import Scale, Units
from okxlab.grid.kernels.tally import (
    BOUGHT_AT,
    BUYS,
    CLOSED_AT,
    LAUNCH_SOLD,
    LAUNCH_SOLD_AT,
    LAUNCH_UNITS,
    SELLS,
    SOLD_AT,
    WAITS_AT,
)
from okxlab.grid.minimum import smallest_size
from okxlab.grid.money import EXACT
from okxlab.grid.sweep.index import PathIndex

# Factors below this leave the compiled sums their room.
_ROOM = 2**62


class Money:
    """The money of grids counted over one path, at one pair of fees.

    ``scale`` holds the factors, ``places`` says to how many decimals of quote, base and lots they lead, ``compiled``
    whether they are small enough for 64 bits.
    """

    def __init__(self, index: PathIndex, maker: Decimal, taker: Decimal, places: int) -> None:
        tick, tick_places = fraction(index.instrument.tick)
        lot, lot_places = fraction(index.instrument.lot)
        launch, launch_places = fraction(index.launch_price)
        mark, mark_places = fraction(index.mark)
        (fee, fee_places), (taker_fee, taker_places) = fraction(maker), fraction(taker)
        kept, taker_kept = 10**fee_places - fee, 10**taker_places - taker_fee
        cost_places = max(tick_places, launch_places)
        spare = cost_places + lot_places - places
        base = lot_places + max(fee_places, taker_places)
        paid = lot_places + max(tick_places + fee_places, launch_places + taker_places)
        quote = max(places, paid, base + mark_places)
        least = EXACT.divide_int(smallest_size(index.instrument, maker, taker), index.instrument.lot)
        self.maker, self.taker = maker, taker
        self.places = (quote, base, lot_places)
        self.scale = Scale(
            cost_tick=tick * 10 ** (cost_places - tick_places),
            cost_launch=launch * 10 ** (cost_places - launch_places),
            cost=lot * 10 ** max(-spare, 0),
            funds=10 ** max(spare, 0),
            maker_kept=kept,
            maker_one=10**fee_places,
            taker_kept=taker_kept,
            taker_one=10**taker_places,
            invested=10 ** (quote - places),
            launch=launch * lot * 10 ** (quote - lot_places - launch_places),
            launch_fee=launch * lot * taker_fee * 10 ** (quote - lot_places - launch_places - taker_places),
            bought=tick * lot * 10 ** (quote - lot_places - tick_places),
            sold=tick * lot * kept * 10 ** (quote - lot_places - tick_places - fee_places),
            fee=tick * lot * fee * 10 ** (quote - lot_places - tick_places - fee_places),
            launch_kept=lot * taker_kept * 10 ** (base - lot_places - taker_places),
            bought_kept=lot * kept * 10 ** (base - lot_places - fee_places),
            offered=lot * 10 ** (base - lot_places),
            mark=mark * 10 ** (quote - base - mark_places),
            lot=lot,
            smallest=int(least),
        )
        ones = (self.scale.maker_one, self.scale.taker_one)
        self.compiled = max(map(abs, self.scale)) < _ROOM and max(ones) < 2**31 and max(self.places) <= 44

    @property
    def units(self) -> Units:
        """The units of the factors as pairs of floats."""
        pairs = [(float(10**places), float(10**places - int(float(10**places)))) for places in self.places]
        return Units(*(part for pair in pairs for part in pair))

    def exact(self, count: Any, investment: int) -> Mapping[str, Decimal] | None:
        """Give the amounts of one count as Decimals, or nothing where its orders are below the minimum."""
        scale, row = self.scale, [int(value) for value in count]
        each = (row[WAITS_AT] * scale.cost_tick + row[LAUNCH_UNITS] * scale.cost_launch) * scale.cost
        unit = investment * scale.funds // each
        if unit < scale.smallest:
            return None
        rotated, launched = unit * scale.maker_kept // scale.maker_one, unit * scale.taker_kept // scale.taker_one
        value = rotated * (row[SOLD_AT] - row[LAUNCH_SOLD_AT]) + launched * row[LAUNCH_SOLD_AT]
        offered = rotated * (row[SELLS] - row[LAUNCH_SOLD]) + launched * row[LAUNCH_SOLD]
        paid, closed = unit * row[BOUGHT_AT], unit * row[CLOSED_AT]
        launch, launch_sold = unit * row[LAUNCH_UNITS], unit * row[LAUNCH_SOLD]
        base = launch * scale.launch_kept + unit * row[BUYS] * scale.bought_kept - offered * scale.offered
        quote = investment * scale.invested - launch * scale.launch - paid * scale.bought + value * scale.sold
        amounts = {
            "grid_profit": value * scale.sold - closed * scale.bought - launch_sold * scale.launch,
            "floating_profit": base * scale.mark
            - (paid - closed) * scale.bought
            - (launch - launch_sold) * scale.launch,
            "fees": launch * scale.launch_fee + (paid + value) * scale.fee,
            "quote_end": quote,
            "equity_end": quote + base * scale.mark,
        }
        in_quote, in_base, in_lots = self.places
        return {
            **{name: _decimal(amount, in_quote) for name, amount in amounts.items()},
            "size": _decimal(unit * scale.lot, in_lots),
            "base_end": _decimal(base, in_base),
        }


def fraction(number: Decimal) -> tuple[int, int]:
    """Write a Decimal as a whole number over a power of ten, the smallest such.

    >>> fraction(Decimal("0.0500")), fraction(Decimal("1E+2"))
    ((5, 2), (100, 0))
    """
    numerator, denominator = number.as_integer_ratio()
    places = 0
    while 10**places % denominator:
        places += 1
    return numerator * (10**places // denominator), places


def _decimal(whole: int, places: int) -> Decimal:
    return EXACT.scaleb(Decimal(whole), -places)
