"""The infinity grid: levels without an upper end, and sizes that keep the base held at one value."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from okxlab.errors import SpecError
from okxlab.grid.ladder import Ladder, launch_trade
from okxlab.grid.levels import in_ticks
from okxlab.grid.minimum import base_worth, smallest_size
from okxlab.grid.money import EXACT, ONE, fee_rate
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, plain


def endless(  # noqa: PLR0917  a ladder's arguments, and how far up it is needed
    spec: GridSpec,
    instrument: Instrument,
    price: Decimal,
    highest: int,
    maker: Number,
    taker: Number,
    slippage: Decimal,
) -> Ladder:
    """Make an infinity grid concrete as far up as the price goes: ``highest`` is its highest place, in half ticks.

    Level k is ``low (1 + step) ** k``, floored to the tick. At every level what is held is worth the same V: interval k
    trades ``floor_lot(V / p_k - V / p_(k+1))``, and the launch buys ``floor_lot(V / p)``, p being the first level at or
    above the launch price, most of it for intervals the price never came to. V is the largest that the investment, and
    what whole lots of base put in would bring, pay for.

    Raises
    ------
    SpecError
        When steps are narrower than the tick, or an interval the price came to trades less than the minimum.
    """
    first = in_ticks(spec.low, instrument.tick, "low")
    ticks = _levels(spec, first, instrument.tick, max(highest, int(EXACT.divide_int(price, instrument.tick)) * 2 + 2))
    levels = tuple(EXACT.multiply(Decimal(number), instrument.tick) for number in ticks)
    waiting = sum(level < price for level in levels)
    steps = [Fraction(1) - Fraction(low) / Fraction(high) for low, high in pairwise(levels)]
    rates = fee_rate(maker, "maker"), fee_rate(taker, "taker")
    worth, paid = (
        base_worth(spec.base, instrument, price, rates[1], slippage),
        Fraction(price) * Fraction(EXACT.add(ONE, slippage)),
    )
    costs = paid / Fraction(levels[waiting]) + sum(steps[:waiting], Fraction(0))
    value = Fraction(EXACT.add(spec.investment, worth)) / costs
    parts = [value * step / Fraction(level) for level, step in zip(levels[:-1], steps, strict=True)]
    sizes = tuple(_lots(part, instrument.lot) for part in parts)
    held = _lots(value / Fraction(levels[waiting]), instrument.lot)
    trade = launch_trade(spec, instrument, held)
    made = Ladder(spec, instrument, levels, price, sizes, len(sizes) - waiting, held, *trade, *rates, slippage)
    _check(made)
    return made


def _levels(spec: GridSpec, first: int, tick: Decimal, highest: int) -> list[int]:
    """Give levels in ticks, the last one above every price there is."""
    over, under = (EXACT.add(Decimal(1), Decimal(spec.step or 0))).as_integer_ratio()
    ticks, power, base = [first], first, 1
    while 2 * ticks[-1] <= highest or len(ticks) < 3:
        power, base = power * over, base * under
        ticks.append(power // base)
        if ticks[-1] == ticks[-2]:
            raise SpecError(
                f"step is {plain(Decimal(spec.step or 0))}, at {plain(spec.low)} less than the tick {plain(tick)}.",
                "Give a wider step.",
            )
    return ticks


def _lots(size: Fraction, lot: Decimal) -> Decimal:
    return EXACT.multiply(Decimal(size // Fraction(lot)), lot)


def _check(made: Ladder) -> None:
    instrument, smallest = made.instrument, smallest_size(made.instrument, made.maker, made.taker)
    if made.size < smallest or made.unspent < 0:
        raise SpecError(
            f"An investment of {plain(made.spec.investment)} {instrument.quote} trades {plain(made.size)} "
            f"{instrument.base} at {plain(made.levels[-2])}, below the minimum of {plain(smallest)}.",
            "Invest more, or give a wider step.",
        )
