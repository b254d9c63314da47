"""The tape: one trade at every place of the path, and beside it what was traded by our orders."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.exact import floored, minus, plus, times
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument

NEWEST = 500
_KEPT = 10_000  # of our trades, by instrument
_CANDLES = 50_000  # a month of minutes and more
_TRADES_A_POINT = 1_000_000  # a trade's id says at which place of the path it happened
_TRADES_A_PART = 10_000
_FIRST_POINT = 10_000_000


def trade_id(position: int, part: int = 0, count: int = 0) -> int:
    """Give the id of the count-th trade at a place of the path; the print of the path itself is the 0th.

    >>> trade_id(0), trade_id(1, 2, 3)
    (10000000000000, 10000001020003)
    """
    return (_FIRST_POINT + position) * _TRADES_A_POINT + part * _TRADES_A_PART + count


def place_of(trade: int, parts: int) -> int:
    """Give the place of the path that a trade's id belongs to."""
    return (trade // _TRADES_A_POINT - _FIRST_POINT) * parts + trade % _TRADES_A_POINT // _TRADES_A_PART


@dataclass(frozen=True, slots=True)
class Print:
    """A trade on the tape: ``buys`` says that the taker bought; ``position`` and ``part`` are the feed's."""

    name: str
    trade_id: int
    price: Decimal
    size: Decimal
    buys: bool
    position: int
    part: int = 0


def path_print(feed: Feed, instrument: Instrument, place: int) -> Print:
    """Give the trade of others that the path makes at a place.

    A candle's prints add up to its volume. Where a recorded candle moved without any volume, the smallest order is
    traded; a size of 0 says that nothing was.
    """
    position, part = divmod(place, feed.parts)
    name, index, at = instrument.name, position >> 2, (position & 3) * feed.parts + part
    price, volume = feed.price_at(name, position, part), feed.sources[name].volume(index)
    last = at == 4 * feed.parts - 1 or feed.ends_at(place)
    if not volume:
        size = Decimal(0) if len({feed.price_at(name, 4 * index + k) for k in range(4)}) == 1 else instrument.minimum
    elif feed.parts > 1:
        micro = feed.micro(name, index)
        size = times(sum(micro.lots[at:]) if last else micro.lots[at], micro.steps[1])
    else:
        size = minus(floored(volume * (at + 1) / 4, instrument.lot), floored(volume * at / 4, instrument.lot))
    if volume and last:
        size = plus(size, minus(volume, floored(volume, instrument.lot)))
    rose = feed.micro(name, index).rising[at] if feed.parts > 1 else feed.rose_at(name, position)
    return Print(name, trade_id(position, part), price, size, rose, position, part)


@dataclass(slots=True)
class Traded:
    """What was traded by our orders in one candle; ``last`` is the newest of those trades."""

    index: int
    high: Decimal
    low: Decimal
    volume: Decimal
    turnover: Decimal
    last: Print


class Prints:
    """The trades of our orders, by instrument: the newest one by one, older ones added up candle by candle.

    Parameters
    ----------
    feed
        Where the market stands.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._newest: dict[str, deque[Print]] = {}
        self._candles: dict[str, deque[Traded]] = {}

    def add(self, row: Print) -> None:
        """Put a trade on the tape."""
        self._newest.setdefault(row.name, deque(maxlen=_KEPT)).append(row)
        candles, index = self._candles.setdefault(row.name, deque(maxlen=_CANDLES)), row.position >> 2
        worth = times(row.size, row.price)
        if not candles or candles[-1].index != index:
            candles.append(Traded(index, row.price, row.price, row.size, worth, row))
            return
        candle = candles[-1]
        candle.high, candle.low = max(candle.high, row.price), min(candle.low, row.price)
        candle.volume, candle.turnover, candle.last = plus(candle.volume, row.size), plus(candle.turnover, worth), row

    def newest(self, name: str) -> Iterator[Print]:
        """Give the newest trades of an instrument, newest first, up to 10,000."""
        return reversed(self._newest.get(name, deque()))

    def between(self, name: str, start: int, stop: int) -> list[Traded]:
        """Give what was traded in the candles from start up to, not including, stop, the newest first."""
        found = []
        for candle in reversed(self._candles.get(name, ())):
            if candle.index < start:
                break
            if candle.index < stop:
                found.append(candle)
        return found

    def last(self, instrument: Instrument) -> Print:
        """Give the newest trade of all; while nothing was traded, the path's with a size of 0."""
        path = path_print(self._feed, instrument, self._feed.place)
        own = next(self.newest(instrument.name), path)
        return own if own.trade_id > path.trade_id else path
