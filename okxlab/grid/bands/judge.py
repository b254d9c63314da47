"""What many grids share when their bands are made: candles, fees, and how courses are drawn."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import SpecError
from okxlab.grid.bands.course import Courses
from okxlab.grid.bands.draw import Draw, check_seed, check_ways, middle
from okxlab.grid.bands.game import Game, Road
from okxlab.grid.bands.odds import Floats, low_first_chances
from okxlab.grid.spec import GridSpec
from okxlab.model import Number

# What bands of many grids are about.
FIGURE = "equity_end"

# The ends of a band, lowest first, or None three times and the reason.
Row = tuple[Decimal | None, Decimal | None, Decimal | None, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """The road, and on what terms grids go along it."""

    road: Road
    fees: tuple[Number, Number]
    low_first: Floats
    ways: int
    seed: int

    @classmethod
    def of(cls, road: Road, fees: tuple[Number, Number], *, odds: str, paths: int, seed: int) -> "Judge":
        """Read the terms."""
        return cls(road, fees, low_first_chances(road.candles, odds), check_ways(paths), check_seed(seed))

    def low(self, spec: GridSpec) -> tuple[Decimal, Decimal]:
        """Give the low end of a grid's equity, and the end of its backtest."""
        courses = self._courses(spec)
        return courses.extreme(FIGURE, highest=False)[1], courses.nearest

    def row(self, spec: GridSpec) -> Row:
        """Give the three ends, or None three times and the reason."""
        try:
            courses = self._courses(spec)
        except SpecError as error:
            return None, None, None, str(error)
        low, high = (courses.extreme(FIGURE, highest=top)[1] for top in (False, True))
        samples = courses.ends(Draw.of(courses, self.low_first, self.ways, self.seed).blocks(), self.ways)[FIGURE]
        return low, samples[middle(samples)], high, None

    def _courses(self, spec: GridSpec) -> Courses:
        return Courses.of(Game.of(spec, self.road, *self.fees))
