"""One driver of prices: a random walk with calm and wild times and rare jumps, day by day and minute by minute.

Floats all through: they make up markets, and nothing is booked with them.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from okxlab.paper.prices.noise import Counts, Floats, key, normals, uniforms
from okxlab.paper.prices.shelf import Shelf

MINUTES = 1440
# how long a volatility regime lasts and how far it spreads (standard deviation of the log)
_DAYS = ((32, 0.2), (8, 0.22), (2, 0.22), (1, 0.15))
_PIECES = ((4, 0.25), (24, 0.3), (144, 0.3))  # of a day
_BUSY = 0.35  # more at 14:00 UTC than on average, and so much less at 02:00
_DAYS_KEPT = 64


@dataclass(frozen=True)
class Moves:
    """A day of a factor: the log return of each minute and its variance had there been no jump."""

    returns: Floats
    variance: Floats


class Factor:
    """A driver of log prices; each day is made without looking at the others.

    Parameters
    ----------
    seed, name
        Which one.
    yearly
        Volatility a year, jumps not counted.
    jumps
        How many a day on average (below 1), and their standard deviation.
    epoch
        The minute (since 1970) at which its level is 0.
    kept
        How many days stay in memory.
    """

    def __init__(
        self, seed: int, name: str, *, yearly: float, jumps: tuple[float, float], epoch: int, kept: int = _DAYS_KEPT
    ) -> None:
        self._keys = {
            part: key(seed, f"{name}/{part}") for part in ("day", "minute", "heat", "piece", "jump", "size", "when")
        }
        self._sigma = yearly / sqrt(365)
        self._jumps = jumps
        self._origin, self._minute = divmod(epoch, MINUTES)
        self._after = self._before = np.zeros(1)
        self._moves: Shelf[int, Moves] = Shelf(kept)

    def edge(self, day: int) -> float:
        """Give the level at the start of a day (since 1970)."""
        return self._sum(day) - self._offset

    @cached_property
    def _offset(self) -> float:
        """How far the epoch is from the start of its day."""
        return float(self._made(self._origin).returns[: self._minute].sum())

    def _sum(self, day: int) -> float:
        place = day - self._origin
        if place >= 0:
            if place >= len(self._after):
                days = np.arange(self._origin, self._origin + max(64, 2 * place), dtype=np.int64)
                self._after = np.concatenate(([0.0], np.cumsum(self._totals(days))))
            return float(self._after[place])
        if -place >= len(self._before):
            days = np.arange(self._origin - 1, self._origin - max(64, -2 * place), -1, dtype=np.int64)
            self._before = np.concatenate(([0.0], np.cumsum(-self._totals(days))))
        return float(self._before[-place])

    def day(self, day: int) -> Moves:
        """Give the minutes of a day (since 1970)."""
        return self._moves.get(day, self._made)

    def _made(self, day: int) -> Moves:
        days = np.array([day], dtype=np.int64)
        sigma = float(self._sigmas(days)[0])
        shape = self._shape(day)
        variance = sigma**2 * shape / shape.sum()
        returns = np.sqrt(variance) * normals(self._keys["minute"], day * MINUTES + np.arange(MINUTES, dtype=np.int64))
        drift = sigma * float(normals(self._keys["day"], days)[0])
        returns += (drift - returns.sum()) * variance / sigma**2  # the minutes add up to the day
        jump = float(self._jump(days)[0])
        if jump:
            returns[int(uniforms(self._keys["when"], days)[0] * MINUTES)] += jump
        return Moves(returns, variance)

    def _totals(self, days: Counts) -> Floats:
        return self._sigmas(days) * normals(self._keys["day"], days) + self._jump(days)

    def _sigmas(self, days: Counts) -> Floats:
        heat = np.zeros(len(days))
        for place, (length, spread) in enumerate(_DAYS):
            heat += spread * normals(self._keys["heat"] + np.uint64(place), days // length) - spread**2
        out: Floats = self._sigma * np.exp(heat)
        return out

    def _jump(self, days: Counts) -> Floats:
        often, size = self._jumps
        happens = uniforms(self._keys["jump"], days) < often
        out: Floats = np.where(happens, size * normals(self._keys["size"], days), 0.0)
        return out

    def _shape(self, day: int) -> Floats:
        """Give how the variance is spread over the minutes of a day."""
        hours = np.arange(MINUTES) / 60
        heat = _BUSY * np.cos((hours - 14) / 12 * np.pi)
        for place, (pieces, spread) in enumerate(_PIECES):
            counts = day * pieces + np.arange(pieces, dtype=np.int64)
            drawn = spread * normals(self._keys["piece"] + np.uint64(place), counts)
            heat += np.repeat(drawn, MINUTES // pieces)
        out: Floats = np.exp(2 * heat)
        return out
