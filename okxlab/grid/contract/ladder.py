"""The ladder of a contract grid: what each interval trades, what the launch takes, and the position they make."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from okxlab.errors import InputError, SpecError
from okxlab.grid.levels import levels
from okxlab.grid.money import EXACT, fee_rate
from okxlab.grid.sizes import in_lots, weights
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, exact, plain


@dataclass(frozen=True, slots=True, repr=False)
class ContractLadder:
    """Levels and sizes of a contract grid launched at ``launch_price``.

    The whole state of a grid is one number: the intervals from ``state`` up rest a sell at their upper level, those
    below a buy at their lower one, whatever the kind. ``launch_state`` is the state right after launch; the launch
    takes, at market, the units of the intervals that `holds` names. ``sizes`` are contracts, one an interval. Prices
    are in quote currency; ``maker`` and ``taker`` are fractions of the value traded. All are exact Decimals.
    """

    spec: GridSpec
    instrument: Instrument
    levels: tuple[Decimal, ...]
    launch_price: Decimal
    launch_state: int
    sizes: tuple[Decimal, ...]
    maker: Decimal
    taker: Decimal

    @property
    def contract(self) -> Decimal:
        """Base currency of one contract."""
        return contract_value(self.instrument)

    @property
    def launch_units(self) -> int:
        """Number of intervals whose unit is taken at launch."""
        return sum(map(self.holds, range(self.spec.grids)))

    @property
    def launch_contracts(self) -> Decimal:
        """Contracts taken at launch, negative when sold."""
        return self.positions[self.launch_state]

    @property
    def launch_fee(self) -> Decimal:
        """Fee of the launch order, in quote currency."""
        value = EXACT.multiply(self.launch_contracts.copy_abs(), EXACT.multiply(self.contract, self.launch_price))
        return EXACT.multiply(value, self.taker)

    @property
    def positions(self) -> tuple[Decimal, ...]:
        """The position in each state, in contracts, negative when short: ``grids + 1`` of them, falling."""
        sold = list(accumulate(self.sizes, EXACT.add, initial=Decimal(0)))
        start = {"long": sold[-1], "short": sold[0], "neutral": sold[self.launch_state]}[self.spec.kind]
        return tuple(EXACT.subtract(start, part) for part in sold)

    def holds(self, interval: int) -> bool:
        """Whether the interval's unit is taken at launch."""
        if self.spec.kind == "neutral":
            return False
        return (interval < self.launch_state) is (self.spec.kind == "short")

    def opens_short(self, interval: int) -> bool:
        """Whether the interval opens by selling at its upper level and closes by buying at its lower one."""
        return self.spec.kind == "short" or (self.spec.kind == "neutral" and interval >= self.launch_state)

    def entry(self, interval: int) -> Decimal:
        """Price at which the interval opens first: the launch price for a unit the launch takes."""
        if self.holds(interval):
            return self.launch_price
        return self.levels[interval + self.opens_short(interval)]

    def __repr__(self) -> str:
        return (
            f"ContractLadder({self.spec!r}, launch_price={plain(self.launch_price)}, "
            f"sizes={plain(min(self.sizes))}..{plain(max(self.sizes))}, launch_units={self.launch_units})"
        )


