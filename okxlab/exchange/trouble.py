"""What stops more than one limit: an address that is shut out, and an exchange that fails whatever it is asked."""

import math
from dataclasses import dataclass
from struct import Struct

from okxlab.exchange.limits import Kind
from okxlab.exchange.verdict import Verdict

_SHORTEST, _LONGEST = 60.0, 600.0
_PROBED = 10.0  # seconds after which a probe without an answer has failed
_PATIENCE = 5
_APART, _CANCELS_APART = 10.0, 5.0  # with that, no minute of failures sees more than thirty calls of a user
_REST = 2.0
_NEVER = -math.inf


@dataclass(slots=True)
class Ban:
    """A host whose edge shut this address out; ``until`` is on the machine's monotonic clock, ``length`` in seconds.

    Nothing leaves before; then one request tries whether it is over. It is once one was answered otherwise.
    """

    until: float = _NEVER
    length: float = 0.0
    probed: float = _NEVER
    over: bool = True

    _LAYOUT = Struct("<ddd?")

    @classmethod
    def unpack(cls, kept: bytes) -> "Ban":
        """Read what `pack` wrote."""
        return cls(*cls._LAYOUT.unpack(kept))

    def pack(self) -> bytes:
        """Write it as bytes."""
        return self._LAYOUT.pack(self.until, self.length, self.probed, self.over)

    def begin(self, sent: float, now: float) -> None:
        """Stop, for twice as long when the last stop is not long ago; what had left before that one tells nothing."""
        if sent <= self.until - self.length:
            return
        recent = now - self.until < _LONGEST
        self.length = min(self.length * 2, _LONGEST) if recent else _SHORTEST
        self.until, self.probed, self.over = now + self.length, _NEVER, False

    def blocks(self, kind: Kind, now: float) -> float | None:
        """Give until when a request may not leave; None lets it go, and it is the probe while the ban is not over.

        What places or amends is no probe: if the ban lasts, nothing would tell what became of it.
        """
        if self.over:
            return None
        free = max(self.until, self.probed + _PROBED)
        if now < free or kind == "order":
            return max(free, now)
        self.probed = now
        return None

    def end(self, sent: float) -> None:
        """Go on: a request that left at this moment was answered otherwise."""
        self.over = self.over or sent >= self.until


@dataclass(slots=True)
class Failing:
    """Failures that a user was answered one after the other, and when the next request may leave.

    Cancellations have a moment of their own, so that they wait for nothing else. ``rest`` is until when orders wait
    because the sub-account sent too many.
    """

    count: int = 0
    free: float = _NEVER
    cancel: float = _NEVER
    rest: float = _NEVER

    _LAYOUT = Struct("<qddd")

    @classmethod
    def unpack(cls, kept: bytes) -> "Failing":
        """Read what `pack` wrote."""
        return cls(*cls._LAYOUT.unpack(kept))

    def pack(self) -> bytes:
        """Write it as bytes."""
        return self._LAYOUT.pack(self.count, self.free, self.cancel, self.rest)

    def earliest(self, kind: Kind, now: float) -> float:
        """Give the first moment from now on at which a request may leave."""
        rest = max(now, self.rest) if kind == "order" else now
        return max(rest, self.try_at(kind, now))

    def try_at(self, kind: Kind, now: float) -> float:
        """Give when the next request may try whether all is well again."""
        if self.count < _PATIENCE:
            return now
        return max(now, self.cancel if kind == "cancel" else self.free)

    def take(self, kind: Kind, moment: float) -> None:
        """Let a request leave at a moment."""
        if kind == "cancel":
            self.cancel = moment + _CANCELS_APART
        else:
            self.free = moment + _APART

    def told(self, now: float, verdict: Verdict) -> None:
        """Count an answer."""
        self.count = self.count + 1 if verdict.failed else 0
        if self.count == _PATIENCE:
            self.free, self.cancel = now + _APART, now + _CANCELS_APART
        if verdict.sub_account:
            self.rest = now + _REST
