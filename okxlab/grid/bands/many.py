"""The bands of many grids over the same candles."""

from collections.abc import Iterable, Sequence

import pandas as pd

from okxlab.grid.bands.crew import Crew
from okxlab.grid.bands.game import Road
from okxlab.grid.bands.judge import Judge, Row
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, instrument_of

NAMES = ("band_low", "band_likely", "band_high")


def band_many(  # noqa: PLR0913  a band's arguments, and how the table comes
    specs: Iterable[GridSpec],
    candles: pd.DataFrame,
    *,
    instrument: Instrument | None = None,
    maker: Number = "0.0008",
    taker: Number = "0.001",
    fill: str = "touch",
    odds: str = "direction",
    paths: int = 200,
    seed: int = 0,
    exact: bool = False,
    threads: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Give the equity at the ends of the band of each of many grids, without the fills that lead there.

    Parameters
    ----------
    specs
        The grids.
    candles, instrument, maker, taker, fill, odds, paths, seed
        As of `band`.
    exact
        Decimals instead of floats.
    threads
        Grids at work at a time; without it, one a processor. The table does not depend on it.
    progress
        Show a bar while it takes longer than a second.

    Returns
    -------
    DataFrame
        One row a grid, in order: ``band_low``, ``band_likely`` and ``band_high`` (quote, float64 nearest to the exact
        value or Decimals), and ``error``. A grid that cannot be made has its reason there and NaN (None with ``exact``)
        else; for others it is missing.

    Raises
    ------
    InputError, CandleError
        As of `band`.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0, 107.0], "high": [108.0, 116.0], "low": [105.0, 104.0],
    ...     "close": [107.0, 111.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> specs = [GridSpec("BTC-USDT", low=100, high=120, grids=n, investment=1_000) for n in (4, 8)]
    >>> band_many(specs, bars, instrument=Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001"))
          band_low  band_likely    band_high error
    0  1049.358425  1049.358425  1063.178211   NaN
    1  1044.104086  1044.104086  1050.786952   NaN
    """
    road = Road.over(candles, instrument_of(candles, instrument), fill)
    judge = Judge.of(road, (maker, taker), odds=odds, paths=paths, seed=seed)
    listed = list(specs)
    with Crew.of(threads, len(listed), progress=progress) as crew:
        return ends_table(list(crew.work(judge.row, listed)), exact=exact)


def ends_table(rows: Sequence[Row], *, exact: bool) -> pd.DataFrame:
    """Give the ends of many bands, with the reasons in ``error``."""
    table = pd.DataFrame(rows, columns=[*NAMES, "error"]).astype({"error": "str"})
    return table if exact else table.astype(dict.fromkeys(NAMES, "float64"))
