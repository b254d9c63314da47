"""The book of a position that trades by a ladder, or not at all: what each state holds, needs and does to the cash."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from okxlab.errors import SpecError
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.contract.launch import Bounds
from okxlab.grid.contract.tiers import Tier, maintenance_rates
from okxlab.grid.kernels import Floats, Ints, Rules
from okxlab.grid.money import EXACT, net, total
from okxlab.grid.path import whole_ticks

# Half ticks stay below twice 10**15, so these are beyond every price.
NEVER = 2**62


@dataclass(frozen=True, eq=False)
class Book:
    """Exact figures of a position, in quote and base currency, by state; those of fills by interval.

    ``cash`` is what is there right after launch, what was bought paid and what was sold received. ``positions`` are
    base currency, negative when short, and must keep ``rates`` of their value: maintenance and the fee of a
    liquidation. ``paid`` and ``got`` are what a buy and a sell do to the cash, fees included.
    """

    tick: Decimal
    cash: Decimal
    state: int
    positions: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    paid: tuple[Decimal, ...] = ()
    got: tuple[Decimal, ...] = ()
    levels: tuple[Decimal, ...] = ()

    @cached_property
    def slopes(self) -> tuple[Decimal, ...]:
        """By how much a rise of the price by one moves equity away from what must be kept, in each state."""
        return tuple(
            EXACT.subtract(held, EXACT.multiply(held.copy_abs(), rate))
            for held, rate in zip(self.positions, self.rates, strict=True)
        )

    def after(self, fills: Ints, paid: list[Decimal]) -> Decimal:
        """Give the cash after fills (rows of candle, interval, bought) and after amounts of funding paid out."""
        bought = np.bincount(fills[fills[:, 2] == 1, 1], minlength=len(self.paid)).tolist()
        sold = np.bincount(fills[fills[:, 2] == 0, 1], minlength=len(self.got)).tolist()
        changes = [EXACT.multiply(change, Decimal(count)) for change, count in zip(self.paid, bought, strict=True)]
        changes += [EXACT.multiply(change, Decimal(count)) for change, count in zip(self.got, sold, strict=True)]
        return EXACT.subtract(EXACT.add(self.cash, total(changes)), total(paid))

    def fails(self, state: int, cash: Decimal, price: Decimal) -> bool:
        """Whether equity at a price is at or below what the position must keep; without a position never."""
        if not self.positions[state]:
            return False
        return EXACT.add(cash, EXACT.multiply(self.slopes[state], price)) <= 0

    def failing_tick(self, state: int, cash: Decimal) -> Decimal | None:
        """Give the first price on the tick at which equity fails when the price moves against the position.

        That is the highest such price for a long position and the lowest for a short one; None when there is none
        above zero.
        """
        slope = self.slopes[state]
        if not slope or (slope > 0) == (cash >= 0):
            return None
        steps, rest = EXACT.divmod(cash.copy_abs(), EXACT.multiply(slope.copy_abs(), self.tick))
        price = EXACT.multiply(steps + (slope < 0 and rest > 0), self.tick)
        return price if price > 0 else None

    def rules(self, stops: Bounds, *, through: bool) -> Rules:
        """Give the same for the kernel, with the prices on the tick below and above at which it stops."""
        low, high = stops
        ticks = 2 * whole_ticks(self.levels, self.tick) if self.levels else np.zeros(2, dtype=np.int64)
        inner = ticks if self.levels else ticks[:1]
        buy_at = np.concatenate(([-NEVER], inner[:-1] - through))
        sell_at = np.concatenate((inner[1:] + through, [NEVER]))
        kept = [EXACT.multiply(p.copy_abs(), r) for p, r in zip(self.positions, self.rates, strict=True)]
        return Rules(
            buy_at=buy_at,
            sell_at=sell_at,
            position=_floats(self.positions),
            need=_floats(kept),
            paid=_floats(self.paid),
            got=_floats(self.got),
            levels=_floats(self.levels),
            stops=np.array(
                [
                    -NEVER if low is None else 2 * whole_ticks([low], self.tick)[0],
                    NEVER if high is None else 2 * whole_ticks([high], self.tick)[0],
                ],
                dtype=np.int64,
            ),
            edges=_floats([low or Decimal(0), high or Decimal(0)]),
        )


def grid_book(ladder: ContractLadder, tiers: tuple[Tier, ...]) -> Book:
    """Give the book of a contract grid.

    Raises
    ------
    SpecError
        When the tiers do not allow its largest position, or its leverage.
    """
    bases = [EXACT.multiply(size, ladder.contract) for size in ladder.sizes]
    bought = [EXACT.multiply(size, price) for size, price in zip(bases, ladder.levels[:-1], strict=True)]
    sold = [EXACT.multiply(size, price) for size, price in zip(bases, ladder.levels[1:], strict=True)]
    rates = tuple(EXACT.add(rate, ladder.taker) for rate in maintenance_rates(ladder, tiers))
    if max(rates) >= 1:
        raise SpecError("A position would have to keep more than its value.", "Check taker and the tiers' rates.")
    launched = EXACT.multiply(ladder.launch_contracts, EXACT.multiply(ladder.contract, ladder.launch_price))
    return Book(
        tick=ladder.instrument.tick,
        cash=EXACT.subtract(EXACT.subtract(ladder.spec.investment, launched), ladder.launch_fee),
        state=ladder.launch_state,
        positions=tuple(EXACT.multiply(position, ladder.contract) for position in ladder.positions),
        rates=rates,
        paid=tuple(EXACT.minus(net(value, EXACT.minus(ladder.maker))) for value in bought),
        got=tuple(net(value, ladder.maker) for value in sold),
        levels=ladder.levels,
    )


def _floats(values: tuple[Decimal, ...] | list[Decimal]) -> Floats:
    return np.array([float(value) for value in values], dtype=np.float64)
