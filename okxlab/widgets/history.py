"""One-minute candles of the last days, a day at a time, so that a form can show how far it is."""

from collections.abc import Callable

import pandas as pd

from okxlab.clock import Clock
from okxlab.exchange import Session
from okxlab.market import candles

_MINUTE_MS = 60_000
_DAY = pd.Timedelta(days=1)


def recent_candles(
    session: Session, symbol: str, days: int, *, clock: Clock, told: Callable[[int], None]
) -> pd.DataFrame:
    """Pull the finished one-minute candles of the last ``days`` days; ``told`` is called with the days read so far.

    Returns
    -------
    DataFrame
        As `okxlab.market.candles` gives it, oldest first, ``attrs["instrument"]`` set.

    Raises
    ------
    CandleError
        When the exchange has no candles for one of these days.
    """
    end = pd.Timestamp(clock.now_ms() // _MINUTE_MS * _MINUTE_MS, unit="ms", tz="UTC")
    parts = []
    for back in range(days, 0, -1):
        parts.append(candles(session, symbol, "1m", start=end - back * _DAY, end=end - (back - 1) * _DAY))
        told(days + 1 - back)
    joined = pd.concat(parts)
    joined.attrs["instrument"] = parts[0].attrs["instrument"]
    return joined
