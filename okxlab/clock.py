"""The clock everybody is handed: no other room reads the machine's time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a clock gives: wall time for stamps, monotonic time for waiting."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""

    def monotonic(self) -> float:
        """Seconds on a scale that never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a scale that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def utc(ms: int) -> datetime:
    """Give the timezone-aware UTC time of a millisecond stamp.

    >>> utc(1704067200000).isoformat()
    '2024-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def iso(ms: int) -> str:
    """Write a millisecond stamp as OKX signs it: ISO 8601, UTC, milliseconds, Z.

    >>> iso(1607418537715)
    '2020-12-08T09:08:57.715Z'
    """
    seconds, millis = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"
