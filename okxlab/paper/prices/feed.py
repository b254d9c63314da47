"""Where the market stands: one position on the path, shared by all instruments."""

from collections.abc import Mapping
from decimal import Decimal

from okxlab.paper.prices.path import NAMES, Points
from okxlab.paper.prices.source import Source


class Feed:
    """The prices of all instruments at one point of the path.

    Position 0 is the first open; each candle has four points, so position 4i + k is point k of candle i.

    Parameters
    ----------
    sources
        By instrument id, all with the same candle times.
    position
        Where to stand at first.
    """

    def __init__(self, sources: Mapping[str, Source], position: int = 0) -> None:
        self.sources = sources
        self.position = position
        self._line = next(iter(sources.values()))
        self._end = None if self._line.last is None else 4 * self._line.last + 3
        self._seen: dict[str, tuple[int, Points]] = {}

    @property
    def bar(self) -> int:
        """The length of a candle in ms."""
        return self._line.bar

    @property
    def index(self) -> int:
        """The number of the candle the feed stands in."""
        return self.position >> 2

    @property
    def candle(self) -> int:
        """The opening time of the candle the feed stands in (ms UTC)."""
        return self._line.time(self.position >> 2)

    @property
    def point(self) -> str:
        """Which point of the candle: open, first, second or close."""
        return NAMES[self.position & 3]

    @property
    def done(self) -> bool:
        """Whether the last close has been reached."""
        return self.position == self._end

    @property
    def now(self) -> int:
        """Feed time (ms UTC): a candle's points are spread evenly over it, and a tape ends with its last candle."""
        return self.candle + self.bar if self.done else self.time(self.position)

    @property
    def left(self) -> int | None:
        """How many points are still to come; None when they never end."""
        return None if self._end is None else self._end - self.position

    def time(self, position: int) -> int:
        """Give the feed time of a point (ms UTC)."""
        return self._line.time(position >> 2) + (position & 3) * self.bar // 4

    def forward(self, points: int = 1) -> None:
        """Move along the path."""
        self.position += points

    def price(self, name: str) -> Decimal:
        """Give the price of an instrument where the feed stands."""
        return self.price_at(name, self.position)

    def price_at(self, name: str, position: int) -> Decimal:
        """Give the price of an instrument at a point."""
        return self._points(name, position >> 2)[position & 3]

    def points_ahead(self, name: str) -> Points:
        """Give the path of the candle after the one the feed stands in."""
        return self._points(name, (self.position >> 2) + 1)

    def _points(self, name: str, index: int) -> Points:
        seen = self._seen.get(name)
        if seen is None or seen[0] != index:
            seen = self._seen[name] = (index, self.sources[name].points(index))
        return seen[1]
