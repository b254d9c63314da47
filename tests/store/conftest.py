"""Stores to test in: a folder, memory, and a bucket of a real S3 server on loopback; and bars to put in."""

import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

import fsspec
import numpy as np
import pandas as pd
import pytest

from okxlab.store import Series, Store

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")


@dataclass
class HandClock:
    """A clock that stands until a test sets it."""

    ms: int = int(pd.Timestamp("2024-06-01", tz="UTC").timestamp() * 1000)

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def sleep(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)

    def set(self, moment: str) -> None:
        self.ms = int(pd.Timestamp(moment, tz="UTC").timestamp() * 1000)


@dataclass
class Spot:
    """Somewhere a store may lie, and what fsspec must be told to reach it."""

    url: str
    options: dict = field(default_factory=dict)

    def open(self, clock=None) -> Store:
        return Store(self.url, clock or HandClock(), options=self.options)

    @property
    def filesystem(self):
        return fsspec.url_to_fs(self.url, use_listings_cache=False, **self.options)[0]


@pytest.fixture(scope="session")
def s3_options():
    """Start an S3 server as a process of its own, make a bucket, and give what reaches it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            options = {"key": "canary", "secret": "canary-secret", "endpoint_url": f"http://127.0.0.1:{port}"}
            fsspec.filesystem("s3", **options).mkdir("market")
            yield options
        finally:
            server.terminate()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(params=["local", "memory", "s3"])
def spot(request, tmp_path):
    """Give an empty place of each kind."""
    if request.param == "local":
        return Spot(str(tmp_path / "data"))
    folder = secrets.token_hex(6)
    if request.param == "memory":
        return Spot(f"memory://{folder}")
    return Spot(f"s3://market/{folder}", request.getfixturevalue("s3_options"))


@pytest.fixture(params=["local", "s3"])
def shared_spot(request, tmp_path):
    """Give an empty place of each kind that several processes can reach."""
    if request.param == "local":
        return Spot(str(tmp_path / "data"))
    return Spot(f"s3://market/{secrets.token_hex(6)}", request.getfixturevalue("s3_options"))


@pytest.fixture
def clock():
    """Give a clock that stands at 2024-06-01."""
    return HandClock()


@pytest.fixture
def store(spot, clock):
    """Give an empty store in each kind of place."""
    return spot.open(clock)


@pytest.fixture
def series():
    """Give the series most tests write: minutes of BTC-USDT."""
    return MINUTES


@pytest.fixture
def bars():
    """Give a function that makes bars on a tick of 0.1: a seeded walk of ``count`` minutes from ``start``."""

    def make(start: str, count: int, *, seed: int = 1, freq: str = "min") -> pd.DataFrame:
        random = np.random.default_rng(seed)
        path = 600_000 + np.cumsum(random.integers(-30, 31, (count, 4)).ravel()).reshape(count, 4)
        values = {"open": path[:, 0], "high": path.max(1), "low": path.min(1), "close": path[:, 3]}
        index = pd.date_range(start, periods=count, freq=freq, tz="UTC", name="time", unit="us")
        frame = pd.DataFrame({name: ticks / 10 for name, ticks in values.items()}, index=index)
        return frame.assign(volume=random.integers(0, 10**9, count) / 10**8)

    return make
