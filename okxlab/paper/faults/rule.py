"""When a fault strikes: a rule over what is asked, how often, by chance and for how long."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_ALL = "*"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something a fault may strike: a request, or a frame about to be sent.

    Parameters
    ----------
    endpoint
        What follows ``/api/v5/``, or a channel's name.
    instruments
        The instruments it is about; empty when it names none.
    method
        ``GET`` or ``POST``; empty for a frame.
    names
        The client ids it carries, for the log.
    """

    endpoint: str
    instruments: frozenset[str] = frozenset()
    method: str = ""
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Rule:
    """A fault and its occasions.

    Parameters
    ----------
    id
        Its number.
    fault
        One of the names in `kinds.KINDS`.
    values
        What that fault takes, by name.
    endpoint
        A pattern: ``trade/*``, ``books``; every one by default.
    instrument
        OKX's id, or any.
    method
        ``GET`` or ``POST``, or any.
    nth
        Strike only the n-th fitting occasion, counted from 1; 0 for each.
    times
        Strike at most so often; 0 for no end.
    probability, seed
        Strike by chance; the same seed strikes the same occasions.
    until
        The clock's monotonic time at which it ends; None for never.
    """

    id: int
    fault: str
    values: Mapping[str, Any]
    endpoint: str = _ALL
    instrument: str = ""
    method: str = ""
    nth: int = 0
    times: int = 0
    probability: float = 1.0
    seed: int = 0
    until: float | None = None
    seen: int = 0
    hits: int = 0
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - chance of a rehearsal, not of a key

    def strikes(self, occasion: Occasion, now: float) -> bool:
        """Whether it strikes this occasion; each fitting one counts."""
        if not self._fits(occasion) or self.spent(now):
            return False
        self.seen += 1
        by_chance = self.probability >= 1 or self._chance.random() < self.probability
        if not by_chance or (self.nth and self.seen != self.nth):
            return False
        self.hits += 1
        return True

    def spent(self, now: float) -> bool:
        """Whether it will never strike again."""
        if self.until is not None and now >= self.until:
            return True
        return bool((self.times and self.hits >= self.times) or (self.nth and self.seen >= self.nth))

    def _fits(self, occasion: Occasion) -> bool:
        if self.method and self.method != occasion.method:
            return False
        if self.instrument and self.instrument not in occasion.instruments:
            return False
        return fnmatchcase(occasion.endpoint, self.endpoint)

    def row(self) -> dict[str, Any]:
        """Give it as the control route shows it."""
        return {
            "id": self.id, "fault": self.fault, **self.values, "endpoint": self.endpoint,
            "instrument": self.instrument, "method": self.method, "nth": self.nth, "times": self.times,
            "probability": self.probability, "seed": self.seed, "seen": self.seen, "hits": self.hits,
        }  # fmt: skip
