"""Making a band: exact ends by looking ahead from every state, the middle by drawing courses."""

from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import OkxlabError
from okxlab.grid.bands.course import Courses
from okxlab.grid.bands.draw import Draw, check_seed, check_ways, middle
from okxlab.grid.bands.game import Game, Road
from okxlab.grid.bands.odds import low_first_chances
from okxlab.grid.bands.outcome import Band
from okxlab.grid.result import Result
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, instrument_of


def band(  # noqa: PLR0913  a backtest's arguments, and how to sample
    spec: GridSpec,
    candles: pd.DataFrame,
    *,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    odds: str = "direction",
    paths: int = 1000,
    seed: int = 0,
) -> Band:
    """Give the lowest, the likely and the highest end of a grid over every path its candles leave open.

    A candle tells its extremes and not which came first. Here each runs open, low, high, close or open, high, low,
    close, whatever the others do; a backtest is one such course. The lowest and the highest end are exact: the whole
    state of a ladder is one number, after each candle it is one of three at most, and from the last candle to the first
    the best of what lies ahead of each is known, in whole numbers. The likely end is the median of sampled courses.

    Parameters
    ----------
    spec, candles, instrument, maker, taker, fill
        As of `backtest`.
    odds
        How likely a sampled candle takes its low first. ``"direction"``: by how far it closed above its open, see
        `low_first_chances`. ``"even"``: one half.
    paths
        Courses to sample.
    seed
        Of the draw; the same arguments give the same band.

    Raises
    ------
    InputError
        When there is no instrument, ``fill`` or ``odds`` is unknown, ``paths`` not positive, or ``seed`` negative.
    SpecError
        When the grid cannot be made on that instrument with that investment.
    CandleError
        When the candles cannot be traded over.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0, 107.0], "high": [108.0, 116.0], "low": [105.0, 104.0],
    ...     "close": [107.0, 111.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> made = band(spec, bars, instrument=Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
    >>> made.ends["round_trips"].to_list(), made.open_choices
    ([2, 2, 3], 1)
    >>> str(made.ends["equity_end"]["high"]), made.high.summary["equity_end"] == made.ends["equity_end"]["high"]
    ('1063.178211440', True)
    """
    ways, seed = check_ways(paths), check_seed(seed)
    road = Road.over(candles, instrument_of(candles, instrument), fill)
    chances = low_first_chances(candles, odds)
    courses = Courses.of(Game.of(spec, road, maker, taker))
    return _judged(courses, Draw.of(courses, chances, ways, seed))


def _judged(courses: Courses, draw: Draw) -> Band:
    lows, highs = ({name: courses.extreme(name, highest=top) for name in courses.stakes} for top in (False, True))
    samples = courses.ends(draw.blocks(), draw.ways)
    middles = {name: middle(figures) for name, figures in samples.items()}
    orders = {"low": lows["equity_end"][0], "likely": draw.way(middles["equity_end"]), "high": highs["equity_end"][0]}
    flags = {name: courses.flags(one) for name, one in orders.items()}
    results = {name: courses.game.result(one) for name, one in flags.items()}
    ends = pd.DataFrame(
        {n: [lows[n][1], samples[n][middles[n]], highs[n][1]] for n in courses.stakes}, index=list(orders), dtype=object
    )
    _check(results, ends)
    return Band(
        **results,
        ends=ends.astype({"round_trips": np.int64}),
        samples=pd.DataFrame(samples).astype(np.float64).astype({"round_trips": np.int64}).rename_axis("path"),
        choices=pd.DataFrame(flags, index=courses.game.road.candles.index),
        open_choices=len(courses.row),
    )


def _check(results: dict[str, Result], ends: pd.DataFrame) -> None:
    """Raise OkxlabError unless the ledger comes to the same ends, to the last digit; a defect of okxlab if not."""
    for name, result in results.items():
        claimed, settled = Decimal(ends["equity_end"][name]), result.account.figures["equity_end"]
        if claimed != settled:
            raise OkxlabError(
                f"The {name} end of this band is {claimed} by its choices and {settled} by the ledger.",
                "Report it with the grid and the candles.",
            )
