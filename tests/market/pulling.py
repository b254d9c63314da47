"""What tests of pulls share: the plain way to pull, faults, and made-up minutes."""

import numpy as np
import pandas as pd

from okxlab.exchange import read
from okxlab.market import candle_frame

MINUTE = pd.Timedelta("1min")
METHODS = {
    "candles": ("publicGetMarketCandles", "publicGetMarketHistoryCandles"),
    "mark": ("publicGetMarketMarkPriceCandles", "publicGetMarketHistoryMarkPriceCandles"),
    "index": ("publicGetMarketIndexCandles", "publicGetMarketHistoryIndexCandles"),
}


def serial(session, name, start, end, *, kind="candles", bar="1m"):
    """Pull one page after the other, back from the end: first what the endpoint of recent bars has, then the rest."""
    rows, cursor = [], ms(end)
    for method in METHODS[kind]:
        while cursor > ms(start):
            page = read(session, method, {"instId": name, "bar": bar, "limit": "100", "after": str(cursor)})
            if not page:
                break
            rows += page
            cursor = int(page[-1][0])
    frame = candle_frame(rows, kind)
    return frame.loc[(frame.index >= start) & (frame.index < end)]


def ms(time):
    """Give milliseconds since 1970."""
    return round(time.timestamp() * 1000)


def minutes(count, *, start="2024-01-30 00:00", seed=5):
    """Give made-up minutes on a tick of 0.1."""
    steps = np.random.default_rng(seed).integers(-50, 51, size=(count, 4))
    close = 600_000 + steps[:, 0].cumsum()
    opened = np.r_[600_000, close[:-1]]
    high, low = np.maximum(opened, close) + abs(steps[:, 1]), np.minimum(opened, close) - abs(steps[:, 2])
    prices = {"open": opened, "high": high, "low": low, "close": close}
    frame = pd.DataFrame({name: column / 10 for name, column in prices.items()})
    frame["volume"] = (abs(steps[:, 3]) + 1) / 100
    return frame.set_index(pd.date_range(start, periods=count, freq="min", tz="UTC", name="time"))


def fault(control, **rule):
    """Set a rule of faults and give its number."""
    answer = control._post("faults", rule)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]
