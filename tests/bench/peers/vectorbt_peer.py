"""vectorbt: a flexible order function that walks the path inside each bar, its order records kept."""

import numpy as np
import vectorbt as vbt
from job import points, read, tell
from numba import njit
from vectorbt.portfolio import nb


@njit
def orders(context, path, ladder, size, state):
    """Give the next order of this bar. ``state``: intervals below it rest buys; the bar; the point in the bar."""
    row, last = context.i, len(ladder) - 1
    if state[1] != row:
        state[1], state[2] = row, 0
        if row == 0:
            below = 0
            while below < last and ladder[below] < path[0, 0]:
                below += 1
            state[0] = below
            if below < last:
                return 0, nb.order_nb(size=size * (last - below), price=path[0, 0])
    while state[2] < 4:
        price, held = path[row, state[2]], state[0]
        if held > 0 and price <= ladder[held - 1]:
            state[0] -= 1
            return 0, nb.order_nb(size=size, price=ladder[held - 1])
        if held < last and price >= ladder[held + 1]:
            state[0] += 1
            return 0, nb.order_nb(size=-size, price=ladder[held + 1])
        state[2] += 1
    return -1, nb.order_nothing_nb()


job = read()
path, close = points(job), job.bars[:, 3]


def run(ladder: np.ndarray) -> int:
    """Give the fills of one ladder, the launch purchase left out."""
    state = np.array([0, -1, 0])
    portfolio = vbt.Portfolio.from_order_func(
        close, orders, path, ladder, job.size, state, flexible=True, init_cash=1e12,
        max_orders=600_000, update_value=False, fill_pos_record=False,
    )  # fmt: skip
    return len(portfolio.order_records) - int(ladder[-2] >= job.launch)


tell(job, run, vbt.__version__)
