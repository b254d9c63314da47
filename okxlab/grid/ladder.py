"""The ladder: a specification made concrete at a launch price, in lots."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import SpecError
from okxlab.grid.levels import levels
from okxlab.grid.minimum import base_worth, minimum_investment, smallest_size, unit_costs
from okxlab.grid.money import EXACT, ONE, fee_rate, floor_step, net, total
from okxlab.grid.sizes import in_lots, weights
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, exact, plain

# What a ladder takes into account, or what happens to it only after the launch.
_DOES = (
    *("base", "sizes", "trigger", "stop_loss", "take_profit", "time_limit"),
    *("trailing_up", "trailing_down", "reinvest"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Ladder:
    """Levels, sizes and launch of a spot grid started at ``launch_price``.

    ``sizes`` are the base quantities bought in each interval, before their fee, lowest interval first. Intervals whose
    lower level is at or above the launch price hold a unit from the first; there are ``launch_units`` of them, ``held``
    in all. Base put in beside the quote investment covers them first; what is missing, ``bought``, is bought at market,
    and what is left over, ``sold``, is sold at market to pay for the buys below. Less than the instrument's minimum is
    neither.
    ``maker`` and ``taker`` are fractions of what is received, ``slippage`` that of the launch price by which the launch
    pays more and gets less; it moves no order. Prices are in quote, sizes in base currency, all exact
    Decimals.
    """

    spec: GridSpec
    instrument: Instrument
    levels: tuple[Decimal, ...]
    launch_price: Decimal
    sizes: tuple[Decimal, ...]
    launch_units: int
    held: Decimal
    bought: Decimal
    sold: Decimal
    maker: Decimal
    taker: Decimal
    slippage: Decimal = Decimal(0)

    @property
    def size(self) -> Decimal:
        """The unit: the base quantity of every interval, or of the smallest one where they differ."""
        return min(self.sizes)

    @property
    def uniform(self) -> bool:
        """Whether every interval trades the same."""
        return min(self.sizes) == max(self.sizes)

    @property
    def buy_size(self) -> Decimal:
        """Size of every resting buy, in base currency; of the smallest where they differ, see `buy_size_of`."""
        return self.size

    @property
    def launch_sell_size(self) -> Decimal:
        """Size of a sell that offers a unit held from the first; of the smallest where they differ."""
        return self.launch_sell_size_of(self.sizes.index(self.size))

    @property
    def rotated_sell_size(self) -> Decimal:
        """Size of a sell that follows a filled buy; of the smallest where they differ."""
        return floor_step(net(self.size, self.maker), self.instrument.lot)

    def buy_size_of(self, interval: int) -> Decimal:
        """Size of the interval's buys, in base currency."""
        return self.sizes[interval]

    def launch_sell_size_of(self, interval: int) -> Decimal:
        """Size of the sell that offers the interval's unit held from the first: whole lots of what there is of it.

        A unit bought at launch has paid the taker fee, one put in has not; all units held share what there is alike.
        """
        if not self.spec.base or not self.held:
            return floor_step(net(self.sizes[interval], self.taker), self.instrument.lot)
        lot = self.instrument.lot
        there = EXACT.add(min(floor_step(self.spec.base, lot), self.held), net(self.bought, self.taker))
        lots = EXACT.divide_int(EXACT.multiply(self.sizes[interval], there), EXACT.multiply(self.held, lot))
        return EXACT.multiply(lots, lot)

    def rotated_sell_size_of(self, interval: int) -> Decimal:
        """Size of the interval's sells after a filled buy: whole lots of what the maker fee left."""
        return floor_step(net(self.sizes[interval], self.maker), self.instrument.lot)

    @property
    def paid_price(self) -> Decimal:
        """What a unit bought at launch costs."""
        return EXACT.multiply(self.launch_price, EXACT.add(ONE, self.slippage))

    @property
    def launch_cost(self) -> Decimal:
        """Quote currency paid at launch."""
        return EXACT.multiply(self.bought, self.paid_price)

    @property
    def launch_sale(self) -> Decimal:
        """Quote currency that base sold at launch brings, before the taker fee."""
        return EXACT.multiply(self.sold, net(self.launch_price, self.slippage))

    @property
    def launch_proceeds(self) -> Decimal:
        """Quote currency that base sold at launch brings, after the taker fee."""
        return net(self.launch_sale, self.taker)

    @property
    def launch_quote(self) -> Decimal:
        """Quote balance right after the launch, behind resting buys or not."""
        return EXACT.add(EXACT.subtract(self.spec.investment, self.launch_cost), self.launch_proceeds)

    @property
    def launch_base(self) -> Decimal:
        """Base balance right after the launch."""
        return EXACT.subtract(EXACT.add(self.spec.base, net(self.bought, self.taker)), self.sold)

    @property
    def money(self) -> Decimal:
        """What was put in, in quote currency: the investment, and the base at the launch price."""
        return EXACT.add(self.spec.investment, EXACT.multiply(self.spec.base, self.launch_price))

    @property
    def unspent(self) -> Decimal:
        """Quote currency that neither buys at launch nor waits behind a resting buy."""
        waiting = [EXACT.multiply(self.sizes[i], self.levels[i]) for i in range(len(self.sizes)) if not self.holds(i)]
        return EXACT.subtract(self.launch_quote, total(waiting))

    def holds(self, interval: int) -> bool:
        """Whether the interval holds a unit right after launch."""
        return self.levels[interval] >= self.launch_price

    def __repr__(self) -> str:
        most = "" if self.uniform else f"..{plain(max(self.sizes))}"
        return (
            f"Ladder({self.spec!r}, launch_price={plain(self.launch_price)}, size={plain(self.size)}{most}, "
            f"launch_units={self.launch_units})"
        )


