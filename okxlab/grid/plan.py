"""The plan: everything there is to know about a grid before it is started."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape

import pandas as pd

from okxlab.grid.ladder import Ladder, ladder
from okxlab.grid.minimum import minimum_investment
from okxlab.grid.money import EXACT, ONE, RATIO, ceil_step, net
from okxlab.grid.profit import break_even_ratio, profit_rate
from okxlab.grid.rotation import opening
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, plain

# What OKX rests of one account on one instrument (error 51174 beyond it).
MOST_ORDERS = 500


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Plan:
    """A grid as it would start now.

    Attributes
    ----------
    ladder
        Levels, unit and sizes at ``ladder.launch_price``.
    orders
        The orders that rest after launch, one row an interval: ``level`` (int64, the interval), ``side``, ``price``
        (quote), ``size`` (base), ``value`` (quote); the last three exact Decimals.
    minimum_investment
        Smallest investment, in quote currency, with which every order reaches the minimum size.
    profit_low, profit_high
        Lowest and highest profit of one round trip over the intervals, as a fraction of what was paid, after fees.
    break_even_step
        Smallest step at the launch price, in quote currency on the tick, that does not lose to the fees.
    warnings
        One sentence for each thing to think about before starting; empty when there is none.
    """

    ladder: Ladder
    orders: pd.DataFrame
    minimum_investment: Decimal
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
        """The unit bought in every interval, in base currency."""
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

    def __repr__(self) -> str:
        return (
            f"Plan({self.spec!r}, launch_price={plain(self.ladder.launch_price)}, size={plain(self.size)}, "
            f"warnings={len(self.warnings)})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in _facts(self)
        )
        notes = "".join(f"<p><b>Note:</b> {escape(note)}</p>" for note in self.warnings)
        return f"<table>{rows}</table>{notes}"


def plan_grid(
    spec: GridSpec, instrument: Instrument, price: Number, *, maker: Number = "0.0008", taker: Number = "0.001"
) -> Plan:
    """Plan a grid launched at ``price``: levels, sizes, orders, minimum investment, profit, and what to think about.

    Parameters
    ----------
    spec, instrument
        The grid and the steps it must keep to.
    price
        Launch price in quote currency, used as it is.
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
    made = ladder(spec, instrument, price, maker=maker, taker=taker)
    profits = [profit_rate(buy, sell, made.maker) for buy, sell in _intervals(made)]
    even = RATIO.multiply(made.launch_price, RATIO.subtract(break_even_ratio(made.maker), ONE))
    return Plan(
        ladder=made,
        orders=_orders(made),
        minimum_investment=minimum_investment(made.levels, made.launch_price, instrument, made.maker, made.taker),
        profit_low=min(profits),
        profit_high=max(profits),
        break_even_step=ceil_step(max(even, Decimal(0)), instrument.tick),
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


def _warnings(made: Ladder) -> list[str]:
    notes = []
    losing = _below_break_even(made)
    if losing:
        notes.append(
            f"{len(losing)} of {made.spec.grids} intervals are narrower than the fees' break-even "
            f"({_percent(break_even_ratio(made.maker) - 1)}), so each of their round trips loses money."
        )
    if made.launch_price < made.levels[0]:
        notes.append("The price is below the range: everything is bought at launch and the grid waits for a rise.")
    if made.launch_price > made.levels[-1]:
        notes.append("The price is above the range: nothing is bought at launch and the grid waits for a fall.")
    if made.spec.grids > MOST_ORDERS:
        notes.append(f"OKX rests at most {MOST_ORDERS} orders of one account on an instrument.")
    return notes


def _facts(plan: Plan) -> list[tuple[str, str]]:
    made, base, quote = plan.ladder, plan.ladder.instrument.base, plan.ladder.instrument.quote
    low, high = plan.levels[0], plan.levels[-1]
    return [
        ("Grid", f"{made.spec.symbol}, {made.spec.grids} {made.spec.spacing} intervals"),
        ("Range", f"{plain(low)} to {plain(high)} {quote}"),
        ("Launch", f"buy {plain(_launch_size(made))} {base} at {plain(made.launch_price)} {quote}"),
        ("Unit per interval", f"{plain(plan.size)} {base}"),
        ("Investment", f"{plain(made.spec.investment)} {quote} ({plain(plan.unspent)} unspent)"),
        ("Minimum investment", f"{plain(plan.minimum_investment)} {quote}"),
        ("Profit per round trip", f"{_percent(plan.profit_low)} to {_percent(plan.profit_high)}"),
        ("Break-even step", f"{plain(plan.break_even_step)} {quote}"),
    ]


def _launch_size(made: Ladder) -> Decimal:
    return EXACT.multiply(made.size, Decimal(made.launch_units))


def _percent(rate: Decimal) -> str:
    return f"{rate:.4%}"
