"""The margin of a contract grid at each close, and the price that would liquidate it."""

import numpy as np
import pandas as pd

from okxlab.grid.contract.account import ContractAccount
from okxlab.grid.kernels import Floats


def margin_frame(account: ContractAccount, equity: Floats, index: pd.Index) -> pd.DataFrame:
    """Give margin, what is left of it and the liquidation price at each close, as `ContractResult.margin` describes.

    The money of a grid is its own: all of its equity stands behind its position, and nothing else does.
    """
    ladder, states, rows = account.ladder, account.states, len(index)
    runs = account.running(rows)
    mark = account.course.marks[:, 3]
    held = account.inventory(rows)
    contracts = np.array([float(position) for position in ladder.positions])
    value = np.abs(held) * mark
    rates = np.array([float(rate) for rate in account.book.rates])[states]
    leverage = float(ladder.spec.leverage)
    initial = value / leverage
    orders = np.where(runs, _resting(account)[states], 0.0) / leverage
    required = value * rates
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(held != 0, equity / required, np.nan)
        slopes = np.array([float(slope) for slope in account.book.slopes])[states]
        price = np.where(held != 0, -account.cash / slopes, np.nan)
    return pd.DataFrame(
        {
            "mark": mark,
            "position": np.where(runs, contracts[states], 0.0),
            "equity": equity,
            "initial": initial,
            "orders": orders,
            "available": equity - initial - orders,
            "required": required,
            "ratio": ratio,
            "liquidation_price": np.where(price > 0, price, np.nan),
        },
        index=index,
    )


def _resting(account: ContractAccount) -> Floats:
    """Give for each state the value of the resting orders that would open, at their prices."""
    ladder = account.ladder
    values = [
        float(ladder.sizes[i] * ladder.contract * ladder.levels[i + ladder.opens_short(i)])
        for i in range(ladder.spec.grids)
    ]
    opens_short = [ladder.opens_short(i) for i in range(ladder.spec.grids)]
    found = []
    for state in range(ladder.spec.grids + 1):
        opening = (value for i, value in enumerate(values) if opens_short[i] is (i >= state))
        found.append(sum(opening))
    return np.array(found, dtype=np.float64)
