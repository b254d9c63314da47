"""The lengths of bars: what OKX calls them, where each opens, and how a span of them is cut into pages."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from okxlab.errors import InputError

Span = tuple[int, int]  # milliseconds since 1970 UTC, from and up to, not including

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_FIRST_MONDAY = 4 * _UNITS["d"]  # 1970 began on a Thursday
# six hours and longer are asked for in UTC: OKX's plain days begin at 16:00 UTC
_NAMES = MappingProxyType(
    {"1s": "1s"}
    | {name: name for name in ("1m", "3m", "5m", "15m", "30m")}
    | {name: name.upper() for name in ("1h", "2h", "4h")}
    | {name: f"{name.upper()}utc" for name in ("6h", "12h", "1d", "2d", "3d", "1w", "1M", "3M")}
)


@dataclass(frozen=True, slots=True)
class Timeframe:
    """Bars of one length (``step`` ms, one of which opens at ``origin``), or of some calendar ``months``."""

    name: str
    okx: str
    step: int
    months: int = 0
    origin: int = 0

    def anchored(self, opening: int) -> "Timeframe":
        """Give the same bars, one of which opens at a moment that the exchange told."""
        return self if self.months else replace(self, origin=opening % self.step)

    def number(self, ms: int) -> int:
        """Number the bar that a moment lies in."""
        if not self.months:
            return (ms - self.origin) // self.step
        return int(np.datetime64(ms, "ms").astype("datetime64[M]").astype(np.int64)) // self.months

    def opening(self, number: int) -> int:
        """Give where a bar opens."""
        if not self.months:
            return self.origin + number * self.step
        return int(np.datetime64(number * self.months, "M").astype("datetime64[ms]").astype(np.int64))

    def after(self, ms: int, bars: int = 1) -> int:
        """Give where the bar opens that comes so many bars after the one a moment lies in."""
        return self.opening(self.number(ms) + bars)

    def up(self, ms: int) -> int:
        """Give the first opening at or after a moment."""
        here = self.opening(self.number(ms))
        return here if here == ms else self.after(ms)

    def count(self, span: Span) -> int:
        """Count the bars of a span that begins and ends where bars open."""
        return self.number(span[1]) - self.number(span[0])

    def pages(self, span: Span, size: int) -> Iterator[Span]:
        """Cut a span into pages of at most ``size`` bars, the newest first.

        >>> list(timeframe_of("1m").pages((0, 150_000), 2))
        [(60000, 150000), (0, 60000)]
        """
        first, end = span
        while first < end:
            start = max(first, self.after(end - 1, 1 - size))
            yield start, end
            end = start


def timeframe_of(name: str) -> Timeframe:
    """Give the bars of a name.

    Raises
    ------
    InputError
        When OKX has none such.

    Examples
    --------
    >>> timeframe_of("1d").okx, timeframe_of("1M").opening(648)
    ('1Dutc', 1704067200000)
    """
    if name not in _NAMES:
        raise InputError(f"There is no bar {name!r}.", f"Use one of {' '.join(_NAMES)}.")
    count, unit = int(name[:-1]), name[-1]
    if unit == "M":
        return Timeframe(name, _NAMES[name], 0, months=count)
    return Timeframe(name, _NAMES[name], count * _UNITS[unit], origin=_FIRST_MONDAY if unit == "w" else 0)
