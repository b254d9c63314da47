"""The grids of a sweep in the order of the low ends of their bands."""

from decimal import Decimal
from heapq import heappush, heappushpop

import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.bands.crew import Crew
from okxlab.grid.bands.game import Road
from okxlab.grid.bands.judge import FIGURE, Judge
from okxlab.grid.bands.many import NAMES, ends_table
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, instrument_of

GIVEN = ("low", "high", "grids", "spacing", "investment")


def rank_by_band(  # noqa: PLR0913  a band's arguments, and how the table comes
    table: pd.DataFrame,
    candles: pd.DataFrame,
    *,
    top: int | None = None,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    odds: str = "direction",
    paths: int = 200,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Order the grids of a sweep by the low end of their bands: what each is sure to have come to.

    No low end is above the equity of its grid's backtest. So grids are taken from the highest equity down, and once
    that is below the low ends of ``top`` grids, no other can come among them: the order is that of the whole table, and
    most of it needs no band.

    Parameters
    ----------
    table
        What `sweep` gave for these candles, fees and fill model.
    candles, instrument, maker, taker, fill, odds, paths, seed, threads, progress
        As of `band_many`.
    top
        Keep only so many; without it, all.

    Returns
    -------
    DataFrame
        The table's rows under their old numbers, highest ``band_low`` first, with ``band_low``, ``band_likely`` and
        ``band_high`` (quote; of the table's own kind, float64 or Decimal) beside. Without ``top`` the grids that cannot
        be made come last.

    Raises
    ------
    InputError
        When a column is missing, or the table is of other candles, fees or another fill model.
    """
    _check_table(table, top)
    road = Road.over(candles, instrument_of(candles, instrument), fill)
    judge = Judge.of(road, (maker, taker), odds=odds, paths=paths, seed=seed)
    made = table[table["error"].isna()].sort_values(FIGURE, ascending=False, kind="stable")
    rest = table[table["error"].notna()] if top is None else table[:0]
    exact = made[FIGURE].dtype == object
    with Crew.of(threads, len(made), progress=progress) as crew:
        best = _best(judge, crew, made, len(made) if top is None else min(top, len(made)))
    with Crew.of(threads, len(best), progress=progress) as crew:
        bands = ends_table(list(crew.work(judge.row, _specs(best, judge))), exact=exact)[[*NAMES]].set_index(best.index)
    return pd.concat([best.join(bands), rest])


def _best(judge: Judge, crew: Crew, made: pd.DataFrame, wanted: int) -> pd.DataFrame:
    """Give so many of the grids, sorted by equity, that have the highest low ends, highest first."""
    lows: list[Decimal] = []
    heads: list[Decimal] = []
    ends = crew.work(judge.low, _specs(made, judge))
    for equity in made[FIGURE]:
        if len(heads) == wanted and float(equity) < float(heads[0]):
            break
        low, nearest = next(ends)
        if float(nearest) != float(equity):
            raise InputError(
                f"The table has a grid that ends with {equity}, and on these candles it ends with {nearest}.",
                "Give the candles, fees and fill model of the sweep.",
            )
        lows.append(low)
        (heappush if len(heads) < wanted else heappushpop)(heads, low)
    order = sorted(range(len(lows)), key=lambda row: -lows[row])
    return made.iloc[order[:wanted]]


def _specs(table: pd.DataFrame, judge: Judge) -> list[GridSpec]:
    symbol, rows = judge.road.instrument.symbol, table[list(GIVEN)].to_dict("records")
    return [GridSpec(symbol, **{str(name): value for name, value in row.items()}) for row in rows]


def _check_table(table: pd.DataFrame, top: int | None) -> None:
    absent = [name for name in (*GIVEN, FIGURE, "error") if name not in table.columns]
    if absent:
        raise InputError(f"The table has no column {absent[0]!r}.", "Give what ox.sweep gave.")
    if top is not None and top < 1:
        raise InputError(f"top is {top!r}.", "Give a whole number from 1 on.")