def ladder(
    spec: GridSpec,
    instrument: Instrument,
    launch_price: Number,
    *,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    slippage: Number = 0,
) -> Ladder:
    """Make a specification concrete: exact levels, the size of each interval, and what the launch trades.

    With equal sizes the unit is ``floor_lot(budget / sum over i < grids of min(p_i, launch_price))``; with a profile,
    interval i trades ``floor_lot(w_i * budget / sum of w_j min(p_j, launch_price))``, see `weights`. The budget is the
    investment and what whole lots of the base put in would bring at the launch price after the taker fee. The launch
    price is used as it is, never rounded. With slippage an interval bought at launch costs ``launch_price (1 +
    slippage)`` in these sums, and base brings ``launch_price (1 - slippage)``.

    Raises
    ------
    SpecError
        When the symbols differ, a bound is off the tick, levels fall together, the investment is too small, or the grid
        is not a spot grid with an upper end.

    Examples
    --------
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> coin = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> made = ladder(spec, coin, 105)
    >>> made.size, made.launch_units, made.launch_sell_size
    (Decimal('2.4096'), 3, Decimal('2.4071'))
    >>> made = ladder(GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=500, base=5), coin, 105)
    >>> made.size, made.bought, made.unspent
    (Decimal('2.4686'), Decimal('2.4058'), Decimal('0.53100'))
    """
    spec.require("The ladder of a spot grid", *_DOES)
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
    rates, slips = (fee_rate(maker, "maker"), fee_rate(taker, "taker")), exact(slippage, "slippage")
    units = sum(level >= price for level in prices[:-1])
    budget = EXACT.add(spec.investment, base_worth(spec.base, instrument, price, rates[1], slips))
    sizes = _sizes(spec, prices, unit_costs(prices, price, slips), budget, instrument.lot)
    held = total(list(sizes[spec.grids - units :]))
    trade = launch_trade(spec, instrument, held)
    made = Ladder(spec, instrument, prices, price, sizes, units, held, *trade, *rates, slips)
    _check_sizes(made)
    return made


def _sizes(
    spec: GridSpec, prices: tuple[Decimal, ...], costs: list[Decimal], budget: Decimal, lot: Decimal
) -> tuple[Decimal, ...]:
    if spec.sizes == "equal_base":
        return (EXACT.multiply(EXACT.divide_int(budget, EXACT.multiply(total(costs), lot)), lot),) * spec.grids
    return in_lots(weights(spec.sizes, prices), costs, budget, lot)


def launch_trade(spec: GridSpec, instrument: Instrument, held: Decimal) -> tuple[Decimal, Decimal]:
    """Give what is bought and what is sold at launch; less than the minimum is no order."""
    more = EXACT.subtract(held, floor_step(spec.base, instrument.lot))
    nothing = Decimal(0)
    if more > 0 and (more >= instrument.minimum or not spec.base):
        return more, nothing
    return (nothing, EXACT.minus(more)) if -more >= instrument.minimum else (nothing, nothing)


def _check_sizes(made: Ladder) -> None:
    instrument, spec = made.instrument, made.spec
    if made.size < smallest_size(instrument, made.maker, made.taker):
        raise _too_small(made)
    if not spec.base:
        return
    minimum = f"{plain(instrument.minimum)} {instrument.base}, the smallest order"
    if made.launch_units and made.launch_sell_size < instrument.minimum:
        raise SpecError(
            f"Base of {plain(spec.base)} is short of the units to be held by less than {minimum}.",
            f"Give a base smaller or larger by {plain(instrument.minimum)}.",
        )
    if made.unspent < 0:
        raise SpecError(
            f"Base of {plain(spec.base)} leaves less than {minimum}, to sell, and the quote alone lacks "
            f"{plain(-made.unspent)} {instrument.quote} for the buys below.",
            f"Raise investment by {plain(-made.unspent)} {instrument.quote}, or the base.",
        )


def _too_small(made: Ladder) -> SpecError:
    instrument = made.instrument
    least = minimum_investment(
        made.levels,
        made.launch_price,
        instrument,
        made.maker,
        made.taker,
        sizes=made.spec.sizes,
        base=made.spec.base,
        slippage=made.slippage,
    )
    beside = f" beside {plain(made.spec.base)} {instrument.base}" if made.spec.base else ""
    return SpecError(
        f"An investment of {plain(made.spec.investment)} {instrument.quote}{beside} in {made.spec.grids} grids makes "
        f"orders below the minimum of {plain(instrument.minimum)} {instrument.base}.",
        f"Invest at least {plain(least)} {instrument.quote}, or use fewer grids.",
    )
