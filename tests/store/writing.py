"""A program that writes to a store until it is done or killed: ``python writing.py URL OPTIONS CLOCK TASK …``.

``states FIRST``: puts state after state, each of 3,000 bars over the end of a month and all equal to its number, and
prints the number once the store has taken it. ``bars OFFSET COUNT``: writes COUNT single bars, each second minute from
OFFSET. ``fork``: writes a bar, and has a child of its own write the next.
"""

import itertools
import json
import os
import sys
from dataclasses import dataclass

import pandas as pd

from okxlab.store import Series, Store

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")
PRICES = ["open", "high", "low", "close", "volume"]


@dataclass
class Standing:
    """A clock that stands."""

    ms: int

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        del seconds


def bars(start: str, count: int, value: float) -> pd.DataFrame:
    """Give bars that all hold one number."""
    index = pd.date_range(start, periods=count, freq="min", tz="UTC", name="time")
    return pd.DataFrame(value, index=index, columns=PRICES)


def states(store: Store, first: int) -> None:
    for number in itertools.count(first):
        store.write(MINUTES, bars("2024-01-31", 3_000, number), source="test")
        print(number, flush=True)


def alternate(store: Store, offset: int, count: int) -> None:
    for number in range(count):
        start = pd.Timestamp("2024-01-01") + pd.Timedelta(minutes=2 * number + offset)
        store.write(MINUTES, bars(str(start), 1, 1.0), source=f"writer {offset}")


def fork(store: Store) -> None:
    store.write(MINUTES, bars("2024-01-01", 1, 1.0), source="parent")
    child = os.fork()
    if not child:
        store.write(MINUTES, bars("2024-01-01 00:01", 1, 2.0), source="child")
        os._exit(0)
    os.waitpid(child, 0)


def main() -> None:
    url, options, ms, task, *numbers = sys.argv[1:]
    store = Store(url, Standing(int(ms)), options=json.loads(options))
    print("ready", flush=True)
    {"states": states, "bars": alternate, "fork": fork}[task](store, *map(int, numbers))


if __name__ == "__main__":
    main()
