"""What was traded by our orders: it stands beside the path's own prints in trades, candles and tickers."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.prices.feed import Feed

NEWEST = 500
_TRADES_A_POINT = 1_000_000  # a trade's id says at which point of the path it happened
_FIRST_POINT = 10_000_000


def trade_id(position: int, count: int = 0) -> int:
    """Give the id of the count-th trade at a point of the path; the print of the path itself is the 0th."""
    return (_FIRST_POINT + position) * _TRADES_A_POINT + count


@dataclass(frozen=True, slots=True)
class Print:
    """A trade on the tape: ``buys`` says that the taker bought; ``position`` is the feed's."""

    name: str
    trade_id: int
    price: Decimal
    size: Decimal
    buys: bool
    position: int


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
