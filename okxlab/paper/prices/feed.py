"""Where the market stands: one place on the path, shared by all instruments."""

from collections.abc import Mapping
from decimal import Decimal

from okxlab.paper.exact import times
from okxlab.paper.prices.micro import Candle, MicroPath, micro_path
from okxlab.paper.prices.path import NAMES, Points
from okxlab.paper.prices.source import Source
from okxlab.paper.products.instrument import Instrument

_CANDLES_KEPT = 4  # micro paths of an instrument: the newest 500 trades lie in three candles


class Feed:
    """The prices of all instruments at one place of the path.

    Position 0 is the first open; each candle has four points, so position 4i + k is point k of candle i. Between two
    points lie ``parts`` places, and ``place`` counts them all; with one part there is nothing between the points.

    Parameters
    ----------
    sources
        By instrument id, all with the same candle times.
    position
        Where to stand at first.
    parts
        Micro steps from one point to the next.
    instruments
        By OKX's id; needed for more than one part, as these are on the tick.
    seed
        Of what happens between the points.
    """

    def __init__(
        self, sources: Mapping[str, Source], position: int = 0, parts: int = 1, *,
        instruments: Mapping[str, Instrument] | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        self.sources = sources
        self.position = position
        self.parts = parts
        self.part = 0
        self._instruments = instruments or {}
        self._seed = seed
        self._line = next(iter(sources.values()))
        self._seen: dict[str, tuple[int, Points]] = {}
        self._micro: dict[str, dict[int, MicroPath]] = {}

    @property
    def _end(self) -> int | None:
        last = self._line.last
        return None if last is None else 4 * last + 3

    @property
    def bar(self) -> int:
        """The length of a candle in ms."""
        return self._line.bar

    @property
    def place(self) -> int:
        """The place the feed stands at, counted from the first open."""
        return self.position * self.parts + self.part

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
        """Which point of the candle was passed last: open, first, second or close."""
        return NAMES[self.position & 3]

    @property
    def done(self) -> bool:
        """Whether the last close has been reached."""
        return self.position == self._end

    @property
    def now(self) -> int:
        """Feed time (ms UTC): a candle's places are spread evenly over it, and a tape ends with its last candle."""
        return self.candle + self.bar if self.done else self.time(self.position, self.part)

    def ends_at(self, place: int) -> bool:
        """Whether a place is the last one of all."""
        return self._end is not None and place == self._end * self.parts

    @property
    def left(self) -> int | None:
        """How many points are still to come; None when they never end."""
        return None if self._end is None else self._end - self.position

    def time(self, position: int, part: int = 0) -> int:
        """Give the feed time of a place (ms UTC)."""
        passed = (position & 3) * self.parts + part
        return self._line.time(position >> 2) + passed * self.bar // (4 * self.parts)

    def next_time(self) -> int:
        """Give the feed time of the place after the one the feed stands at (ms UTC)."""
        return self.time(*divmod(self.place + 1, self.parts))

    def candle_time(self, index: int) -> int:
        """Give the opening time of a candle (ms UTC)."""
        return self._line.time(index)

    def forward(self, points: int = 1) -> None:
        """Move along the path, to a point."""
        self.position += points
        self.part = 0

    def inch(self) -> None:
        """Move to the next place, which is the next point when the parts are through."""
        self.position, self.part = divmod(self.place + 1, self.parts)

    def price(self, name: str) -> Decimal:
        """Give the price of an instrument where the feed stands."""
        return self.price_at(name, self.position, self.part)

    def price_at(self, name: str, position: int, part: int = 0) -> Decimal:
        """Give the price of an instrument at a place."""
        if not part:
            return self._points(name, position >> 2)[position & 3]
        micro = self.micro(name, position >> 2)
        return times(micro.ticks[(position & 3) * self.parts + part], micro.steps[0])

    def points_ahead(self, name: str) -> Points:
        """Give the path of the candle after the one the feed stands in."""
        return self._points(name, (self.position >> 2) + 1)

    def micro(self, name: str, index: int) -> MicroPath:
        """Give the micro path of a candle."""
        kept = self._micro.setdefault(name, {})
        found = kept.get(index)
        if found is None:
            source = self.sources[name]
            candle = Candle(index, source.points(index), source.volume(index), self.rose_at(name, 4 * index))
            found = kept[index] = micro_path(self._instruments[name], candle, self.parts, self._seed)
            if len(kept) > _CANDLES_KEPT:
                del kept[next(iter(kept))]
        return found

    def rose_at(self, name: str, position: int) -> bool:
        """Whether the path's last move up to a point was up; it looks back for five points, then says yes."""
        first = 4 * self.sources[name].first
        price = self.price_at(name, position)
        for earlier in range(position - 1, max(position - 6, first - 1), -1):
            before = self.price_at(name, earlier)
            if before != price:
                return price > before
        return True

    def _points(self, name: str, index: int) -> Points:
        seen = self._seen.get(name)
        if seen is None or seen[0] != index:
            seen = self._seen[name] = (index, self.sources[name].points(index))
        return seen[1]
