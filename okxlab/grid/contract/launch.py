"""The launch of a contract grid: where on the path it begins, and where it stops."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.contract.road import Course
from okxlab.grid.money import EXACT, ceil_step, floor_step
from okxlab.grid.path import whole_ticks
from okxlab.grid.spec import GridSpec
from okxlab.model import plain

Bounds = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a grid is launched: on the way to which point of which candle, at which price and its half tick."""

    row: int
    point: int
    price: Decimal
    half_tick: int


def begin(course: Course, trigger: Decimal | None, tick: Decimal) -> Begin | None:
    """Give the launch: at the first open, or where the path first touches the trigger; None when it never does.

    A trigger touched between a close and the next open launches at that open.
    """
    if trigger is None:
        return at_open(course, 0)
    wanted = 2 * int(whole_ticks([on_tick(trigger, tick, "trigger")], tick)[0])
    # The points in the order the price visits them, and the one before each.
    order = np.where(course.low_first[:, None], [0, 2, 1, 3], [0, 1, 2, 3])
    points = np.take_along_axis(course.path, order, axis=1).ravel()
    before = np.concatenate((points[:1], points[:-1]))
    touched = np.flatnonzero((np.minimum(points, before) <= wanted) & (wanted <= np.maximum(points, before)))
    if not touched.size:
        return None
    row, point = divmod(int(touched[0]), 4)
    return Begin(row, point, trigger, wanted) if point else at_open(course, row)


def at_open(course: Course, row: int) -> Begin:
    """Give a launch at a candle's open."""
    return Begin(row, 0, course.price(row, 0), int(course.path[row, 0]))


def stops_of(spec: GridSpec, tick: Decimal) -> Bounds:
    """Give the prices below and above the range at which the grid stops."""
    low: Decimal | None = None
    high: Decimal | None = None
    for name, price in (("stop_loss", spec.stop_loss), ("take_profit", spec.take_profit)):
        if price is not None:
            low, high = (on_tick(price, tick, name), high) if price < spec.low else (low, on_tick(price, tick, name))
    return low, high


def limit_of(index: pd.Index, row: int, time_limit: timedelta | None) -> int:
    """Give the row of the first candle that opens when the time is over, -1 when there is none."""
    if time_limit is None:
        return -1
    found = int(pd.DatetimeIndex(index).searchsorted(index[row] + time_limit, side="left"))
    return found if found < len(index) else -1


def on_tick(price: Decimal, tick: Decimal, name: str) -> Decimal:
    """Give a price that is on the tick, or raise SpecError."""
    if EXACT.remainder(price, tick):
        below, above = plain(floor_step(price, tick)), plain(ceil_step(price, tick))
        raise SpecError(f"{name} is {plain(price)}, which is off the tick {plain(tick)}.", f"Use {below} or {above}.")
    return price
