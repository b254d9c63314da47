"""A seeded draw of courses."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import index

import numpy as np

from okxlab.errors import InputError
from okxlab.grid.bands.course import Courses, Orders
from okxlab.grid.bands.odds import Floats

# Orders are drawn for a block of choices at a time, so that a year of every course never lies in memory at once.
_BLOCK = 2048
_FACES = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """So many ways through the choices; ``chances`` are those of order 0, one a choice, kept to 1 in 65,536.

    The same chances, ways and seed give the same draw.
    """

    chances: Floats
    ways: int
    seed: int

    @classmethod
    def of(cls, courses: Courses, low_first: Floats, ways: int, seed: int) -> "Draw":
        """Draw by the chance of each candle that its low comes first."""
        return cls(np.where(courses.game.road.nearest, low_first, 1 - low_first)[courses.row], ways, seed)

    def blocks(self) -> Iterator[Orders]:
        """Give the orders block by block: a row a choice, a column a way."""
        random = np.random.default_rng(self.seed)
        faces = np.rint(self.chances * _FACES).astype(np.int64)
        for first in range(0, len(faces), _BLOCK):
            block = faces[first : first + _BLOCK, None]
            yield (random.integers(0, _FACES, (len(block), self.ways), dtype=np.uint16) >= block).astype(np.uint8)

    def way(self, number: int) -> Orders:
        """Give the orders of one way; they are drawn once more rather than kept."""
        return np.concatenate([np.empty(0, np.uint8), *(block[:, number] for block in self.blocks())])


def check_ways(paths: int) -> int:
    """Give the number of courses to draw, or raise InputError."""
    try:
        ways = 0 if isinstance(paths, bool) else index(paths)
    except TypeError:
        ways = 0
    if ways < 1:
        raise InputError(f"paths is {paths!r}.", "Give the number of courses to sample as an int, 1 or more.")
    return ways


def check_seed(seed: int) -> int:
    """Give the seed of a draw, or raise InputError: without one nothing could be drawn a second time."""
    try:
        given = -1 if isinstance(seed, bool) else index(seed)
    except TypeError:
        given = -1
    if given < 0:
        raise InputError(f"seed is {seed!r}.", "Give an int, 0 or more; the same seed gives the same draw.")
    return given


def middle(figures: list[Decimal]) -> int:
    """Give which figure is the median, or the lower of the two in the middle.

    >>> middle([Decimal(3), Decimal(1), Decimal(2), Decimal(4)])
    2
    """
    return sorted(range(len(figures)), key=figures.__getitem__)[(len(figures) - 1) // 2]
