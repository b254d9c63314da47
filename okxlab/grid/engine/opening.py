"""The opening: what a ladder holds and rests right after launch, in the engine's whole numbers."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import InputError
from okxlab.grid.ladder import Ladder
from okxlab.grid.money import EXACT, ONE, floor_step, net

# Sums of a candle and products with ten thousand parts of a lot stay below 2**62.
_MOST = 2**58


@dataclass(frozen=True, slots=True)
class Opening:
    """A ladder at its launch: the unit of each interval and what its first sell offers, in lots.

    ``parts`` of a lot are counted, so that no fee is rounded; ``kept`` of them are left after the maker fee.
    """

    made: Ladder
    units: tuple[int, ...]
    offered: tuple[int, ...]
    parts: int
    kept: int

    @property
    def unit_price(self) -> Decimal:
        """What a unit held from the first counts as having cost: what was paid for it.

        With base put in it is the launch price, which is what base is worth; slippage is then floating at once.
        """
        return self.made.launch_price if self.made.spec.base else self.made.paid_price

    @property
    def base_parts(self) -> int:
        """Base balance right after launch in whole parts of a lot; less than a part is never traded."""
        return int(
            EXACT.divide_int(EXACT.multiply(self.made.launch_base, Decimal(self.parts)), self.made.instrument.lot)
        )

    @property
    def beyond(self) -> Decimal:
        """Whole lots an infinity grid holds for intervals above every price there is; else nothing."""
        made = self.made
        more = EXACT.subtract(made.held, EXACT.multiply(Decimal(sum(self.held)), made.instrument.lot))
        return floor_step(net(more, made.taker), made.instrument.lot)

    @property
    def held(self) -> tuple[int, ...]:
        """Lots each interval holds right after launch, before fees."""
        return tuple(unit if self.made.holds(i) else 0 for i, unit in enumerate(self.units))


def opened(made: Ladder) -> Opening:
    """Count a ladder in lots and parts of a lot.

    Raises
    ------
    InputError
        When investment, steps and fees together are too fine to count in 64 bits.
    """
    lot, parts = made.instrument.lot, 10 ** max(_decimals(made.maker), _decimals(made.taker))
    lowest = min(made.levels[0], made.launch_price)
    most = EXACT.divide_int(made.money, EXACT.multiply(lot, made.instrument.tick))
    if max(most, EXACT.divide_int(made.money, EXACT.multiply(lot, lowest)) * parts) > _MOST:
        raise InputError(
            "Investment, lot, tick and fees together need more digits than the engine counts in.",
            "Invest less, or give fees with fewer decimals.",
        )
    grids = range(len(made.sizes))
    return Opening(
        made=made,
        units=tuple(int(EXACT.divide_int(size, lot)) for size in made.sizes),
        offered=tuple(int(EXACT.divide_int(made.launch_sell_size_of(i), lot)) if made.holds(i) else 0 for i in grids),
        parts=parts,
        kept=int(EXACT.multiply(EXACT.subtract(ONE, made.maker), Decimal(parts))),
    )


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -int(exponent))
