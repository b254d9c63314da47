"""Other pasts that could have been: candles put together anew from blocks of the recorded ones.

A bar is taken whole: its open, high, low and close as ratios to the close before it. What belongs together inside a
bar, and from bar to bar of a block, stays together: blocks keep what lasts shorter than they do, clusters of volatility
above all, and break what lasts longer. They go on at the first bar after the last, so that every bar is drawn equally
often.
"""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.bands.draw import check_seed
from okxlab.grid.study.windows import Span, length
from okxlab.model import PRICES, Instrument, bar_length, check_candles, instrument_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METHODS = ("stationary", "circular")


def bootstrap_paths(
    candles: pd.DataFrame,
    *,
    paths: int = 100,
    block: Span = "1d",
    bars: int | None = None,
    method: str = "stationary",
    seed: int = 0,
    instrument: Instrument | None = None,
) -> Iterator[pd.DataFrame]:
    """Give candle frames made of blocks of the recorded bars, in an order of their own.

    Parameters
    ----------
    candles
        At least two. A bar after a hole counts from its own open: no path jumps where data is missing.
    paths, bars
        How many, and how long; without ``bars`` as long as ``candles``.
    block
        Length of a block, in time; at least a bar.
    method
        ``"stationary"``: lengths of blocks are drawn too, geometric with the mean ``block`` (Politis and Romano, 1994).
        ``"circular"``: all are ``block`` long (the same, 1992).
    seed
        Path ``k`` depends on the seed and ``k`` alone, not on how many are asked for.
    instrument
        Its tick; without it ``candles.attrs["instrument"]``.

    Returns
    -------
    iterator of DataFrame
        Each like ``candles`` and as fit to trade over: it starts at the same time and open, has no hole, and prices are
        on the tick (rounded to the nearest, never below one). ``volume``, if there was one, comes along with its bar.

    Raises
    ------
    InputError, CandleError
        When an argument or the candles cannot be used.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [10.0, 11.0], "high": [12.0, 11.0], "low": [10.0, 11.0], "close": [11.0, 11.0]},
    ...     index=pd.date_range("2024-01-01", periods=2, freq="D", tz="UTC"))
    >>> coin = Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum="0.1")
    >>> [len(path) for path in bootstrap_paths(bars, paths=2, bars=30, instrument=coin)]
    [30, 30]
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}, which okxlab does not know.", "Use 'stationary' or 'circular'.")
    made_of = instrument_of(candles, instrument)
    times = pd.DatetimeIndex(check_candles(candles).index)
    size, step = len(times) if bars is None else _count(bars, "bars"), bar_length(times)
    origin = check_seed(seed)
    mean = max(1, round(length(block, "block") / step))
    chances = (np.random.default_rng([origin, path]) for path in range(_count(paths, "paths")))
    ratios = _ratios(candles, step)
    index = pd.date_range(times[0], periods=size, freq=step, name=times.name)
    drawn = (blocks(rng, len(times), size, mean, method) for rng in chances)
    return (_path(candles, ratios, rows, index, made_of) for rows in drawn)


def blocks(rng: np.random.Generator, rows: int, size: int, mean: int, method: str) -> Ints:
    """Draw the rows a path is made of: ``size`` places among ``rows``, in blocks that go round at the end.

    >>> blocks(np.random.default_rng(1), 5, 8, 4, "circular")
    array([2, 3, 4, 0, 2, 3, 4, 0])
    """
    begins = np.arange(size) % mean == 0 if method == "circular" else rng.random(size) < 1 / mean
    begins[0] = True
    first = np.flatnonzero(begins)
    which = np.cumsum(begins) - 1
    return np.asarray((rng.integers(rows, size=len(first))[which] + np.arange(size) - first[which]) % rows)


def _ratios(candles: pd.DataFrame, step: pd.Timedelta) -> Floats:
    """Give each bar's four prices as ratios to what the price was before it."""
    prices = candles[PRICES].to_numpy(dtype=np.float64)
    before = np.concatenate((prices[:1, 0], prices[:-1, 3]))
    after_hole = np.flatnonzero(np.diff(candles.index) > step) + 1
    before[after_hole] = prices[after_hole, 0]
    return np.asarray(prices / before[:, None])


def _path(
    candles: pd.DataFrame, ratios: Floats, rows: Ints, index: pd.DatetimeIndex, instrument: Instrument
) -> pd.DataFrame:
    start = float(candles["open"].iloc[0])
    moves = ratios[rows]
    moves[0] /= moves[0, 0]
    closes = start * np.exp(np.cumsum(np.log(moves[:, 3])))
    prices = moves * np.concatenate(([start], closes[:-1]))[:, None]
    made = pd.DataFrame(_on_tick(prices, instrument.tick), columns=PRICES, index=index)
    if "volume" in candles.columns:
        made["volume"] = candles["volume"].to_numpy(dtype=np.float64)[rows]
    made.attrs = dict(candles.attrs)
    return made


def _on_tick(prices: Floats, tick: Decimal) -> Floats:
    """Round prices to the tick: the floats that name those multiples of it."""
    numerator, denominator = tick.as_integer_ratio()
    ticks = np.maximum(np.rint(prices * (denominator / numerator)), 1)
    return np.asarray(ticks * numerator / denominator)


def _count(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{name} is {value!r}, which is not a count.", f"Give {name} as an int above zero.")
    return int(value)
