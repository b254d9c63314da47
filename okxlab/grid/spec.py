"""The grid specification: what is designed, backtested, rehearsed and run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from okxlab.errors import SpecError
from okxlab.grid import houses, specfile
from okxlab.grid.ends import Ends
from okxlab.grid.sizes import Sizes, check_sizes
from okxlab.grid.terms import (
    Kind,
    Spacing,
    check_flag,
    check_kind,
    check_leverage,
    check_money,
    check_shape,
    check_time_limit,
    optional_price,
    positive,
)
from okxlab.model import Instrument, Number, instrument_id, plain, reckoned


@dataclass(frozen=True, slots=True, init=False, repr=False)
class GridSpec:
    """A grid: a price range cut into intervals, and the money put to work in it.

    Parameters
    ----------
    symbol
        ``"BTC-USDT"`` or ``"BTC/USDT"``; kept in OKX's spelling.
    low, high
        Lowest and highest price of the range, in quote currency; kept as Decimal, as all prices here. ``high`` is None
        in an infinity grid only, see `GridSpec.infinity`.
    grids
        Number of intervals, 2 to 1000; there is one price more. 0 in an infinity grid.
    investment
        Quote currency to put to work; kept as Decimal. 0 when ``base`` is all there is.
    spacing
        ``"arithmetic"`` (equal steps) or ``"geometric"`` (equal ratios).
    kind
        ``"spot"``, or a contract grid on a linear swap or future: ``"long"`` (opens by buying below the price),
        ``"short"`` (opens by selling above it) or ``"neutral"`` (both, starting flat). Contract levels round half up.
    leverage
        Of a contract grid, 1 or more.
    base
        Base currency put in beside the quote investment, spot only: it is what the launch need not buy, and what the
        launch need not hold is sold; see `okxlab.grid.Ladder`.
    sizes
        What each interval trades beside the others: ``"equal_base"`` (OKX's rule), ``"equal_quote"``, ``"mountain"``,
        ``"valley"``, ``"slope_up"``, ``"slope_down"``, or a positive weight for each interval, lowest first; see
        `okxlab.grid.weights`.
    trigger
        Price that must be touched before the launch; None launches at once.
    stop_loss, take_profit
        Prices outside the range (of a trailing grid: beyond where it follows to) at which all orders are cancelled and
        what is held is sold, or a position closed. Below and above it; the other way round for a short grid; one on
        either side for a neutral one.
    time_limit
        Time from the launch after which the grid stops the same way.
    trailing_up, trailing_down
        Highest (lowest) price up (down) to which the range follows the price, one interval at a time; None for off.
    reinvest
        Whether grid profit enlarges the unit.
    step
        Of an infinity grid: the step as a fraction.

    Raises
    ------
    SpecError
        When no grid can be made of these values.
    InputError
        When a price or an amount is not a number.

    Examples
    --------
    >>> GridSpec("BTC/USDT", low=85_000, high="95_000", grids=10, investment=1_000)
    GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000)
    >>> short = GridSpec("BTC-USDT-SWAP", low=85_000, high=95_000, grids=10, investment=1_000, kind="short", leverage=3)
    >>> short, short.plain
    (GridSpec('BTC-USDT-SWAP', low=85000, high=95000, grids=10, investment=1000, kind='short', leverage=3), False)
    """

    symbol: str
    low: Decimal
    high: Decimal | None
    grids: int
    investment: Decimal
    spacing: Spacing = "arithmetic"
    kind: Kind = "spot"
    leverage: Decimal = Decimal(1)
    base: Decimal = Decimal(0)
    sizes: Sizes = "equal_base"
    trigger: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    time_limit: timedelta | None = None
    trailing_up: Decimal | None = None
    trailing_down: Decimal | None = None
    reinvest: bool = False
    step: Decimal | None = None

    def __init__(  # noqa: PLR0913  one name for each field, and all but the symbol by name
        self,
        symbol: str,
        *,
        low: Number,
        high: Number | None,
        grids: int,
        investment: Number,
        spacing: str = "arithmetic",
        kind: str = "spot",
        leverage: Number = 1,
        base: Number = 0,
        sizes: str | Sequence[Number] = "equal_base",
        trigger: Number | None = None,
        stop_loss: Number | None = None,
        take_profit: Number | None = None,
        time_limit: timedelta | None = None,
        trailing_up: Number | None = None,
        trailing_down: Number | None = None,
        reinvest: bool = False,
        step: Number | None = None,
    ) -> None:
        terms: dict[str, Any] = {"symbol": instrument_id(symbol), "low": positive(low, "low")}
        terms["high"] = optional_price(high, "high")
        terms["kind"] = check_kind(kind, terms["symbol"], terms["high"])
        terms["investment"], terms["base"] = check_money(investment, base, terms["kind"])
        terms |= check_shape(terms["low"], terms["high"], grids, spacing, step)
        terms["leverage"] = check_leverage(leverage, terms["kind"])
        terms["sizes"] = check_sizes(sizes, terms["grids"])
        around = {"trigger": trigger, "stop_loss": stop_loss, "take_profit": take_profit}
        around |= {"trailing_up": trailing_up, "trailing_down": trailing_down}
        terms |= {name: optional_price(value, name) for name, value in around.items()}
        terms |= {"time_limit": check_time_limit(time_limit), "reinvest": check_flag(reinvest, "reinvest")}
        Ends(**{name: terms[name] for name in ("kind", "low", "high", *around)}).check()
        for name, value in terms.items():
            object.__setattr__(self, name, value)

    @classmethod
    @reckoned
    def around(
        cls,
        instrument: Instrument,
        price: Number,
        *,
        percent: Number,
        grids: int,
        investment: Number,
        **terms: Any,
    ) -> "GridSpec":
        """Make a grid that reaches ``percent`` below and above a price, its bounds moved onto the tick.

        ``terms`` are the other fields of a grid, as in ``spacing="geometric"``.

        Examples
        --------
        >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
        >>> GridSpec.around(btc, "90000.04", percent=5, grids=10, investment=1_000)
        GridSpec('BTC-USDT', low=85500, high=94500.1, grids=10, investment=1000)
        """
        centre, part = positive(price, "price"), positive(percent, "percent") / 100
        if part >= 1:
            raise SpecError(f"percent is {percent!r}, and a range below zero is none.", "Give less than 100.")
        low, high = instrument.floor_price(centre * (1 - part)), instrument.ceil_price(centre * (1 + part))
        return cls(instrument.symbol, low=low, high=high, grids=grids, investment=investment, **terms)

    @classmethod
    def infinity(cls, symbol: str, *, low: Number, step: Number, investment: Number, **terms: Any) -> "GridSpec":
        """Make a grid without an upper end: geometric steps of ``step`` from ``low``, base kept at constant value.

        Every rise by a step sells what the base held has gained, every fall back buys it again. ``terms`` are those of
        any grid that make sense here: ``base``, ``trigger``, ``stop_loss``, ``take_profit``, ``time_limit``,
        ``reinvest``.

        Examples
        --------
        >>> GridSpec.infinity("BTC-USDT", low=60_000, step="0.01", investment=1_000)
        GridSpec.infinity('BTC-USDT', low=60000, investment=1000, step=0.01)
        """
        return cls(symbol, low=low, investment=investment, step=step, **_INFINITE, **terms)

    @classmethod
    def from_pins(
        cls, symbol: str, *, low: Number, high: Number, pins: int, investment: Number, **terms: Any
    ) -> "GridSpec":
        """Make a grid of a house that counts prices: ``pins`` of them are one interval fewer.

        hummingbot's levels and grid_trading_bot's ``num_grids`` are such counts. Only the levels are carried over:
        neither launches or rotates as OKX does.

        Examples
        --------
        >>> GridSpec.from_pins("BTC-USDT", low=100, high=200, pins=11, investment=1_000).grids
        10
        """
        return cls(symbol, low=low, high=high, grids=houses.intervals(pins), investment=investment, **terms)

    @classmethod
    def from_bbgo(cls, symbol: str, settings: Mapping[str, Any]) -> "GridSpec":
        """Make a grid of the settings of bbgo's grid2, in its spelling; what it has no field for is refused by name.

        So is ``compound``, which enlarges orders at every fill where ``reinvest`` looks once a day.

        Examples
        --------
        >>> grid2 = {"gridNumber": 11, "lowerPrice": 100, "upperPrice": 200, "quoteInvestment": 1_000}
        >>> GridSpec.from_bbgo("BTC-USDT", grid2)
        GridSpec('BTC-USDT', low=100, high=200, grids=10, investment=1000)
        """
        name = instrument_id(symbol)
        return cls(name, **houses.bbgo(name, settings))

    @property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """Low and high; an infinity grid has no high and raises SpecError."""
        if self.high is None:
            raise SpecError("An infinity grid has no upper end.", "Give a grid with low and high.")
        return self.low, self.high

    @property
    def extras(self) -> tuple[str, ...]:
        """The fields in use that a plain grid does not have, by name."""
        return tuple(name for name in self._terms() if name not in _PLAIN)

    @property
    def plain(self) -> bool:
        """Whether symbol, low, high, grids, investment and spacing are all that is in use: what a sweep can count."""
        return not self.extras

    def require(self, what: str, *does: str) -> None:
        """Raise SpecError when a field beyond a plain grid's is in use that is not among ``does``.

        For whatever plays some grids and not all, as in ``spec.require("The replay")``: no field is passed over.
        """
        missing = [name for name in self.extras if name not in does]
        if missing:
            can = "plain grids" + (f" and {', '.join(does)}" if does else "")
            told = ", ".join(f"{name}={_told(getattr(self, name))}" for name in missing)
            raise SpecError(f"{what} cannot do {told}.", f"It does {can}: leave out {', '.join(missing)}.")

    def to_toml(self) -> str:
        """Write the grid as TOML, exact; what is as it would be if left out is left out, ``time_limit`` is in seconds.

        >>> print(GridSpec("BTC-USDT", low=1, high="2.50", grids=3, investment=100, reinvest=True).to_toml(), end="")
        symbol = "BTC-USDT"
        low = 1
        high = 2.5
        grids = 3
        investment = 100
        reinvest = true
        """
        return specfile.to_toml(self._terms())

    def to_json(self) -> str:
        """Write the grid as JSON, exact: Decimals are texts, ``time_limit`` is in seconds."""
        return specfile.to_json(self._terms())

    @classmethod
    def from_toml(cls, text: str) -> "GridSpec":
        """Read what `to_toml` or a person wrote; SpecError says what is wrong with it."""
        return cls._of(specfile.from_toml(text, [part.name for part in fields(cls)]))

    @classmethod
    def from_json(cls, text: str) -> "GridSpec":
        """Read what `to_json` wrote; SpecError says what is wrong with it."""
        return cls._of(specfile.from_json(text, [part.name for part in fields(cls)]))

    @classmethod
    def _of(cls, terms: dict[str, Any]) -> "GridSpec":
        return cls(**(_INFINITE if "step" in terms else {}) | terms)

    def _terms(self) -> dict[str, Any]:
        """Give the fields that are not as they would be if left out."""
        implied = _INFINITE if self.high is None else ()
        told = {part.name: getattr(self, part.name) for part in fields(self) if part.name not in implied}
        return {
            part.name: told[part.name] for part in fields(self) if told.get(part.name, part.default) != part.default
        }

    def __repr__(self) -> str:
        symbol, *rest = self._terms().items()
        name = "GridSpec.infinity" if self.high is None else "GridSpec"
        return f"{name}({', '.join([_told(symbol[1]), *(f'{name}={_told(value)}' for name, value in rest)])})"


_PLAIN = ("symbol", "low", "high", "grids", "investment", "spacing")
_INFINITE: dict[str, Any] = {"high": None, "grids": 0, "spacing": "geometric"}


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_told, value))})"
    return plain(value) if isinstance(value, Decimal) else repr(value)
