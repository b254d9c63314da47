"""The small steps between two points of the path: a seeded walk on the tick, and what is traded at each of them."""

import zlib
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from okxlab.paper.exact import steps
from okxlab.paper.prices.path import Points
from okxlab.paper.products.instrument import Instrument

SEGMENTS = 4  # from the open to an extreme, to the other one, to the close, and the stand until the next open
_REACH = 0.35  # how far a segment strays, of the candle's height; made up
_RNG_OFFSET = 1 << 40  # candles before the start have negative numbers, seeds may not


@dataclass(frozen=True, slots=True)
class MicroPath:
    """A candle in ``4 * parts`` places: the price in ticks, whether the last move was up, and the lots traded.

    ``steps`` are the tick and the lot it was made with: an instrument's may change while a candle lasts.
    """

    ticks: list[int]
    rising: list[bool]
    lots: list[int]
    steps: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Candle:
    """What a micro path is made of: ``rose`` says how the market came to the candle."""

    index: int
    points: Points
    volume: Decimal
    rose: bool


def micro_path(instrument: Instrument, candle: Candle, parts: int, seed: int) -> MicroPath:
    """Give the micro path of a candle, the same for the same seed, instrument and candle.

    It is at the candle's points at every ``parts``-th place, never leaves its low and high, and stands at its close
    until the next candle opens. The lots add up to the candle's volume (less what is no whole lot).
    """
    rng = np.random.default_rng((seed, zlib.crc32(instrument.name.encode()), candle.index + _RNG_OFFSET))
    whole = [steps(price, instrument.tick) for price in candle.points]
    ticks = np.full(SEGMENTS * parts, whole[3], dtype=np.int64)
    ticks[: -parts or None] = _bridges(whole, rng.normal(size=(SEGMENTS - 1, parts))).ravel()
    lots = _shares(steps(candle.volume, instrument.lot), rng.exponential(size=len(ticks)))
    return MicroPath(ticks.tolist(), _rising(ticks, rose=candle.rose).tolist(), lots, (instrument.tick, instrument.lot))


def _bridges(whole: list[int], noise: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give a walk from each point to just before the next one, which turns at the candle's low and high."""
    points = np.array(whole)
    low, high, count = points.min(), points.max(), noise.shape[1]
    start, end = points[:-1, None], points[1:, None]
    share = np.arange(count) / count
    sums = np.cumsum(noise, axis=1)
    walk = np.zeros_like(noise)
    walk[:, 1:] = sums[:, :-1]
    walk = (walk - share * sums[:, -1:]) * (_REACH * (high - low) / count**0.5)
    way = start + (end - start) * share + walk
    way = low + np.abs(way - low)
    way = high - np.abs(high - way)
    return np.asarray(np.clip(np.rint(way), low, high), dtype=np.int64)


def _rising(ticks: NDArray[np.int64], *, rose: bool) -> NDArray[np.bool_]:
    """Say at each place whether the last move was up; where nothing moved, it is as before."""
    moves = np.empty(len(ticks), np.int64)
    moves[0] = 1 if rose else -1
    moves[1:] = ticks[1:] - ticks[:-1]
    last = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    return np.asarray(moves[last] > 0)


def _shares(total: int, weights: NDArray[np.float64]) -> list[int]:
    """Cut a whole number into whole shares that add up to it."""
    sums = np.cumsum(weights)
    cuts = np.floor(sums / sums[-1] * total).astype(np.int64)
    cuts[-1] = total
    cuts[1:] -= cuts[:-1].copy()
    return cuts.tolist()  # type: ignore[no-any-return]
