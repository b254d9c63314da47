"""The lattice: every level a range may ever have, in whole ticks."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count, takewhile

import numpy as np

from okxlab.grid.kernels import Ints
from okxlab.grid.ladder import Ladder
from okxlab.grid.money import EXACT, RATIO, ceil_step
from okxlab.grid.path import whole_ticks


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Levels in ticks (int64), lowest first, and how many intervals lie below the range of the launch."""

    ticks: Ints
    below: int

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return len(self.ticks) - 1


def lattice(made: Ladder, lowest: int, highest: int) -> Lattice:
    """Give the levels of the launch, and those the range can follow the price to.

    The levels go on by the rule of the grid's spacing, exact and floored to the tick once each, as far as the
    specification lets the range follow and the path goes: ``lowest`` and ``highest`` are its ends in half ticks.
    """
    spec, tick = made.spec, made.instrument.tick
    inner = [int(number) for number in whole_ticks(made.levels, tick)]
    above, under = list[int](), list[int]()
    if spec.trailing_up is not None:
        cap = min(int(EXACT.divide_int(spec.trailing_up, tick)), highest // 2)
        above = list(takewhile(lambda level: level <= cap, _further(made, inner, 1)))
    if spec.trailing_down is not None:
        end = max(int(EXACT.divide(ceil_step(spec.trailing_down, tick), tick)), -(-lowest // 2), 1)
        under = list(takewhile(lambda level: level >= end, _further(made, inner, -1)))
    return Lattice(np.array([*reversed(under), *inner, *above], dtype=np.int64), len(under))


def _further(made: Ladder, inner: list[int], step: int) -> Iterator[int]:
    """Give the levels beyond the range in one direction, as long as they do not fall together."""
    grids, before = made.spec.grids, inner[-1] if step > 0 else inner[0]
    for i in count(grids + 1 if step > 0 else -1, step):
        level = level_at(inner[0], inner[-1], grids, i, geometric=made.spec.spacing == "geometric")
        if level == before:
            return
        yield level
        before = level


def level_at(first: int, last: int, grids: int, i: int, *, geometric: bool) -> int:
    """Give level ``i``, inside the range or beyond it, of a grid from ``first`` to ``last``, all in ticks.

    Arithmetic ``first + i (last - first) / grids``, geometric ``first (last / first) ** (i / grids)``, floored.

    >>> [level_at(100, 120, 4, i, geometric=False) for i in (-1, 0, 4, 5)]
    [95, 100, 120, 125]
    >>> [level_at(100, 400, 2, i, geometric=True) for i in (-1, 1, 3)]
    [50, 200, 800]
    """
    if not geometric:
        return (first * grids + i * (last - first)) // grids
    # The level's power of `grids` is this fraction; an estimate is near enough to walk from.
    over, under = (last**i, first ** (i - grids)) if i > grids else (first ** (grids - i), last**-i)
    if 0 <= i <= grids:
        over, under = first ** (grids - i) * last**i, 1
    growth = RATIO.power(RATIO.divide(Decimal(last), Decimal(first)), RATIO.divide(Decimal(i), Decimal(grids)))
    level = int(RATIO.multiply(Decimal(first), growth))
    while level**grids * under > over:
        level -= 1
    while (level + 1) ** grids * under <= over:
        level += 1
    return level