def contract_ladder(
    spec: GridSpec, instrument: Instrument, launch_price: Number, *, maker: Number, taker: Number
) -> ContractLadder:
    """Make a contract grid concrete: exact levels rounded half up, contracts an interval, what the launch takes.

    A long grid buys at every level: those at or above the launch price at market. A short grid mirrors it: it sells at
    every level, those at or below the launch price at market. A neutral grid buys below and sells above and starts
    without a position; the first level at or above the launch price stays empty.

    The investment must carry the initial margin and the taker fee of every interval's first order, so with equal sizes
    each trades ``floor_lot(investment / (contract * sum(entry_i) * (1 / leverage + taker)))`` contracts.

    Raises
    ------
    SpecError
        When the grid cannot be made on that instrument with that investment.

    Examples
    --------
    >>> swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.001")
    >>> spec = GridSpec(
    ...     "BTC-USDT-SWAP", low="26931.9", high="36437.3", grids=10, investment=100, kind="long", leverage=5
    ... )
    >>> made = contract_ladder(spec, swap, "27306.9", maker="0.0002", taker="0.0005")
    >>> made.sizes[0], made.launch_units, made.launch_contracts
    (Decimal('1'), 9, Decimal('9'))
    """
    if spec.symbol != instrument.symbol:
        raise SpecError(
            f"The grid is for {spec.symbol} and the instrument is {instrument.symbol}.", "Give both the same symbol."
        )
    price = exact(launch_price, "launch_price")
    if price <= 0:
        raise SpecError(f"launch_price is {launch_price!r}, which is not positive.", "Give the price at launch.")
    prices = levels(*spec.bounds, spec.grids, spec.spacing, instrument.tick, "half_up")
    made = ContractLadder(
        spec=spec,
        instrument=instrument,
        levels=prices,
        launch_price=price,
        launch_state=_launch_state(spec, prices, price),
        sizes=(Decimal(0),) * spec.grids,
        maker=fee_rate(maker, "maker"),
        taker=fee_rate(taker, "taker"),
    )
    return _sized(made)


def contract_value(instrument: Instrument) -> Decimal:
    """Give the base currency of one contract.

    Raises
    ------
    InputError
        When the instrument does not tell it, as inverse contracts and spot pairs do not.
    """
    if instrument.contract is None:
        raise InputError(
            f"{instrument.symbol} has no contract value in base currency.",
            "Give a linear swap or future with ox.Instrument(..., contract=...); inverse contracts are not played.",
        )
    return instrument.contract


def _launch_state(spec: GridSpec, prices: tuple[Decimal, ...], price: Decimal) -> int:
    if spec.kind == "short":
        return sum(level <= price for level in prices[1:])
    return sum(level < price for level in prices[:-1])


def _sized(bare: ContractLadder) -> ContractLadder:
    """Give the ladder with as many contracts an interval as the investment carries."""
    spec, leverage = bare.spec, bare.spec.leverage
    # All of it times the leverage, so that nothing is divided before the last floor.
    part = EXACT.multiply(bare.contract, EXACT.add(Decimal(1), EXACT.multiply(bare.taker, leverage)))
    costs = [EXACT.multiply(bare.entry(i), part) for i in range(spec.grids)]
    money, lot = EXACT.multiply(spec.investment, leverage), bare.instrument.lot
    shares = weights(spec.sizes, bare.levels)
    sizes = in_lots(shares, costs, money, lot)
    least, minimum = min(sizes), bare.instrument.minimum
    if least < minimum or not least:
        needed = _needed(shares, costs, leverage, minimum)
        raise SpecError(
            f"An investment of {plain(spec.investment)} {bare.instrument.quote} at leverage {plain(leverage)} makes "
            f"orders below the minimum of {plain(minimum)} contracts.",
            f"Invest at least {plain(needed)} {bare.instrument.quote}, or use fewer grids.",
        )
    return ContractLadder(
        spec=spec,
        instrument=bare.instrument,
        levels=bare.levels,
        launch_price=bare.launch_price,
        launch_state=bare.launch_state,
        sizes=sizes,
        maker=bare.maker,
        taker=bare.taker,
    )


def _needed(shares: tuple[Fraction, ...], costs: list[Decimal], leverage: Decimal, minimum: Decimal) -> Decimal:
    """Give the investment with which the smallest interval reaches the minimum, up to the next ten-thousandth."""
    whole = sum((share * Fraction(cost) for share, cost in zip(shares, costs, strict=True)), Fraction(0))
    needed = whole * Fraction(minimum) / min(shares) / Fraction(leverage)
    return Decimal(-(-needed * 10_000 // 1).numerator) / 10_000
