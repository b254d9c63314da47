"""The tape: one trade at every place of the path, and beside it what was traded by our orders."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.exact import floored, minus, plus, times
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument

NEWEST = 500
_TRADES_A_POINT = 1_000_000  # a trade's id says at which place of the path it happened
_TRADES_A_PART = 10_000
_FIRST_POINT = 10_000_000


def trade_id(position: int, part: int = 0, count: int = 0) -> int:
    """Give the id of the count-th trade at a place of the path; the print of the path itself is the 0th.

    >>> trade_id(0), trade_id(1, 2, 3)
    (10000000000000, 10000001020003)
    """
    return (_FIRST_POINT + position) * _TRADES_A_POINT + part * _TRADES_A_PART + count


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
    last = at == 4 * feed.parts - 1
    if not volume:
        size = Decimal(0) if len({feed.price_at(name, 4 * index + k) for k in range(4)}) == 1 else instrument.minimum
    elif feed.parts > 1:
        size = times(feed.micro(name, index).lots[at], instrument.lot)
    else:
        size = minus(floored(volume * (at + 1) / 4, instrument.lot), floored(volume * at / 4, instrument.lot))
    if volume and last:
        size = plus(size, minus(volume, floored(volume, instrument.lot)))
    rose = feed.micro(name, index).rising[at] if feed.parts > 1 else feed.rose_at(name, position)
    return Print(name, trade_id(position, part), price, size, rose, position, part)


class Prints:
    """The newest trades of our orders, by instrument.

    Parameters
    ----------
    feed
        Where the market stands.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._newest: dict[str, deque[Print]] = {}

    def add(self, row: Print) -> None:
        """Put a trade on the tape."""
        self._newest.setdefault(row.name, deque(maxlen=NEWEST)).append(row)

    def newest(self, name: str) -> Iterator[Print]:
        """Give the newest trades of an instrument, newest first, up to 500."""
        return reversed(self._newest.get(name, deque()))
