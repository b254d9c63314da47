"""The market made up from a seed: one driver moves all coins, each has one of its own, and pairs follow from coins.

Floats all through: they make up markets, and nothing is booked with them.
"""

import math
from dataclasses import dataclass

import numpy as np

from okxlab.paper.prices.factor import MINUTES, Factor
from okxlab.paper.prices.noise import Floats, key, normals, uniforms, waves
from okxlab.paper.prices.shelf import Shelf
from okxlab.paper.products.coins import MONEY, STABLE, coins, dollars

MINUTE = 60_000
DAY = MINUTES * MINUTE
_MARKET, _MARKET_JUMPS = 0.5, (0.08, 0.025)  # volatility a year; how many a day, how large
_OWN_JUMPS = 0.05  # a day
_WELL_KNOWN = {
    "BTC": (1.0, 0.22, 0.015),
    "ETH": (1.25, 0.35, 0.025),
    "SOL": (1.4, 0.45, 0.03),
}  # beta, own, jumps' size
_METALS = ("PAXG", "XAUT")
_PEG = ((1440, 0.0002), (90, 0.0001), (5, 0.00003))  # how far stable coins stray
_PEG_VARIANCE = 1e-9  # a minute
_TURNOVER, _TURNOVER_LEAST = 400_000.0, 300.0  # USD a minute, of the best known coin and of any
_KEPT = 600  # days of coins, and of pairs


@dataclass(frozen=True)
class Track:
    """A day of one coin: log USD price at the edges of its minutes (1,441), and what moved it."""

    level: Floats
    beta: float
    own: Floats


@dataclass(frozen=True)
class Candles:
    """A day of a pair's minutes as log prices; ``activity`` is USD traded in each."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    activity: Floats


class World:
    """What everything costs at any time.

    Parameters
    ----------
    seed
        Not negative.
    epoch
        The time (ms UTC) at which each coin costs what the table of coins says.
    """

    def __init__(self, seed: int, epoch: int) -> None:
        self.seed = seed
        self.epoch = epoch
        self._market = Factor(seed, "market", yearly=_MARKET, jumps=_MARKET_JUMPS, epoch=epoch // MINUTE, kept=_KEPT)
        self._factors: dict[str, Factor] = {}
        self._tracks: Shelf[tuple[str, int], Track] = Shelf(_KEPT)
        self._candles: Shelf[tuple[str, str, int], Candles] = Shelf(_KEPT)

    def candles(self, base: str, quote: str, day: int) -> Candles:
        """Give a day (since 1970) of a pair."""
        return self._candles.get((base, quote, day), self._paired)

    def levels(self, currency: str, day: int) -> Floats:
        """Give the log of what a coin or currency costs in USD at the edges of a day's minutes (1,441)."""
        return self._track(currency, day).level

    def dollars(self, currency: str, now: int) -> float:
        """Give what a coin or currency costs in USD at a time (ms UTC)."""
        day, rest = divmod(now, DAY)
        level = self._track(currency, day).level
        minute, part = divmod(rest / MINUTE, 1)
        at = int(minute)
        return float(np.exp(level[at] * (1 - part) + level[at + 1] * part))

    def index(self, family: str, now: int) -> float:
        """Give what a pair costs at a time (ms UTC)."""
        base, quote = family.split("-")
        return self.dollars(base, now) / self.dollars(quote, now)

    def _track(self, currency: str, day: int) -> Track:
        return self._tracks.get((currency, day), self._made)

    def _made(self, place: tuple[str, int]) -> Track:
        currency, day = place
        if currency == "USD":
            return Track(np.zeros(MINUTES + 1), 0.0, np.zeros(MINUTES))
        if currency in STABLE:
            return self._pegged(currency, day)
        beta, _, _ = _temper(currency)
        factor = self._factor(currency)
        market, own = self._market.day(day), factor.day(day)
        start = math.log(dollars(currency)) + beta * self._market.edge(day) + factor.edge(day)
        level = start + np.concatenate(([0.0], np.cumsum(beta * market.returns + own.returns)))
        return Track(level, beta, own.variance)

    def _factor(self, currency: str) -> Factor:
        found = self._factors.get(currency)
        if found is None:
            _, own, size = _temper(currency)
            jumps, epoch = (_OWN_JUMPS if size else 0.0, size), self.epoch // MINUTE
            found = self._factors[currency] = Factor(self.seed, currency, yearly=own, jumps=jumps, epoch=epoch)
        return found

    def _pegged(self, currency: str, day: int) -> Track:
        stream = key(self.seed, f"{currency}/peg")
        minutes = day * MINUTES + np.arange(MINUTES + 1, dtype=np.float64)
        at_epoch = waves(stream, np.array([self.epoch / MINUTE]), _PEG)
        return Track(waves(stream, minutes, _PEG) - at_epoch, 0.0, np.full(MINUTES, _PEG_VARIANCE))

    def _paired(self, place: tuple[str, str, int]) -> Candles:
        base, quote, day = place
        left, right = self._track(base, day), self._track(quote, day)
        level = left.level - right.level
        opens, closes = level[:-1], level[1:]
        market = self._market.day(day).variance
        variance = (left.beta - right.beta) ** 2 * market + left.own + right.own
        counts = day * MINUTES + np.arange(MINUTES, dtype=np.int64)
        up, down = (
            _beyond(closes - opens, variance, uniforms(key(self.seed, f"{base}/{side}"), counts))
            for side in ("up", "down")
        )
        heat = left.beta**2 * market + left.own
        noise = normals(key(self.seed, f"{base}-{quote}/activity"), counts)
        activity = _turnover(base) * np.sqrt(heat / heat.mean()) * np.exp(0.8 * noise - 0.32)
        return Candles(opens, np.maximum(opens, closes) + up, np.minimum(opens, closes) - down, closes, activity)


def _beyond(returns: Floats, variance: Floats, chance: Floats) -> Floats:
    """How far a Brownian path from 0 to its return goes beyond the farther of the two ends."""
    reach = np.sqrt(returns**2 - 2 * variance * np.log1p(-chance))
    out: Floats = (reach - np.abs(returns)) / 2
    return out


def _temper(currency: str) -> tuple[float, float, float]:
    """Give a coin's share in the market's moves, its own yearly volatility, and the size of its own jumps."""
    if currency in _WELL_KNOWN:
        return _WELL_KNOWN[currency]
    if currency in MONEY:
        return 0.0, 0.07, 0.0
    if currency in _METALS:
        return 0.05, 0.15, 0.0
    first, second = uniforms(key(0, f"{currency}/temper"), np.arange(2, dtype=np.int64))
    rank = min(coins()[currency].place / 100, 1)
    return 1.0 + 0.6 * float(first), 0.4 + 0.3 * float(second) + 0.3 * rank, 0.05


def _turnover(currency: str) -> float:
    coin = coins().get(currency)
    place = coin.place if coin else 4
    return max(_TURNOVER / math.pow(1 + place, 1.1), _TURNOVER_LEAST)
