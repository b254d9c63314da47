"""The ladder: a specification made concrete at a launch price, in lots."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import SpecError
from okxlab.grid.levels import levels
from okxlab.grid.money import EXACT, ceil_ratio, ceil_step, fee_rate, floor_step, net, total
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, exact, plain


@dataclass(frozen=True, slots=True, repr=False)
class Ladder:
    """Levels, unit and sizes of a grid launched at ``launch_price``.

    ``size`` is the unit: the same base quantity bought in every interval, before its fee. ``launch_units`` units are
    bought at market at launch, one for each interval whose lower level is at or above the launch price. ``maker`` and
    ``taker`` are fractions of what is received. Prices are in quote, sizes in base currency, all exact Decimals.
    """

    spec: GridSpec
    instrument: Instrument
    levels: tuple[Decimal, ...]
    launch_price: Decimal
    size: Decimal
    launch_units: int
    maker: Decimal
    taker: Decimal

    @property
    def buy_size(self) -> Decimal:
        """Size of every resting buy, in base currency."""
        return self.size

    @property
    def launch_sell_size(self) -> Decimal:
        """Size of a sell that offers a unit of the launch purchase: whole lots of what the taker fee left."""
        return floor_step(net(self.size, self.taker), self.instrument.lot)

    @property
    def rotated_sell_size(self) -> Decimal:
        """Size of a sell that follows a filled buy: whole lots of what the maker fee left."""
        return floor_step(net(self.size, self.maker), self.instrument.lot)

    @property
    def launch_cost(self) -> Decimal:
        """Quote currency paid at launch."""
        return EXACT.multiply(EXACT.multiply(self.size, Decimal(self.launch_units)), self.launch_price)

    @property
    def unspent(self) -> Decimal:
        """Quote currency that neither buys at launch nor waits behind a resting buy."""
        return EXACT.subtract(
            self.spec.investment, EXACT.multiply(self.size, unit_cost(self.levels, self.launch_price))
        )

    def holds(self, interval: int) -> bool:
        """Whether the interval holds a unit right after launch."""
        return self.levels[interval] >= self.launch_price

    def __repr__(self) -> str:
        return (
            f"Ladder({self.spec!r}, launch_price={plain(self.launch_price)}, size={plain(self.size)}, "
            f"launch_units={self.launch_units})"
        )


def ladder(
    spec: GridSpec, instrument: Instrument, launch_price: Number, *, maker: Number = "0.0008", taker: Number = "0.001"
) -> Ladder:
    """Make a specification concrete: exact levels, the unit, and how many units the launch buys.

    The unit is ``floor_lot(investment / sum over i < grids of min(p_i, launch_price))``. The launch price is used as it
    is, never rounded.

    Raises
    ------
    SpecError
        When the symbols differ, a bound is off the tick, levels fall together, or the investment is too small.

    Examples
    --------
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = ladder(spec, Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"), 105)
    >>> made.size, made.launch_units, made.launch_sell_size
    (Decimal('2.4096'), 3, Decimal('2.4071'))
    """
    spec.require("A ladder")
    if spec.symbol != instrument.symbol:
        raise SpecError(
            f"The grid is for {spec.symbol} and the instrument is {instrument.symbol}.", "Give both the same symbol."
        )
    price = exact(launch_price, "launch_price")
    if price <= 0:
        raise SpecError(f"launch_price is {launch_price!r}, which is not positive.", "Give the price at launch.")
    if instrument.contract is not None:
        raise SpecError(
            f"{spec.symbol} is traded in contracts, and a spot grid counts {instrument.base}.",
            "Use the spot pair, or kind='long', 'short' or 'neutral'.",
        )
    prices = levels(*spec.bounds, spec.grids, spec.spacing, instrument.tick)
    made = Ladder(
        spec=spec,
        instrument=instrument,
        levels=prices,
        launch_price=price,
        size=_unit(spec.investment, unit_cost(prices, price), instrument.lot),
        launch_units=sum(level >= price for level in prices[:-1]),
        maker=fee_rate(maker, "maker"),
        taker=fee_rate(taker, "taker"),
    )
    _check_investment(made)
    return made


def unit_cost(prices: tuple[Decimal, ...], launch_price: Decimal) -> Decimal:
    """Give the quote currency that one unit of base in every interval needs: the sum of ``min(p_i, launch_price)``."""
    return total([min(price, launch_price) for price in prices[:-1]])


def smallest_size(instrument: Instrument, maker: Decimal, taker: Decimal) -> Decimal:
    """Give the smallest unit, in whole lots, whose buys and whose sells after fees all reach the minimum order.

    >>> from decimal import Decimal
    >>> fee = Decimal("0.001")
    >>> smallest_size(Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001"), fee, fee)
    Decimal('0.00001002')
    """
    least = ceil_step(instrument.minimum, instrument.lot)
    kept = EXACT.subtract(Decimal(1), max(maker, taker))
    return max(least, ceil_ratio(least, kept, instrument.lot))


def minimum_investment(
    prices: tuple[Decimal, ...], launch_price: Decimal, instrument: Instrument, maker: Decimal, taker: Decimal
) -> Decimal:
    """Give the smallest investment, in quote currency, with which every order reaches the minimum size."""
    return EXACT.multiply(smallest_size(instrument, maker, taker), unit_cost(prices, launch_price))


def _unit(investment: Decimal, cost: Decimal, lot: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.divide_int(investment, EXACT.multiply(cost, lot)), lot)


def _check_investment(made: Ladder) -> None:
    if made.size < smallest_size(made.instrument, made.maker, made.taker):
        least = minimum_investment(made.levels, made.launch_price, made.instrument, made.maker, made.taker)
        raise SpecError(
            f"An investment of {plain(made.spec.investment)} {made.instrument.quote} in {made.spec.grids} grids makes "
            f"orders below the minimum of {plain(made.instrument.minimum)} {made.instrument.base}.",
            f"Invest at least {plain(least)} {made.instrument.quote}, or use fewer grids.",
        )
