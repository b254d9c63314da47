"""The grid specification: what is designed, backtested, rehearsed and run."""

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from operator import index
from typing import Literal, cast

from okxlab.errors import SpecError
from okxlab.model import Instrument, Number, exact, instrument_id, plain

Spacing = Literal["arithmetic", "geometric"]

SPACINGS = ("arithmetic", "geometric")

# An interval is one resting order; OKX rests 500 of one account on an instrument, and twice that is room to study.
MOST_GRIDS = 1000


@dataclass(frozen=True, slots=True, init=False, repr=False)
class GridSpec:
    """A spot grid: a price range cut into intervals, and the quote currency put to work in it.

    Parameters
    ----------
    symbol
        ``"BTC-USDT"`` or ``"BTC/USDT"``; kept in OKX's spelling.
    low, high
        Lowest and highest price of the range, in quote currency; kept as Decimal.
    grids
        Number of intervals, 2 to 1000; there is one price more.
    investment
        Quote currency to put to work; kept as Decimal.
    spacing
        ``"arithmetic"`` (equal steps) or ``"geometric"`` (equal ratios).

    Raises
    ------
    SpecError
        When no grid can be made of these values.
    InputError
        When a price or the investment is not a number.

    Examples
    --------
    >>> GridSpec("BTC/USDT", low=85_000, high="95_000", grids=10, investment=1_000)
    GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000)
    """

    symbol: str
    low: Decimal
    high: Decimal
    grids: int
    investment: Decimal
    spacing: Spacing

    def __init__(
        self,
        symbol: str,
        *,
        low: Number,
        high: Number,
        grids: int,
        investment: Number,
        spacing: str = "arithmetic",
    ) -> None:
        object.__setattr__(self, "symbol", instrument_id(symbol))
        object.__setattr__(self, "low", _positive(low, "low"))
        object.__setattr__(self, "high", _positive(high, "high"))
        object.__setattr__(self, "investment", _positive(investment, "investment"))
        object.__setattr__(self, "grids", check_grids(grids))
        object.__setattr__(self, "spacing", check_spacing(spacing))
        check_range(self.low, self.high)

    @classmethod
    def around(
        cls,
        instrument: Instrument,
        price: Number,
        *,
        percent: Number,
        grids: int,
        investment: Number,
        spacing: str = "arithmetic",
    ) -> "GridSpec":
        """Make a grid that reaches ``percent`` below and above a price, its bounds moved onto the tick.

        Examples
        --------
        >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
        >>> GridSpec.around(btc, "90000.04", percent=5, grids=10, investment=1_000)
        GridSpec('BTC-USDT', low=85500, high=94500.1, grids=10, investment=1000)
        """
        centre, part = _positive(price, "price"), _positive(percent, "percent") / 100
        if part >= 1:
            raise SpecError(f"percent is {percent!r}, and a range below zero is none.", "Give less than 100.")
        low, high = instrument.floor_price(centre * (1 - part)), instrument.ceil_price(centre * (1 + part))
        return cls(instrument.symbol, low=low, high=high, grids=grids, investment=investment, spacing=spacing)

    def __repr__(self) -> str:
        tail = "" if self.spacing == "arithmetic" else f", spacing={self.spacing!r}"
        return (
            f"GridSpec({self.symbol!r}, low={plain(self.low)}, high={plain(self.high)}, grids={self.grids}, "
            f"investment={plain(self.investment)}{tail})"
        )


def check_grids(grids: int) -> int:
    """Give the number of intervals as an int, or raise SpecError."""
    try:
        number = None if isinstance(grids, bool) else index(grids)
    except TypeError:
        number = None
    if number is None:
        raise SpecError(f"grids is {grids!r}, which is not a whole number.", "Give the number of intervals as an int.")
    if number < 2:
        raise SpecError(f"grids is {number}, and a grid has at least 2 intervals.", "Raise grids.")
    if number > MOST_GRIDS:
        raise SpecError(
            f"grids is {number}, more than twice the 500 orders OKX rests on one instrument.",
            f"Use {MOST_GRIDS} or fewer.",
        )
    return number


def check_spacing(spacing: str) -> Spacing:
    """Give the spacing, or raise SpecError with the nearest name there is."""
    if spacing in SPACINGS:
        return cast("Spacing", spacing)
    near = get_close_matches(str(spacing).lower(), SPACINGS, n=1, cutoff=0.4)
    fix = f"Did you mean {near[0]!r}?" if near else "Use 'arithmetic' or 'geometric'."
    raise SpecError(f"spacing is {spacing!r}, which okxlab does not know.", fix)


def check_range(low: Decimal, high: Decimal) -> None:
    """Raise SpecError unless ``low`` is below ``high``."""
    if low >= high:
        raise SpecError(f"low is {plain(low)} and high is {plain(high)}.", "Give a low that is below high.")


def _positive(value: Number, name: str) -> Decimal:
    number = exact(value, name)
    if number <= 0:
        raise SpecError(f"{name} is {value!r}, which is not positive.", f"Give a {name} above zero.")
    return number
