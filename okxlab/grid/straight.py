"""The straight way against a contract grid: launch, every order that opens on the way, and a liquidation at its end."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.contract.tiers import Tier, maintenance_rate, maintenance_rates
from okxlab.grid.liquidation import Exposure, Further, further, worst_price
from okxlab.grid.margin import initial_margin
from okxlab.grid.minimum import ceil_finest
from okxlab.grid.money import EXACT, ceil_step, floor_step

Ways = tuple[list[Further], list[Further]]


def base_size(ladder: ContractLadder, interval: int) -> Decimal:
    """Give what an interval trades, in base currency."""
    return EXACT.multiply(ladder.sizes[interval], ladder.contract)


def launched(ladder: ContractLadder) -> Exposure:
    """Give the exposure right after the launch, the mark at the launch price."""
    position = EXACT.multiply(ladder.launch_contracts, ladder.contract)
    return Exposure(position, EXACT.subtract(ladder.spec.investment, ladder.launch_fee), ladder.launch_price)


def ways(ladder: ContractLadder, tiers: tuple[Tier, ...]) -> Ways:
    """Give the way down and the way up, from the launch through the orders that open; no more than it without any.

    A long grid opens on the way down only, a short one on the way up, a neutral one on both.

    Raises
    ------
    SpecError
        When the largest position is beyond the tiers, or the leverage more than its tier allows.
    """
    maintenance_rates(ladder, tiers)

    def rate(base: Decimal) -> Decimal:
        return EXACT.add(maintenance_rate(tiers, EXACT.divide(base, ladder.contract)), ladder.taker)

    down, up = (
        further(launched(ladder), [(order[0], order[1]) for order in orders], rate, ladder.maker)
        for orders in (_buys(ladder), _sells(ladder))
    )
    return down, up


def liquidated_at(way: Sequence[Further], tick: Decimal) -> Decimal | None:
    """Give where a way ends in a liquidation, on the tick nearer to where the price comes from; None when it does not.

    A position that loses in the other direction does not end on this way.
    """
    return _on_tick(worst_price(way), way[-1].exposure.position, tick)


def way_frame(ladder: ContractLadder, found: Ways) -> pd.DataFrame:
    """Give one row for the launch and one for each order of the ways down and up, as `ContractPlan.further` has it."""
    down, up = found
    rows = [("launch", down[0]), *(("buy", step) for step in down[1:]), *(("sell", step) for step in up[1:])]
    steps = [step for _, step in rows]
    leverage, tick = ladder.spec.leverage, ladder.instrument.tick
    held = [step.exposure for step in steps]
    exact = {
        "price": [one.mark for one in held],
        "position": [EXACT.divide(one.position, ladder.contract) for one in held],
        "equity": [one.equity for one in held],
        "margin": [ceil_finest(initial_margin(one.position, one.mark, leverage)) for one in held],
        "liquidation": [_on_tick(step.liquidation, step.exposure.position, tick) for step in steps],
    }
    return pd.DataFrame(
        {
            "side": pd.Series([side for side, _ in rows], dtype="str"),
            **{name: pd.Series(values, dtype="object") for name, values in exact.items()},
            "reached": pd.Series([step.reached for step in steps], dtype="bool"),
        }
    )


def _on_tick(price: Decimal | None, position: Decimal, tick: Decimal) -> Decimal | None:
    if price is None:
        return None
    return ceil_step(price, tick) if position > 0 else floor_step(price, tick)


def _buys(ladder: ContractLadder) -> list[tuple[Decimal, Decimal]]:
    below = reversed(range(ladder.launch_state))
    return [(ladder.levels[i], base_size(ladder, i)) for i in below if not ladder.opens_short(i)]


def _sells(ladder: ContractLadder) -> list[tuple[Decimal, Decimal]]:
    above = range(ladder.launch_state, ladder.spec.grids)
    return [(ladder.levels[i + 1], EXACT.minus(base_size(ladder, i))) for i in above if ladder.opens_short(i)]
