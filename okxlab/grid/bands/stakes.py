"""What is at stake when the order inside a candle is open: the money of a round trip, and of where the grid ends.

Every level that is reached is reached under either order, so which units of the launch purchase are sold, for their own
size, is the same for every order. What differs is how often each interval turned over, and in which state it all ends.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from okxlab.grid.bands.limbs import Limbs, limb_bits
from okxlab.grid.kernels import Ints
from okxlab.grid.ladder import Ladder
from okxlab.grid.ledger import tariff
from okxlab.grid.money import EXACT


@dataclass(frozen=True, slots=True, eq=False)
class Stake:
    """What the order inside candles changes in one figure, in limbs.

    The round trips of the intervals from a to b, one each, add ``trips[b] - trips[a]``; ending in state m adds
    ``states[m]``.
    """

    limbs: Limbs
    trips: Ints
    states: Ints


def figures_at_stake(ladder: Ladder, mark: Decimal, candles: int) -> dict[str, Stake]:
    """Give the stakes in ``equity_end``, ``grid_profit`` and ``round_trips`` over so many candles."""
    grids, prices = ladder.spec.grids, tariff(ladder)
    bought, sold = slice(0, grids), slice(grids, 2 * grids)
    profit = _sum(prices.quote[bought], prices.quote[sold])
    dust = _sum(prices.base[bought], prices.base[sold])
    # A candle rises twice at most: to its open or its high, and once more.
    bits = limb_bits(2 * grids * candles)
    nothing = [Decimal(0)] * grids
    return {
        "equity_end": _stake(_worth(profit, dust, mark), _worth(prices.quote[bought], prices.base[bought], mark), bits),
        "grid_profit": _stake(profit, nothing, bits),
        "round_trips": _stake([Decimal(1)] * grids, nothing, bits),
    }


def _stake(trips: list[Decimal], units: list[Decimal], bits: int) -> Stake:
    # In state m the intervals from m up hold a unit more than they sold again.
    states = list(accumulate(units[::-1], EXACT.add, initial=Decimal(0)))[::-1]
    limbs = Limbs.of(trips, states, bits)
    return Stake(limbs, limbs.write([Decimal(0), *trips]).cumsum(axis=0), limbs.write(states))


def _sum(ones: list[Decimal], others: list[Decimal]) -> list[Decimal]:
    return [EXACT.add(one, other) for one, other in zip(ones, others, strict=True)]


def _worth(quotes: list[Decimal], bases: list[Decimal], mark: Decimal) -> list[Decimal]:
    return _sum(quotes, [EXACT.multiply(base, mark) for base in bases])
