"""The launch: where on the path a grid begins."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import SpecError
from okxlab.grid.kernels import Flags, Ints
from okxlab.grid.money import EXACT, ceil_step, floor_step
from okxlab.grid.spec import GridSpec
from okxlab.model import exact, plain


@dataclass(frozen=True, slots=True)
class Launch:
    """A point of the path: the candle, the part of it that goes on from there, and the price.

    ``leg`` is 0 when the grid launches at the candle's open, else the number of the straight line (1 to 3) it launches
    in. ``place`` is the price in half ticks. ``row`` is None when the trigger was never touched; ``price`` is then the
    trigger. ``first`` is the first open, at which base put in is valued.
    """

    row: int | None
    leg: int
    place: int
    price: Decimal
    first: Decimal


def find_launch(candles: pd.DataFrame, path: Ints, low_first: Flags, trigger: Decimal | None, tick: Decimal) -> Launch:
    """Find the first open, or where the path first touches the trigger: at its price, or at the open beyond a gap.

    Within a candle the trigger is looked for on the nearest way.
    """
    opens = candles["open"].to_numpy(dtype=np.float64)
    first = exact(float(opens[0]))
    if trigger is None:
        return Launch(0, 0, int(path[0, 0]), first, first)
    place = half_tick(trigger, tick, "trigger")
    before = np.concatenate((path[:1, 0], path[:-1, 3]))
    met = (np.minimum(before, path[:, 2]) <= place) & (np.maximum(before, path[:, 1]) >= place)
    if not met.any():
        return Launch(None, 0, place, trigger, first)
    row = int(np.argmax(met))
    open_, near = int(path[row, 0]), int(path[row, 2 if low_first[row] else 1])
    if _between(int(before[row]), place, open_):
        return Launch(row, 0, open_, exact(float(opens[row])), first)
    return Launch(row, 1 if _between(open_, place, near) else 2, place, trigger, first)


def last_row(spec: GridSpec, candles: pd.DataFrame, launched: int | None) -> int:
    """Give the row at whose open the time limit ends the grid: the first to open so long after the launch's candle.

    -1 when there is no limit or the candles end before it.
    """
    if spec.time_limit is None or launched is None:
        return -1
    times = pd.DatetimeIndex(candles.index)
    row = int(times.searchsorted(times[launched] + spec.time_limit))
    return row if row < len(times) else -1


def half_tick(price: Decimal, tick: Decimal, name: str) -> int:
    """Give a price of the specification in half ticks, or raise SpecError when it is off the tick."""
    whole, rest = EXACT.divmod(price, tick)
    if rest:
        below, above = plain(floor_step(price, tick)), plain(ceil_step(price, tick))
        raise SpecError(f"{name} is {plain(price)}, which is off the tick {plain(tick)}.", f"Use {below} or {above}.")
    return 2 * int(whole)


def _between(one: int, place: int, other: int) -> bool:
    return min(one, other) <= place <= max(one, other)
