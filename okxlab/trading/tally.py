"""What a grid has earned, from its fills as the exchange reports them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, localcontext

from okxlab.errors import Unreadable
from okxlab.grid import Ladder
from okxlab.model import Fill
from okxlab.trading.naming import is_launch, parse
from okxlab.trading.remainder import remainder

# sums and products of what the exchange reports; a result that would have to be rounded raises instead
EXACT = Context(prec=200, traps=[Inexact, InvalidOperation, DivisionByZero])
_MEAN = Context(prec=50)


@dataclass(frozen=True, slots=True)
class Tally:
    """Figures of one run, exact.

    ``buys`` and ``sells`` count orders that filled wholly, the launch purchase left out; ``round_trips`` are closed
    pairs of an interval. ``grid_profit`` is quote received net of fee less quote paid, over closed pairs; ``open_cost``
    is the quote paid for units still open, less what partial sales of them brought; ``fees`` in quote, base fees at
    their fill's price.
    """

    buys: int
    sells: int
    round_trips: int
    grid_profit: Decimal
    open_cost: Decimal
    fees: Decimal


def tally(run: str, ladder: Ladder, fills: Iterable[Fill]) -> Tally:
    """Add up the fills of one run, interval by interval; fills of anybody else are left out."""
    launch, orders = _by_order(run, fills)
    buys = sells = 0
    profit = open_cost = Decimal(0)
    minimum = ladder.instrument.minimum
    with localcontext(EXACT):
        costs = _launch_costs(ladder, launch)
        for interval in range(ladder.spec.grids):
            cost, offered = costs.get(interval, Decimal(0)), ladder.launch_sell_size
            for (_, side), parts in sorted(orders[interval].items()):
                size = sum((part.size for part in parts), Decimal(0))
                value = sum((part.price * part.size for part in parts), Decimal(0))
                fee = sum((part.fee for part in parts), Decimal(0))
                if side == "buy":
                    bought = not remainder("buy", ladder.buy_size, size, minimum)
                    buys, cost = buys + bought, cost + value
                    offered = (size - fee) // ladder.instrument.lot * ladder.instrument.lot
                    continue
                if not cost:
                    raise Unreadable(
                        f"The exchange no longer tells what interval {interval} of {run} bought.",
                        "It keeps fills for three months: take older figures from your reports.",
                    )
                cost -= value - fee
                if not remainder("sell", offered, size, minimum):
                    sells, profit, cost = sells + 1, profit - cost, Decimal(0)
            open_cost += cost
        rotated = [part for pairs in orders.values() for parts in pairs.values() for part in parts]
        fees = sum((_fee_in_quote(fill) for fill in [*launch, *rotated]), Decimal(0))
    return Tally(buys, sells, sells, profit, open_cost, fees)


def _by_order(run: str, fills: Iterable[Fill]) -> tuple[list[Fill], dict[int, dict[tuple[int, str], list[Fill]]]]:
    launch: list[Fill] = []
    orders: dict[int, dict[tuple[int, str], list[Fill]]] = defaultdict(lambda: defaultdict(list))
    for fill in fills:
        name = parse(run, fill.client_id)
        if is_launch(run, fill.client_id):
            launch.append(fill)
        elif name is not None:
            orders[name.interval][name.cycle, name.side].append(fill)
    return launch, orders


def _launch_costs(ladder: Ladder, launch: Sequence[Fill]) -> dict[int, Decimal]:
    """Share the launch purchase's cost among the intervals that hold a unit; the first takes the rest."""
    holders = [interval for interval in range(ladder.spec.grids) if ladder.holds(interval)]
    if not launch or not holders:
        return {}
    paid = sum((fill.price * fill.size for fill in launch), Decimal(0))
    share = _MEAN.divide(paid, Decimal(len(holders)))
    return dict.fromkeys(holders, share) | {holders[0]: paid - share * (len(holders) - 1)}


def _fee_in_quote(fill: Fill) -> Decimal:
    return fill.fee * fill.price if fill.side == "buy" else fill.fee
