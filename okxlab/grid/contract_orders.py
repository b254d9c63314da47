"""The orders of a contract grid: which rest, what they need, and what a round trip of them moves."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from okxlab.grid.contract.ladder import ContractLadder
from okxlab.grid.minimum import ceil_finest
from okxlab.grid.money import EXACT, ONE, ceil_step
from okxlab.grid.sizes import weighted, weights
from okxlab.grid.straight import base_size
from okxlab.grid.turnover import RoundTrip


def losing(made: ContractLadder) -> int:
    """Count the intervals whose round trips lose to the fees."""
    kept, paid = EXACT.subtract(ONE, made.maker), EXACT.add(ONE, made.maker)
    return sum(EXACT.multiply(high, kept) < EXACT.multiply(low, paid) for low, high in pairwise(made.levels))


def least_investment(made: ContractLadder) -> Decimal:
    """Give the smallest investment, in quote currency, with which every order reaches the minimum size."""
    spec, lot = made.spec, made.instrument.lot
    # Margin and taker fee of one contract in every interval, times the leverage: nothing is divided before the end.
    part = EXACT.multiply(made.contract, EXACT.add(ONE, EXACT.multiply(made.taker, spec.leverage)))
    shares = weights(spec.sizes, made.levels)
    whole = weighted(shares, [EXACT.multiply(made.entry(i), part) for i in range(spec.grids)])
    contracts = Fraction(ceil_step(made.instrument.minimum, lot))
    return ceil_finest(whole / min(shares) * contracts / Fraction(spec.leverage))


def contract_trip(made: ContractLadder, interval: int) -> RoundTrip:
    """Give what one round trip of an interval moves: its contracts at both levels, the maker fee on both."""
    size, (low, high) = base_size(made, interval), made.levels[interval : interval + 2]
    bought, sold = EXACT.multiply(size, low), EXACT.multiply(size, high)
    fees = EXACT.multiply(EXACT.add(bought, sold), made.maker)
    return RoundTrip(bought, sold, fees, EXACT.subtract(EXACT.subtract(sold, bought), fees))


def resting_orders(made: ContractLadder) -> pd.DataFrame:
    """Give the orders that rest after launch, as `ContractPlan.orders` has them."""
    places = range(made.spec.grids)
    sells = [i >= made.launch_state for i in places]
    prices = [made.levels[i + sell] for i, sell in enumerate(sells)]
    return pd.DataFrame(
        {
            "level": pd.Series(places, dtype="int64"),
            "side": pd.Series(["sell" if sell else "buy" for sell in sells], dtype="str"),
            "price": pd.Series(prices, dtype="object"),
            "size": pd.Series(made.sizes, dtype="object"),
            "value": pd.Series(
                [EXACT.multiply(price, base_size(made, i)) for i, price in enumerate(prices)], dtype="object"
            ),
            "opens": pd.Series([not made.holds(i) for i in places], dtype="bool"),
        }
    )
