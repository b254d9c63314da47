"""The sweep: any number of grids over one path, counted instead of played.

The path is taken apart once, into its rises and falls; after that an interval is a single question. So a thousand grids
cost little more than one, and a million take seconds.

Examples
--------
>>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
>>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
>>> table = sweep(bars, low=100, high=[90, 110, 120], grids=4, investment=1_000, instrument=btc)
>>> table[["high", "round_trips", "grid_profit"]]
    high  round_trips  grid_profit
0   90.0            0          NaN
1  110.0            2    17.216374
2  120.0            1    11.561175
>>> table.error[0]
'low is 100 and high is 90. Give a low that is below high.'
"""

import os
from collections.abc import Iterable, Mapping
from operator import index
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from okxlab.errors import InputError, SpecError
from okxlab.grid.money import fee_rate
from okxlab.grid.spec import GridSpec
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.parts import LOW_END, Means, answered
from okxlab.grid.sweep.question import Question
from okxlab.grid.sweep.rows import listed, product
from okxlab.grid.sweep.table import MONEY
from okxlab.model import Instrument, Number, instrument_id, instrument_of


def sweep(  # noqa: PLR0913  what is swept, on what terms, and how the table comes
    candles: pd.DataFrame | PathIndex,
    *,
    symbol: str | None = None,
    low: Any = None,
    high: Any = None,
    grids: Any = None,
    spacing: Any = "arithmetic",
    investment: Any = None,
    specs: pd.DataFrame | Iterable[GridSpec] | None = None,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    exact: bool = False,
    top: int | None = None,
    rank: str = "equity_end",
    threads: int | None = None,
    client: Any = None,
    resume: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Give what `backtest` gives for many grids at once, to the last digit, counted instead of played.

    Parameters
    ----------
    candles, symbol
        As for `backtest`, or their `PathIndex`, which brings the instrument; what they are of, to be checked.
    low, high, grids, spacing, investment
        One value or several each; every combination is a grid, the last of them changing fastest.
    specs
        Instead of those: GridSpecs, or a frame of those columns (``spacing`` may be absent) and no other field's.
    instrument, maker, taker, fill, exact
        As for `backtest`; ``fill`` is ``"touch"`` or ``"through"``. ``exact`` gives Decimals instead of floats.
    top, rank
        Keep so many rows, highest in that column of money or ``"band_low"`` (see `okxlab.grid.rank_by_band`) first, and
        play them (`okxlab.grid.sweep.finalists`).
    threads, client
        Count on so many threads (one a processor) or on a ``distributed.Client``'s cluster; the table is the same.
    resume, progress
        A folder of its own to keep finished parts in, so that the same sweep goes on there; a bar after a second.

    Returns
    -------
    DataFrame
        One row a grid, in order, with the columns of `okxlab.grid.sweep.table`.

    Raises
    ------
    InputError, SpecError, CandleError
        When the sweep cannot be made; a grid that cannot be made says so in its row's ``error``.
    """
    made_of = _instrument(candles, instrument, symbol)
    _check(fill=fill, exact=exact, top=top, rank=rank, threads=threads, client=client)
    lists = {"low": low, "high": high, "grids": grids, "spacing": spacing, "investment": investment}
    rows = product(made_of, lists) if specs is None else listed(made_of, _alone(specs, lists))
    question = Question(rows, fee_rate(maker, "maker"), fee_rate(taker, "taker"), fill, exact)
    means = Means(threads or _processors(), client, resume, progress)
    with tqdm(total=rows.count, unit="grid", desc="sweep", disable=not progress, delay=1) as bar:
        return answered(candles, question, means, (top, rank) if top else None, bar.update)


def _instrument(candles: pd.DataFrame | PathIndex, instrument: Instrument | None, symbol: str | None) -> Instrument:
    if isinstance(candles, PathIndex):
        made_of = candles.instrument
        if instrument not in {None, made_of}:
            raise InputError(f"The index is of {made_of}.", "Leave instrument out, or build an index for the other.")
    else:
        made_of = instrument_of(candles, instrument)
    if symbol is not None and instrument_id(symbol) != made_of.symbol:
        raise SpecError(
            f"The grids are for {instrument_id(symbol)} and the instrument is {made_of.symbol}.",
            "Give both the same symbol.",
        )
    return made_of


def _alone(specs: pd.DataFrame | Iterable[GridSpec], lists: Mapping[str, Any]) -> pd.DataFrame | Iterable[GridSpec]:
    usual = isinstance(lists["spacing"], str) and lists["spacing"] == "arithmetic"
    beside = [name for name, value in lists.items() if value is not None and not (name == "spacing" and usual)]
    if beside:
        raise InputError(f"{beside[0]} stands beside specs.", "Give the grids once: as specs=, or as lists.")
    return specs


def _check(*, fill: str, exact: bool, top: int | None, rank: str, threads: int | None, client: Any) -> None:
    if fill not in {"touch", "through"}:
        raise InputError(f"fill is {fill!r}, which a sweep cannot count.", "Use 'touch' or 'through'.")
    if rank not in {*MONEY, LOW_END}:
        raise InputError(
            f"rank is {rank!r}, which is no column of money.", f"Use one of {', '.join([*MONEY, LOW_END])}."
        )
    if rank == LOW_END and top is None:
        raise InputError(f"rank is {rank!r} and top is not given.", "Give top, or hand the table to rank_by_band.")
    if not isinstance(exact, bool):
        raise InputError(f"exact is {exact!r}.", "Give True or False.")
    for name, value in (("top", top), ("threads", threads)):
        if value is not None and not _counts(value):
            raise InputError(f"{name} is {value!r}.", "Give a whole number from 1 on.")
    if client is not None and not hasattr(client, "scatter"):
        raise InputError(f"client is a {type(client).__name__}.", "Give a distributed.Client.")


def _counts(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and index(value) >= 1
    except TypeError:
        return False


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
