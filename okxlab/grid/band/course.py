"""The courses a grid can take when either extreme of a candle may come first: their ends, and a seeded draw of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from okxlab.grid.band.game import Game
from okxlab.grid.band.stakes import Stake
from okxlab.grid.kernels import Flags, Ints, choices, reach, stroll
from okxlab.grid.money import EXACT

Orders = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

# Draws are made for a block of choices at a time, so that a year of every course never lies in memory at once.
_BLOCK = 2048
_FACES = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Every course of a game as a chain of choices (see `choices` for the arrays), and what is at stake in them.

    An order of 0 goes to the nearer extreme first, as a backtest does, one of 1 to the other. ``columns`` says where a
    stake's limbs stand in ``gain`` and ``rest``; ``shared`` is what its figure holds beside, the same on every course.
    """

    game: Game
    stakes: dict[str, Stake]
    columns: dict[str, slice]
    row: Ints
    follow: Ints
    gain: Ints
    rest: Ints
    shared: dict[str, Decimal]

    @classmethod
    def of(cls, game: Game, stakes: dict[str, Stake]) -> "Courses":
        """List the choices of a game."""
        edges = np.cumsum([0, *(stake.limbs.width for stake in stakes.values())]).tolist()
        columns = {name: slice(*edge) for name, edge in zip(stakes, pairwise(edges), strict=True)}
        trips = np.concatenate([stake.trips for stake in stakes.values()], axis=1)
        states = np.concatenate([stake.states for stake in stakes.values()], axis=1)
        row, follow, gain, state, rest = choices(game.path, game.nearest, game.buy_at, game.sell_at, game.start, trips)
        bare = cls(game, stakes, columns, row, follow, gain, rest + states[state], dict.fromkeys(stakes, Decimal(0)))
        figures = game.result(game.nearest).account.figures
        sums = bare.ends([np.zeros((len(row), 1), np.uint8)], 1)
        shared = {name: EXACT.subtract(Decimal(figures[name]), one) for name, (one,) in sums.items()}
        return replace(bare, shared=shared)

    def flags(self, orders: Orders) -> Flags:
        """Give for each candle whether its low comes first when the choices are made so."""
        low_first = self.game.nearest.copy()
        low_first[self.row] ^= orders == 1
        return low_first

    def extreme(self, name: str, *, highest: bool) -> tuple[Orders, Decimal]:
        """Give the orders that lead to the highest or the lowest end of a figure, and that end."""
        limbs, part = self.stakes[name].limbs, self.columns[name]
        gain, rest = np.ascontiguousarray(self.gain[..., part]), np.ascontiguousarray(self.rest[:, part])
        orders, total = reach(self.follow, gain, rest, limbs.bits, 1 if highest else -1)
        return orders, self._figures(name, total[None])[0]

    def ends(self, blocks: Iterable[Orders], ways: int) -> dict[str, list[Decimal]]:
        """Give each figure at the end of so many ways through the choices; the blocks follow each other in time."""
        entry, total, done = np.zeros(ways, dtype=np.int64), np.zeros((ways, self.rest.shape[1]), dtype=np.int64), 0
        for orders in blocks:
            part = slice(done, done + len(orders))
            stroll(self.follow[part], self.gain[part], orders, entry, total)
            done += len(orders)
        total += self.rest[entry]
        return {name: self._figures(name, total[:, part]) for name, part in self.columns.items()}

    def _figures(self, name: str, totals: Ints) -> list[Decimal]:
        return [EXACT.add(self.shared[name], one) for one in self.stakes[name].limbs.read(totals)]


def drawn(chances: Floats, ways: int, seed: int) -> Iterator[Orders]:
    """Draw orders for a block of choices at a time: a row a choice, a column a way; an order is 0 with its chance.

    Chances are kept to 1 in 65,536. The same seed, chances and ways give the same draw.
    """
    random = np.random.default_rng(seed)
    faces = np.rint(chances * _FACES).astype(np.int64)
    for first in range(0, len(faces), _BLOCK):
        block = faces[first : first + _BLOCK, None]
        yield (random.integers(0, _FACES, (len(block), ways), dtype=np.uint16) >= block).astype(np.uint8)
