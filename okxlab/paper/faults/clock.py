"""A clock that can be wrong: the exchange's own, as far off the machine's as it is told."""

from okxlab.clock import Clock


class SkewedClock:
    """The machine's clock plus an offset.

    Parameters
    ----------
    clock
        The true one; waiting goes by it.

    Examples
    --------
    >>> from okxlab.clock import SystemClock
    >>> true = SystemClock()
    >>> skewed = SkewedClock(true)
    >>> skewed.offset_ms = 40_000
    >>> 39_000 < skewed.now_ms() - true.now_ms() < 41_000
    True
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC, as the exchange believes."""
        return self._clock.now_ms() + self.offset_ms

    def monotonic(self) -> float:
        """Seconds on a scale that never goes back."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds)
