"""What others offer in one instrument: levels that nobody keeps, since each follows from its tick and the time."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from okxlab.paper.matching.figures import DRAWS, LIVES, ORDERS, Figures

_MASK = (1 << 64) - 1
_CELL, _LIFE, _KIND, _BEST = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xABC98388FB8FAC03, 0x8CB92BA72F3D8DD7
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # of splitmix64
_BEST_LIVES = 8  # 100 ms that the best level keeps its size while the price stands
_STARTS = [start for start, _, _ in LIVES]
_CHUNKS = (40, 440, 1300, 5200)


class Offer(NamedTuple):
    """A level of others: its size in lots and the orders on it; ``draw`` changes when the level is made anew."""

    tick: int
    lots: int
    orders: int
    draw: int


NOTHING = Offer(0, 0, 0, 0)


class Depth:
    """The standing offers of others; the same key, quotes and time give the same ones.

    Ticks are grouped into cells of ``figures.width``; a cell holds one level or none. What of a cell is drawn lives
    for some time, the longer the farther it is from the best, and is then drawn anew. What was eaten of a level is
    gone until then.

    Parameters
    ----------
    figures
        How large and how dense.
    key
        Of the draws.
    """

    def __init__(self, figures: Figures, key: int) -> None:
        self._figures = figures
        self._key = key & _MASK
        self._sizes = np.array(figures.sizes, dtype=np.int64)
        self._beat = 0
        self._best = {True: 0, False: 0}  # by whether they are bids
        self._eaten: dict[bool, dict[int, tuple[int, int]]] = {True: {}, False: {}}
        self._drawn: dict[bool, list[Offer]] = {}
        self._front: dict[bool, int] = {}

    def stand(self, bid: int, ask: int, beat: int) -> None:
        """Let the best quotes stand at two ticks, at a time in 100 ms; what was eaten there is replaced."""
        self._best = {True: bid, False: ask}
        self._beat = beat
        self._drawn, self._front = {}, {}
        for bids, tick in self._best.items():
            eaten = self._eaten[bids]
            eaten.pop(tick, None)
            if eaten:
                kept = {at: part for at, part in eaten.items() if self._made(at, bids=bids).draw == part[0]}
                self._eaten[bids] = kept

    def best(self, *, bids: bool) -> Offer:
        """Give the best offer of a side that is not eaten up, or `NOTHING`."""
        return next(self.offers(bids=bids), NOTHING) if self._eaten[bids] else self._at_best(bids=bids)

    def at(self, tick: int, *, bids: bool) -> Offer:
        """Give what others offer at a tick, or `NOTHING`."""
        made = self._made(tick, bids=bids)
        return self._left(made, bids=bids) or NOTHING

    def offers(self, *, bids: bool) -> Iterator[Offer]:
        """Give the offers of a side that are not eaten up, the best first, some 5,000 at most."""
        place = self._front.get(bids, 0)
        if not self._eaten[bids]:  # whoever wants only the best need not draw the others
            best = self._at_best(bids=bids)
            if not best.tick:
                return
            yield best
            place = 1
        for chunk in _CHUNKS:
            drawn = self._draw(chunk, bids=bids)
            for at in range(place, len(drawn)):
                if left := self._left(drawn[at], bids=bids):
                    yield left
                elif self._front.get(bids, 0) == at:
                    self._front[bids] = at + 1  # whoever comes next need not look at it
            place = max(place, len(drawn))

    def standing(self, count: int, *, bids: bool) -> list[Offer]:
        """Give the best offers of a side that are not eaten up, so many if there are; nobody may change the list."""
        eaten = self._eaten[bids]
        if count == 1 and not eaten:  # whoever wants only the best need not draw the others
            best = self._at_best(bids=bids)
            return [best] if best.tick else []
        drawn = self._draw(count + len(eaten), bids=bids)
        if eaten:
            found = [self._left(offer, bids=bids) if offer.tick in eaten else offer for offer in drawn]
            return [offer for offer in found if offer]
        return drawn

    def eat(self, tick: int, lots: int, *, bids: bool) -> None:
        """Take lots from the offer at a tick."""
        made = self._made(tick, bids=bids).draw
        draw, before = self._eaten[bids].get(tick, (0, 0))
        self._eaten[bids][tick] = made, lots + (before if draw == made else 0)

    def _made(self, tick: int, *, bids: bool) -> Offer:
        """Give the offer at a tick as it was before anything was eaten, or `NOTHING`."""
        best = self._best[bids]
        if tick == best:
            return self._at_best(bids=bids)
        if (tick > best) is bids or tick < 1:
            return NOTHING
        width = self._figures.width
        cell = tick // width
        far = bisect_right(_STARTS, abs(cell - best // width)) - 1
        draw = self._number(cell, far)
        if draw >> 56 >= LIVES[far][2] or cell * width + (draw >> 30 & 0xFFFFFF) % width != tick:
            return NOTHING
        return self._offer(tick, draw)

    def _left(self, offer: Offer, *, bids: bool) -> Offer | None:
        """Give what is left of an offer; a level drawn anew is whole."""
        draw, lots = self._eaten[bids].get(offer.tick, (0, 0))
        if draw != offer.draw or not lots:
            return offer
        left = offer.lots - lots
        return Offer(offer.tick, left, -(-offer.orders * left // offer.lots), draw) if left > 0 else None

    def _at_best(self, *, bids: bool) -> Offer:
        tick = self._best[bids]
        if tick < 1:
            return NOTHING
        return self._offer(tick, _mixed(tick * _BEST + self._beat // _BEST_LIVES * _LIFE + bids * _KIND + self._key))

    def _number(self, cell: int, far: int) -> int:
        age = (self._beat + cell * 40_503 % 65_521) // LIVES[far][1]
        return _mixed(cell * _CELL + age * _LIFE + far * _KIND + self._key)

    def _offer(self, tick: int, draw: int) -> Offer:
        figures = self._figures
        lots = figures.sizes[draw % DRAWS] * (512 + (draw >> 10 & 1023)) >> 10
        return Offer(tick, max(lots, figures.minimum), ORDERS[draw >> 20 & 63], draw)

    def _draw(self, count: int, *, bids: bool) -> list[Offer]:
        """Give at least so many offers as they were before anything was eaten, or all there are."""
        drawn = self._drawn.get(bids)
        if drawn is None or len(drawn) < count:
            count = next((chunk for chunk in _CHUNKS if chunk >= count), count)
            drawn = self._drawn[bids] = self._draw_side(count, bids=bids)
        return drawn

    def _draw_side(self, count: int, *, bids: bool) -> list[Offer]:
        best = self._at_best(bids=bids)
        if not best.tick:
            return []
        cells, start = int(count * (1.4 if count <= LIVES[4][0] else 2.4)) + 8, best.tick // self._figures.width
        numbers = np.arange(start, max(start - cells, -1), -1) if bids else np.arange(start, start + cells)
        ticks, draws = self._levels(numbers, abs(numbers - start))
        kept = (ticks < best.tick) & (ticks > 0) if bids else ticks > best.tick
        ticks, draws = ticks[kept], draws[kept]
        low = draws.astype(np.int64)  # the lower bits stay as they are
        lots = self._sizes[low % DRAWS] * (512 + (low >> 10 & 1023)) >> 10
        np.maximum(lots, self._figures.minimum, out=lots)
        orders = np.array(ORDERS)[low >> 20 & 63]
        return [best, *map(Offer, ticks.tolist(), lots.tolist(), orders.tolist(), draws.tolist())]

    def _levels(
        self, cells: NDArray[np.int64], away: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Give the ticks and draws of the levels in cells, as `at` does for one."""
        far = np.searchsorted(_STARTS, away, side="right") - 1
        lives, taken = (np.array([row[part] for row in LIVES])[far] for part in (1, 2))
        ages = (self._beat + cells * 40_503 % 65_521) // lives
        key = np.uint64(self._key)
        unsigned = [part.astype(np.uint64) for part in (cells, ages, far)]
        mixed = unsigned[0] * np.uint64(_CELL) + unsigned[1] * np.uint64(_LIFE) + unsigned[2] * np.uint64(_KIND) + key
        draws = _mixed_all(mixed)
        there = (draws >> np.uint64(56)).astype(np.int64) < taken
        offsets = (draws >> np.uint64(30) & np.uint64(0xFFFFFF)).astype(np.int64) % self._figures.width
        return (cells * self._figures.width + offsets)[there], draws[there]


def _mixed(number: int) -> int:
    """Give 64 bits that look random (splitmix64's last steps)."""
    number &= _MASK
    number = (number ^ number >> 30) * _FIRST & _MASK
    number = (number ^ number >> 27) * _SECOND & _MASK
    return number ^ number >> 31


def _mixed_all(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Do the same to an array."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(_FIRST)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(_SECOND)
    return numbers ^ numbers >> np.uint64(31)
