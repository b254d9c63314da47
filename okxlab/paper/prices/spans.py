"""The lengths of bars: what OKX calls them, and where each begins and ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
HONG_KONG = -8 * HOUR  # where its days begin, from midnight UTC
_MONDAY = 4 * DAY  # 1970-01-05
_LONGEST_MONTH = 31


@dataclass(frozen=True)
class Span:
    """Bars of one length, or of some calendar months; ``start`` is where one begins (ms since 1970 UTC)."""

    length: int
    start: int = 0
    months: int = 0

    def opening(self, ts: int) -> int:
        """Give where the bar of a time begins."""
        return int(self.openings(np.array([ts], dtype=np.int64))[0])

    def closing(self, opening: int) -> int:
        """Give where a bar ends that begins at a time."""
        return self.opening(opening + self.length) if self.months else opening + self.length

    def openings(self, ts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give where the bars of many times begin."""
        if not self.months:
            return self.start + (ts - self.start) // self.length * self.length
        month = (ts - self.start).astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
        first = (month // self.months * self.months).astype("datetime64[M]")
        return self.start + first.astype("datetime64[ms]").astype(np.int64)

    def made_of(self, bar: int) -> bool:
        """Whether whole candles of a length (ms) make up its bars."""
        return not (DAY if self.months else self.length) % bar


def _long() -> dict[str, Span]:
    lengths = {"6H": 6 * HOUR, "12H": 12 * HOUR, "1D": DAY, "2D": 2 * DAY, "3D": 3 * DAY, "5D": 5 * DAY}
    spans = {name: Span(length) for name, length in lengths.items()}
    spans["1W"] = Span(7 * DAY, _MONDAY)
    return spans | {f"{months}M": Span(months * _LONGEST_MONTH * DAY, 0, months) for months in (1, 3)}


_MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240}

# by OKX's name; long ones begin at midnight in Hong Kong, or UTC where their name says so
SPANS = {"1s": Span(SECOND)} | {name: Span(minutes * MINUTE) for name, minutes in _MINUTES.items()}
SPANS |= {name: Span(span.length, span.start + HONG_KONG, span.months) for name, span in _long().items()}
SPANS |= {f"{name}utc": span for name, span in _long().items()}
