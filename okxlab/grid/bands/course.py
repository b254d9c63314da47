"""The courses a grid can take when either extreme of a candle may come first, and their ends."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from okxlab.grid.bands.game import Game
from okxlab.grid.bands.stakes import Stake, figures_at_stake
from okxlab.grid.kernels import Flags, Ints, choices, reach, stroll
from okxlab.grid.money import EXACT

Orders = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Every course of a game as a chain of choices (see `choices` for the arrays), and what is at stake in them.

    An order of 0 goes to the nearer extreme first, as a backtest does, one of 1 to the other. ``columns`` says where a
    stake's limbs stand in ``gain`` and ``rest``; ``shared`` is what its figure holds beside, the same on every course.
    ``nearest`` is the equity at the end of a backtest.
    """

    game: Game
    stakes: dict[str, Stake]
    columns: dict[str, slice]
    row: Ints
    follow: Ints
    gain: Ints
    rest: Ints
    shared: dict[str, Decimal]
    nearest: Decimal

    @classmethod
    def of(cls, game: Game) -> "Courses":
        """List the choices of a game."""
        road = game.road
        stakes = figures_at_stake(game.ladder, road.mark, len(road.candles))
        edges = np.cumsum([0, *(stake.limbs.width for stake in stakes.values())]).tolist()
        columns = {name: slice(*edge) for name, edge in zip(stakes, pairwise(edges), strict=True)}
        trips = np.concatenate([stake.trips for stake in stakes.values()], axis=1)
        states = np.concatenate([stake.states for stake in stakes.values()], axis=1)
        row, follow, gain, state, rest = choices(road.path, road.nearest, game.buy_at, game.sell_at, game.start, trips)
        figures, nothing = game.account(road.nearest).figures, dict.fromkeys(stakes, Decimal(0))
        nearest = Decimal(figures["equity_end"])
        bare = cls(game, stakes, columns, row, follow, gain, rest + states[state], nothing, nearest)
        sums = bare.ends([np.zeros((len(row), 1), np.uint8)], 1)
        shared = {name: EXACT.subtract(Decimal(figures[name]), one) for name, (one,) in sums.items()}
        return replace(bare, shared=shared)

    def flags(self, orders: Orders) -> Flags:
        """Give for each candle whether its low comes first when the choices are made so."""
        low_first = self.game.road.nearest.copy()
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
