"""The plan of a contract grid: what it sets aside, what it earns, and where it is liquidated as its orders fill."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.contract.ladder import ContractLadder, contract_ladder
from okxlab.grid.contract.tiers import TierList, read_tiers
from okxlab.grid.contract_orders import contract_trip, least_investment, losing, resting_orders
from okxlab.grid.margin import order_margin
from okxlab.grid.minimum import ceil_finest
from okxlab.grid.money import EXACT
from okxlab.grid.profit import contract_break_even_ratio, contract_profit_rate
from okxlab.grid.sheet import Facts, course, crowded, narrow, percent, sheet
from okxlab.grid.spacing import break_even_step, most_grids
from okxlab.grid.spec import GridSpec
from okxlab.grid.straight import base_size, liquidated_at, way_frame, ways
from okxlab.grid.turnover import Turnover, turnover
from okxlab.model import Instrument, Number, exact, plain


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ContractPlan:
    """A contract grid as it would start now, or at its trigger.

    Attributes
    ----------
    ladder
        Levels, contracts an interval and launch at ``ladder.launch_price``.
    orders
        The orders that rest after launch, one row an interval: ``level`` (int64, the interval), ``side``, ``price``
        (quote), ``size`` (contracts), ``value`` (quote), exact Decimals, and ``opens`` (bool): whether the order adds
        to the position or closes a part of it.
    further
        What the price meets on its straight way against the grid: the first row is the launch (``side`` is
        ``"launch"``), then one row for each order that opens, nearest first; of a neutral grid buys, then sells.
        ``price`` (quote), ``position`` (contracts, negative when short), ``equity`` and ``margin`` (initial) at that
        price, ``liquidation`` (the price at which that position is liquidated, on the tick nearer to the market; None
        when there is none), exact Decimals, and ``reached`` (bool): whether the price comes so far.
    position_margin, orders_margin
        Initial margin of the position at launch and of the resting orders that open, quote currency.
    free
        What of the investment the launch fee and both margins leave.
    liquidation
        Liquidation price of the position taken at launch, all else forgotten; this is what OKX shows. None without one.
    liquidation_low, liquidation_high
        Where a straight fall (rise) ends in a liquidation, the orders filled on the way counted in; None where it does
        not.
    minimum_investment
        Smallest investment, in quote currency, with which every order reaches the minimum size.
    most_grids
        Into how many intervals, 1000 at most, this range can be cut so that none loses to the fees; 0 for none at all.
    profit_low, profit_high
        Lowest and highest profit of one round trip over the intervals, as a fraction of the margin and fee that open
        it, after fees; see `contract_profit_rate`.
    break_even_step
        Smallest step at the launch price, in quote currency on the tick, that does not lose to the fees.
    warnings
        One sentence for each thing to think about before starting; empty when there is none.
    """

    ladder: ContractLadder
    orders: pd.DataFrame
    further: pd.DataFrame
    position_margin: Decimal
    orders_margin: Decimal
    liquidation: Decimal | None
    liquidation_low: Decimal | None
    liquidation_high: Decimal | None
    minimum_investment: Decimal
    most_grids: int
    profit_low: Decimal
    profit_high: Decimal
    break_even_step: Decimal
    warnings: tuple[str, ...]

    @property
    def spec(self) -> GridSpec:
        """The specification planned."""
        return self.ladder.spec

    @property
    def levels(self) -> tuple[Decimal, ...]:
        """Prices of the grid, lowest first, in quote currency."""
        return self.ladder.levels

    @property
    def size(self) -> Decimal:
        """Contracts an interval; of the smallest one where they differ."""
        return min(self.ladder.sizes)

    @property
    def free(self) -> Decimal:
        """Quote currency of the investment that launch fee and margins leave."""
        kept = EXACT.add(self.position_margin, EXACT.add(self.orders_margin, self.ladder.launch_fee))
        return EXACT.subtract(self.spec.investment, kept)

    @property
    def profit_per_grid(self) -> tuple[Decimal, Decimal]:
        """Lowest and highest profit of one round trip, as fractions of the margin and fee that open it."""
        return self.profit_low, self.profit_high

    @property
    def pays(self) -> bool:
        """Whether no interval is narrower than the fees' break-even."""
        return not losing(self.ladder)

    def turnover(self, round_trips: Number) -> Turnover:
        """Give what so many round trips a day, spread evenly over the intervals, trade and cost in a year."""
        made = self.ladder
        trips = [contract_trip(made, i) for i in range(made.spec.grids)]
        return turnover(trips, made.spec.investment, round_trips)

    def funding(self, rate: Number, *, settlements: Number = 3) -> Decimal:
        """Give what funding at a rate brings in a day, in quote currency, negative when it is paid.

        Of the position at launch, at the launch price; ``settlements`` is how many there are a day (every 8 hours: 3).
        A positive rate is paid by long positions to short ones.

        >>> swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.001")
        >>> spec = GridSpec("BTC-USDT-SWAP", low=26_900, high=36_400, grids=10, investment=100, kind="long", leverage=5)
        >>> plan_contract(spec, swap, 27_300).funding("0.0001")
        Decimal('-0.0737100')
        """
        made = self.ladder
        value = EXACT.multiply(EXACT.multiply(made.launch_contracts, made.contract), made.launch_price)
        daily = EXACT.multiply(exact(rate, "rate"), exact(settlements, "settlements"))
        return EXACT.minus(EXACT.multiply(value, daily))

    def __repr__(self) -> str:
        return (
            f"ContractPlan({self.spec!r}, launch_price={plain(self.ladder.launch_price)}, size={plain(self.size)}, "
            f"warnings={len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        return sheet(_facts(self), self.warnings)


def plan_contract(
    spec: GridSpec,
    instrument: Instrument,
    price: Number,
    *,
    maker: Number = "0.0002",
    taker: Number = "0.0005",
    tiers: TierList | None = None,
) -> ContractPlan:
    """Plan a contract grid launched at ``price``: levels, contracts, margin, liquidation as orders fill, profit.

    Parameters
    ----------
    spec, instrument
        The grid, and the swap or future with its steps and contract value.
    price
        Launch price and mark in quote currency, used as it is; a grid with a trigger is planned at its trigger.
    maker, taker
        Fees as fractions of the value traded; rotation pays ``maker`` on both sides, the launch and a liquidation
        ``taker``.
    tiers
        Position tiers as `okxlab.position_tiers` gives them, or pairs of the largest position in contracts and its
        maintenance rate; without them 0.4 % of any size, OKX's lowest.

    Raises
    ------
    SpecError
        When the grid cannot be made, its largest position is beyond the tiers, or its leverage is more than they allow.
    InputError
        When the instrument does not say what a contract is worth.

    Examples
    --------
    >>> swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="1", minimum="1", contract="0.001")
    >>> spec = GridSpec("BTC-USDT-SWAP", low=26_900, high=36_400, grids=10, investment=100, kind="long", leverage=5)
    >>> made = plan_contract(spec, swap, 27_300)
    >>> made.orders_margin, made.liquidation, made.liquidation_low
    (Decimal('5.38000000'), Decimal('16275.8'), Decimal('17351.0'))
    """
    spec.require("The plan of a contract grid", *_DOES)
    if spec.kind == "spot":
        raise SpecError("A spot grid holds no position on margin.", "Use plan_grid, or another kind.")
    launch = price if spec.trigger is None else spec.trigger
    made = contract_ladder(spec, instrument, launch, maker=maker, taker=taker)
    return _planned(made, tiers)


def _planned(made: ContractLadder, tiers: TierList | None) -> ContractPlan:
    spec, tick = made.spec, made.instrument.tick
    found = ways(made, read_tiers(tiers))
    down, up = (liquidated_at(way, tick) for way in found)
    # A way on which the launch alone is held ends at its end only if that is where its position loses.
    lowest = down if spec.kind != "short" else None
    highest = up if spec.kind != "long" else None
    profits = [contract_profit_rate(*pair, made.maker, spec.leverage) for pair in pairwise(made.levels)]
    frame = way_frame(made, found)
    return ContractPlan(
        ladder=made,
        orders=resting_orders(made),
        further=frame,
        position_margin=frame["margin"].iloc[0],
        orders_margin=_orders_margin(made),
        liquidation=frame["liquidation"].iloc[0],
        liquidation_low=lowest,
        liquidation_high=highest,
        minimum_investment=least_investment(made),
        most_grids=most_grids(*spec.bounds, spec.spacing, tick, made.maker, contract=True),
        profit_low=min(profits),
        profit_high=max(profits),
        break_even_step=break_even_step(made.launch_price, contract_break_even_ratio(made.maker), tick),
        warnings=tuple(_warnings(made, lowest, highest)),
    )


def _orders_margin(made: ContractLadder) -> Decimal:
    opening = [(made.entry(i), base_size(made, i)) for i in range(made.spec.grids) if not made.holds(i)]
    return ceil_finest(order_margin(opening, made.spec.leverage))


_DOES = (
    *("kind", "leverage", "sizes", "trigger", "stop_loss", "take_profit", "time_limit"),
    *("trailing_up", "trailing_down", "reinvest"),
)


def _warnings(made: ContractLadder, lowest: Decimal | None, highest: Decimal | None) -> list[str]:
    spec, quote = made.spec, made.instrument.quote
    notes = narrow(losing(made), spec.grids, contract_break_even_ratio(made.maker))
    if not made.levels[0] <= made.launch_price <= made.levels[-1]:
        side, turn = ("below", "rise") if made.launch_price < made.levels[0] else ("above", "fall")
        taken = f"{made.launch_units} of {spec.grids} units are" if made.launch_units else "nothing is"
        notes.append(f"The price is {side} the range: {taken} taken at launch and the grid waits for a {turn}.")
    for price, move in ((lowest, "fall"), (highest, "rise")):
        if price is None:
            continue
        end = f"{plain(price)} {quote}"
        if made.levels[0] <= price <= made.levels[-1]:
            notes.append(f"A straight {move} liquidates the position at {end}, within the range.")
        if spec.stop_loss is not None and _comes_later(spec.stop_loss, price, made.launch_price):
            notes.append(f"The stop loss at {plain(spec.stop_loss)} {quote} comes after the liquidation at {end}.")
    return notes + crowded(spec.grids)


def _comes_later(stop: Decimal, liquidation: Decimal, start: Decimal) -> bool:
    """Whether the price, on its way from the start, meets the stop at or after the liquidation."""
    return stop <= liquidation <= start if stop < start else start <= liquidation <= stop


def _facts(plan: ContractPlan) -> Facts:
    made, spec, quote = plan.ladder, plan.spec, plan.ladder.instrument.quote
    low, high = spec.bounds
    sizes = plain(plan.size) if plan.size == max(made.sizes) else f"{plain(plan.size)} to {plain(max(made.sizes))}"
    side = "sell" if made.launch_contracts < 0 else "buy"
    trade = f"{side} {plain(made.launch_contracts.copy_abs())} contracts" if made.launch_contracts else "no position"
    launch = f"{trade} at {plain(made.launch_price)} {quote}"
    ends = {
        "Liquidation, launch alone (as OKX shows it)": plan.liquidation,
        "Liquidation on a straight fall": plan.liquidation_low,
        "Liquidation on a straight rise": plan.liquidation_high,
    }
    return [
        ("Grid", f"{spec.symbol}, {spec.kind}, {spec.grids} {spec.spacing} intervals, leverage {plain(spec.leverage)}"),
        ("Range", f"{plain(low)} to {plain(high)} {quote}"),
        ("Launch", launch),
        ("Contracts per interval", f"{sizes} of {plain(made.contract)} {made.instrument.base}"),
        ("Investment", f"{plain(spec.investment)} {quote} ({plain(plan.free)} free)"),
        ("Margin", f"{plain(plan.position_margin)} {quote} position, {plain(plan.orders_margin)} {quote} orders"),
        *((name, f"{plain(price)} {quote}") for name, price in ends.items() if price is not None),
        ("Minimum investment", f"{plain(plan.minimum_investment)} {quote}"),
        ("Profit per round trip", f"{percent(plan.profit_low)} to {percent(plan.profit_high)} of its margin"),
        ("Break-even step", f"{plain(plan.break_even_step)} {quote}"),
        ("Most grids that pay", str(plan.most_grids)),
        *course(spec, quote),
    ]
