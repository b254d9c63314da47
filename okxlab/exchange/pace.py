"""Where one limit stands: when its last requests may have arrived, when the next may leave, how slow it goes."""

import math
from array import array
from dataclasses import dataclass
from struct import Struct

_SPREAD = 1.01
_EDGE = 0.002  # the exchange's clock counts milliseconds
_UNANSWERED = 1.0  # a request without an answer is taken to have arrived within this time
_SLOWEST = 1 / 16
_REGAINED = 1 / 60  # of the full rate, each second
_NEVER = -math.inf
_HEAD = Struct("<dqdd")


@dataclass(slots=True)
class Pace:
    """One limit, in seconds of the machine's monotonic clock.

    ``free`` is the next free moment by even spreading, ``next`` the number of the next request. ``rate`` is the part
    of the full rate that was left ``since`` the last refusal. ``arrivals`` has a place for each request of a window, in
    turns: the latest moment at which it may have arrived.
    """

    free: float
    next: int
    rate: float
    since: float
    arrivals: "array[float]"

    @classmethod
    def fresh(cls, allowed: int) -> "Pace":
        """Give one that nobody has used."""
        return cls(_NEVER, 0, 1.0, _NEVER, array("d", (_NEVER,)) * allowed)

    @classmethod
    def unpack(cls, kept: bytes) -> "Pace":
        """Read what `pack` wrote."""
        free, number, rate, since = _HEAD.unpack_from(kept)
        return cls(free, number, rate, since, array("d", kept[_HEAD.size :]))

    def pack(self) -> bytes:
        """Write it as bytes, for this machine alone."""
        return _HEAD.pack(self.free, self.next, self.rate, self.since) + self.arrivals.tobytes()

    def rate_at(self, now: float) -> float:
        """Give the part of the full rate that it goes with: halved by each refusal, then regained bit by bit."""
        return 1.0 if self.rate == 1.0 else min(1.0, self.rate + (now - self.since) * _REGAINED)

    def earliest(self, count: int, seconds: float) -> float:
        """Give the first moment at which so many requests may leave together, as far as this limit goes."""
        allowed = len(self.arrivals)
        place = self.next % allowed
        last = self.arrivals[place]
        if count > 1:
            end = place + count
            last = max(self.arrivals[place:end])
            if end > allowed:
                last = max(last, *self.arrivals[: end - allowed])
        return max(self.free, last + seconds + _EDGE)

    def take(self, count: int, seconds: float, moment: float, now: float) -> None:
        """Let so many leave at a moment."""
        allowed = len(self.arrivals)
        for number in range(self.next, self.next + count):
            self.arrivals[number % allowed] = moment + _UNANSWERED
        self.free = moment + count * seconds / allowed * _SPREAD / self.rate_at(now)
        self.next += count

    def arrived(self, first: int, count: int, moment: float) -> None:
        """Note that the requests from a number on have arrived by a moment; others may have taken their places."""
        allowed = len(self.arrivals)
        for number in range(max(first, self.next - allowed), first + count):
            self.arrivals[number % allowed] = moment

    def refused(self, sent: float, seconds: float, now: float) -> None:
        """Rest for a window and go half as fast; once for all the requests that were already under way."""
        if self.since >= sent:
            return
        self.rate, self.since = max(self.rate_at(now) / 2, _SLOWEST), now
        self.free = max(self.free, now + seconds)

    def used(self, seconds: float, now: float) -> int:
        """Count the requests that the window until now may hold, those included that have their moment and wait."""
        return sum(arrival > now - seconds for arrival in self.arrivals)
