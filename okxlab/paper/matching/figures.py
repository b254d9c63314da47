"""What recorded books look like, in a few figures, and how large that is for one instrument."""

from dataclasses import dataclass

import numpy as np

from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument

# Measured on 12 OKX books recorded in 2021 and 2022, from 0.1 to 500 million USD a day; medians over the recordings.
# The busiest one was never more than its tick wide: its spread stands for "one tick".
# By turnover (USD a day): best bid to best ask (bp), level to level (bp), mean size of a level (minutes of turnover).
BY_TURNOVER = (
    (1e5, 80.0, 12.0, 1.6),
    (1.5e6, 13.0, 3.6, 1.2),
    (1.7e7, 7.0, 1.4, 0.4),
    (8e7, 3.1, 1.0, 0.33),
    (5e8, 0.01, 0.35, 0.0225),
)
# Quantiles of a level's size over the mean of its side, the best 50 levels.
_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_SIZES = (0.0, 0.003, 0.007, 0.022, 0.046, 0.096, 0.164, 0.294, 0.499, 0.896, 2.247, 4.15, 11.37, 16.79, 25.0)
# Orders on a level: of 64 levels, 49 have one.
ORDERS = (1,) * 49 + (2,) * 11 + (3,) * 3 + (4,)
# From this level on: how many 100 ms a level stays as it is, and how many of 256 places for a level are taken.
LIVES = ((0, 3, 230), (3, 5, 220), (10, 12, 205), (25, 25, 205), (50, 60, 150), (200, 120, 110))
DRAWS = 1024  # sizes of an instrument to draw from
MINUTE, _DAY = 60_000, 1440
_DOLLARS = ("USDT", "USDC", "USD")
_ROUGH_WORTH = {"BTC": 60_000.0, "ETH": 3_000.0}  # USD, where the feed does not know better
_THINNEST, _LONGEST = BY_TURNOVER[0][0], 20.0


@dataclass(frozen=True)
class Figures:
    """The figures of one instrument, in its own ticks and lots; made-up liquidity, so from floats.

    Parameters
    ----------
    width
        Ticks that share one place for a level.
    spread
        Typical ticks from best bid to best ask, not whole.
    sizes
        1,024 sizes in lots that levels are drawn from.
    minimum
        The smallest size in lots.
    """

    width: int
    spread: float
    sizes: tuple[int, ...]
    minimum: int


def figures(instrument: Instrument, feed: Feed) -> Figures:
    """Scale the recorded figures to an instrument by the turnover of one day, its price and its tick."""
    price, volume = _day(instrument, feed)
    turnover = _turnover(instrument, feed, price, volume)
    columns = np.log(np.array(BY_TURNOVER)).T
    spread, gap, minutes = (float(np.exp(np.interp(np.log(turnover), columns[0], column))) for column in columns[1:])
    tick = float(instrument.tick) / price * 1e4  # in bp
    taken = LIVES[0][2] / 256
    width = max(round(gap / tick * taken), 1)
    crowd = min(max(tick / gap, 1.0), _LONGEST)  # a coarse tick gathers what would stand on several
    lots = max(volume / float(instrument.lot), 1.0)
    minimum = max(round(instrument.minimum / instrument.lot), 1)
    draws = np.interp((np.arange(DRAWS) + 0.5) / DRAWS, _SHARES, _SIZES)
    sizes = np.maximum(np.rint(draws / draws.mean() * minutes * crowd * lots), minimum)
    return Figures(width, spread / tick, tuple(int(size) for size in sizes), minimum)


def _day(instrument: Instrument, feed: Feed) -> tuple[float, float]:
    """Give a price and the mean volume of a minute (base currency or contracts), over the day around candle 0."""
    source = feed.sources[instrument.name]
    start = max(source.first, -_DAY)
    end = start + _DAY if source.last is None else min(start + _DAY, source.last + 1)
    columns = source.columns(start, end)
    volume = float(source.amount(columns.volume.mean())) / (source.bar / MINUTE)
    return float(source.points(start)[0]), volume


def _turnover(instrument: Instrument, feed: Feed, price: float, volume: float) -> float:
    """Give what is traded a day in USD, at least that of the thinnest book recorded."""
    contract = instrument.contract
    amount = volume * _DAY * (float(contract.value) if contract else 1.0)
    if contract is not None and not contract.linear:  # contracts of so many USD
        return max(amount, _THINNEST)
    rate = f"{instrument.quote}-USDT"
    if instrument.quote in _DOLLARS:
        worth = 1.0
    else:
        worth = float(feed.price(rate)) if rate in feed.sources else _ROUGH_WORTH.get(instrument.quote, 1.0)
    return max(amount * price * worth, _THINNEST)
