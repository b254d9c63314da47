"""The plan: everything there is to know about a spot grid before it is started."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from okxlab.grid.ends import ended_at
from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.minimum import minimum_investment
from okxlab.grid.money import EXACT, net
from okxlab.grid.profit import break_even_ratio, profit_rate
from okxlab.grid.rotation import opening
from okxlab.grid.sheet import Facts, course, crowded, narrow, percent, sheet
from okxlab.grid.spacing import break_even_step, most_grids
from okxlab.grid.spec import GridSpec
from okxlab.grid.turnover import RoundTrip, Turnover, turnover
from okxlab.model import Instrument, Number, plain


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Plan:
    """A spot grid as it would start now, or at its trigger.

    Attributes
    ----------
    ladder
        Levels, sizes and launch at ``ladder.launch_price``.
    orders
        The orders that rest after launch, one row an interval: ``level`` (int64, the interval), ``side``, ``price``
        (quote), ``size`` (base), ``value`` (quote); the last three exact Decimals.
    minimum_investment
        Smallest investment, in quote currency and beside the base put in, with which every order reaches the minimum
        size.
    most_grids
        Into how many intervals, 1000 at most, this range can be cut so that none loses to the fees; 0 for none at all.
    profit_low, profit_high
        Lowest and highest profit of one round trip over the intervals, as a fraction of what was paid, after fees.
    break_even_step
        Smallest step at the launch price, in quote currency on the tick, that does not lose to the fees; as a ratio of
        prices it is `break_even_ratio` of the maker fee.
    warnings
        One sentence for each thing to think about before starting; empty when there is none.
    """

    ladder: Ladder
    orders: pd.DataFrame
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
        """The unit bought in every interval, in base currency; of the smallest interval where they differ."""
        return self.ladder.size

    @property
    def unspent(self) -> Decimal:
        """Quote currency that stays idle."""
        return self.ladder.unspent

    @property
    def profit_per_grid(self) -> tuple[Decimal, Decimal]:
        """Lowest and highest profit of one round trip, as fractions of what was paid, after fees."""
        return self.profit_low, self.profit_high

    @property
    def pays(self) -> bool:
        """Whether no interval is narrower than the fees' break-even."""
        return not _below_break_even(self.ladder)

    def turnover(self, round_trips: Number) -> Turnover:
        """Give what so many round trips a day, spread evenly over the intervals, trade and cost in a year.

        Each buys the interval's size at its lower level and sells what the maker fee left at its upper one, with the
        maker fee on both.

        >>> spec = GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000)
        >>> coin = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
        >>> year = plan_grid(spec, coin, 90_000).turnover(12)
        >>> round(year.times), round(year.fees), round(year.profit)
        (890, 712, 4230)
        """
        made = self.ladder
        return turnover([_round_trip(made, i) for i in range(made.spec.grids)], made.money, round_trips)

    def __repr__(self) -> str:
        return (
            f"Plan({self.spec!r}, launch_price={plain(self.ladder.launch_price)}, size={plain(self.size)}, "
            f"warnings={len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        return sheet(_facts(self), self.warnings)


def plan_grid(
    spec: GridSpec, instrument: Instrument, price: Number, *, maker: Number = "0.0008", taker: Number = "0.001"
) -> Plan:
    """Plan a spot grid launched at ``price``: levels, sizes, orders, what it needs and earns, what to think about.

    Parameters
    ----------
    spec, instrument
        The grid and the steps it must keep to.
    price
        Launch price in quote currency, used as it is; a grid with a trigger is planned at its trigger.
    maker, taker
        Fees as fractions of what is received; rotation pays ``maker`` on both sides.

    Raises
    ------
    SpecError
        When the grid cannot be made; a grid that loses to its fees is planned and warned about.

    Examples
    --------
    >>> spec = GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000)
    >>> made = plan_grid(spec, Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001"), 90_000)
    >>> made.pays, made.ladder.launch_units, str(made.size), len(made.orders)
    (True, 5, '0.00112994', 10)
    """
    made = ladder(spec, instrument, price if spec.trigger is None else spec.trigger, maker=maker, taker=taker)
    profits = [profit_rate(buy, sell, made.maker) for buy, sell in _intervals(made)]
    return Plan(
        ladder=made,
        orders=_orders(made),
        minimum_investment=minimum_investment(
            made.levels, made.launch_price, instrument, made.maker, made.taker, sizes=spec.sizes, base=spec.base
        ),
        most_grids=most_grids(*spec.bounds, spec.spacing, instrument.tick, made.maker),
        profit_low=min(profits),
        profit_high=max(profits),
        break_even_step=break_even_step(made.launch_price, break_even_ratio(made.maker), instrument.tick),
        warnings=tuple(_warnings(made)),
    )


def _intervals(made: Ladder) -> list[tuple[Decimal, Decimal]]:
    return list(zip(made.levels[:-1], made.levels[1:], strict=True))


def _below_break_even(made: Ladder) -> list[int]:
    return [i for i, (buy, sell) in enumerate(_intervals(made)) if net(net(sell, made.maker), made.maker) < buy]


def _orders(made: Ladder) -> pd.DataFrame:
    resting = opening(made)
    columns = {
        "level": pd.Series([order.interval for order in resting], dtype="int64"),
        "side": pd.Series([order.side for order in resting], dtype="str"),
        "price": pd.Series([order.price for order in resting], dtype="object"),
        "size": pd.Series([order.size for order in resting], dtype="object"),
        "value": pd.Series([EXACT.multiply(order.price, order.size) for order in resting], dtype="object"),
    }
    return pd.DataFrame(columns)


def _round_trip(made: Ladder, interval: int) -> RoundTrip:
    low, high = made.levels[interval : interval + 2]
    bought = EXACT.multiply(made.buy_size_of(interval), low)
    sold = EXACT.multiply(made.rotated_sell_size_of(interval), high)
    fees = EXACT.multiply(EXACT.add(bought, sold), made.maker)
    return RoundTrip(bought, sold, fees, EXACT.subtract(net(sold, made.maker), bought))


def _warnings(made: Ladder) -> list[str]:
    notes = narrow(len(_below_break_even(made)), made.spec.grids, break_even_ratio(made.maker))
    if made.launch_price < made.levels[0]:
        notes.append("The price is below the range: everything is bought at launch and the grid waits for a rise.")
    if made.launch_price > made.levels[-1]:
        notes.append("The price is above the range: nothing is bought at launch and the grid waits for a fall.")
    ended = ended_at(made.launch_price, made.spec.stop_loss, made.spec.take_profit)
    if ended is not None:
        notes.append(f"The price is beyond {ended[0]}, {plain(ended[1])}: the grid would end as it starts.")
    return notes + crowded(made.spec.grids)


def _facts(plan: Plan) -> Facts:
    made, base, quote = plan.ladder, plan.ladder.instrument.base, plan.ladder.instrument.quote
    spec, (low, high) = made.spec, made.spec.bounds
    profile = spec.sizes if isinstance(spec.sizes, str) else "own weights"
    sizes = plain(plan.size) if made.uniform else f"{plain(plan.size)} to {plain(max(made.sizes))}"
    put_in = f"{plain(spec.investment)} {quote}" + (f" and {plain(spec.base)} {base}" if spec.base else "")
    return [
        ("Grid", f"{spec.symbol}, {spec.grids} {spec.spacing} intervals"),
        ("Range", f"{plain(low)} to {plain(high)} {quote}"),
        ("Launch", f"{_launch(made)} at {plain(made.launch_price)} {quote}"),
        (
            "Unit per interval",
            f"{sizes} {base}" + ("" if profile == "equal_base" else f" ({profile.replace('_', ' ')})"),
        ),
        ("Investment", f"{put_in} ({plain(plan.unspent)} {quote} unspent)"),
        ("Minimum investment", f"{plain(plan.minimum_investment)} {quote}"),
        ("Profit per round trip", f"{percent(plan.profit_low)} to {percent(plan.profit_high)}"),
        ("Break-even step", f"{plain(plan.break_even_step)} {quote}"),
        ("Most grids that pay", str(plan.most_grids)),
        *course(spec, quote),
    ]


def _launch(made: Ladder) -> str:
    if made.sold:
        return f"sell {plain(made.sold)} {made.instrument.base}"
    return f"buy {plain(made.bought)} {made.instrument.base}" if made.bought else "nothing to buy"
