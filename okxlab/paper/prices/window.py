"""The last day's high, low and volume at each of many candles ahead, worked out at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from okxlab.paper.prices.bars import Bar
from okxlab.paper.prices.source import Numbers, Source

_AHEAD = 64  # candles worked out together


class Windows:
    """Sums over a number of whole candles, for sources whose candles never end and have no gaps.

    Parameters
    ----------
    sources
        By instrument id.
    count
        Candles in a sum.
    """

    def __init__(self, sources: Mapping[str, Source], count: int) -> None:
        self._sources = sources
        self._count = count
        self._ahead: dict[str, _Ahead] = {}

    def before(self, name: str, index: int) -> Bar:
        """Give the candles before one as one bar, as many as a sum holds."""
        ahead = self._ahead.get(name)
        if ahead is None or not 0 <= index - ahead.index < _AHEAD:
            ahead = self._ahead[name] = _Ahead(self._sources[name], index, self._count)
        return ahead.bar(index - ahead.index)


class _Ahead:
    """The sums before a candle and those after it."""

    def __init__(self, source: Source, index: int, count: int) -> None:
        self.index = index
        self._source = source
        found = source.columns(index - count, index + _AHEAD - 1)
        first, last = slice(0, _AHEAD - 1), slice(count, None)
        middle = slice(_AHEAD - 1, count)
        self._ts, self._open = found.ts[:_AHEAD], found.open[:_AHEAD]
        self._close = found.close[count - 1 :]
        self._high = _slid(found.high[first], found.high[middle].max(), found.high[last], np.maximum)
        self._low = _slid(found.low[first], found.low[middle].min(), found.low[last], np.minimum)
        self._volume = _summed(found.volume, count)
        unit = float(source.price(1)) * float(source.amount(1))
        self._turnover = _summed((found.open.astype(np.float64) + found.close) / 2 * found.volume, count) * unit

    def bar(self, place: int) -> Bar:
        """Give one of the sums."""
        price, amount = self._source.price, self._source.amount
        prices = (price(side.item(place)) for side in (self._open, self._high, self._low, self._close))
        opened, high, low, close = prices
        volume = amount(self._volume.item(place))
        return Bar(int(self._ts[place]), opened, high, low, close, volume, float(self._turnover[place]))


def _slid(first: Numbers, middle: Any, last: Numbers, most: np.ufunc) -> Numbers:
    """Give the extreme of each window: what is left of the first numbers, the middle, and what has come of the last."""
    left = np.append(most.accumulate(first[::-1])[::-1], middle)
    come = np.append(middle, most.accumulate(last))
    return np.asarray(most(most(left, come), middle))


def _summed(numbers: Numbers, count: int) -> Numbers:
    sums = np.concatenate(([0], np.cumsum(numbers)))
    return np.asarray(sums[count:] - sums[:-count])
