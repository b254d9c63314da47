"""What goes wrong in one world, as a list that is drawn from its seed before anything runs, and can be shortened."""

import math
import signal
from collections.abc import Iterable
from random import Random
from typing import NamedTuple


class Crash(BaseException):
    """The process is gone: killed, or the whole machine lost its power."""


class Fault(NamedTuple):
    """Something that goes wrong at the ``number``-th step, send, read or disk operation; ``amount`` is how much."""

    place: str
    number: int
    kind: str
    amount: float


# How many of each a world may see before faults stop, and what can go wrong there.
PLACES = {
    "step": (900, ("kill",) * 6 + ("power",) * 6 + ("interrupt",) * 3 + ("stall",) * 3 + ("rot",)),
    "disk": (150, ("full", "io")),
    "send": (
        40,
        (
            *("lost before", "lost after", "late", "late", "twice", "twice at once", "reset before", "reset after"),
            *("server before", "server after", "page", "cut", "empty", "no data", "no sCode", "foreign id", "one id"),
            *("busy before", "busy after", "row busy", "too many", "page 403", "unconnected", "refused"),
            *("row missing", "shuffled", "nothing"),
        ),
    ),
    "read": (250, ("timeout", "reset", "server", "page", "cut", "empty", "busy", "too many", "no data")),
}
_RATES = {
    "step": (0, 0, 0.003, 0.01, 0.03),
    "disk": (0, 0, 0, 0.01, 0.05),
    "send": (0, 0.1, 0.3, 0.6),
    "read": (0, 0, 0.1, 0.3),
}


def draw(chance: Random) -> list[Fault]:
    """Draw a world's faults."""
    faults = []
    for place, (most, kinds) in PLACES.items():
        rate = chance.choice(_RATES[place])
        if not rate:
            continue
        number, scale = 0, math.log1p(-rate)
        while (number := number + 1 + int(math.log(1.0 - chance.random()) / scale)) <= most:
            faults.append(Fault(place, number, chance.choice(kinds), chance.random()))
    return faults


class Fate:
    """Lets each fault happen when its moment has come, and remembers what did happen, in words.

    ``longest_ms`` is how long a process that stalls may stand still.
    """

    def __init__(self, faults: Iterable[Fault], longest_ms: int) -> None:
        self._longest_ms = longest_ms
        self._due: dict[str, dict[int, Fault]] = {place: {} for place in PLACES}
        for fault in faults:
            self._due[fault.place][fault.number] = fault
        self._steps = self._due["step"]
        self._count = dict.fromkeys(PLACES, 0)
        self.steps = 0
        self.over = self.dead = False
        self.struck: list[tuple[Fault, str]] = []
        self.power: Fault | None = None
        self.stalled = 0

    def step(self, where: str) -> None:
        """Go one step on: any of them may be the process's last."""
        if self.dead:
            raise Crash  # what is gone does nothing any more, whatever its code would do on the way out
        self.steps += 1
        fault = self._steps.get(self.steps)
        if fault is not None and not self.over:
            self._strike(fault, where)

    def at(self, place: str, where: str) -> Fault | None:
        """Give the fault of the next send, read or disk operation, if there is one."""
        self._count[place] += 1
        fault = self._due[place].get(self._count[place])
        if fault is None or self.over:
            return None
        self.struck.append((fault, where))
        return fault

    def _strike(self, fault: Fault, where: str) -> None:
        self.struck.append((fault, where))
        if fault.kind == "interrupt":
            signal.raise_signal(signal.SIGINT)
        elif fault.kind == "stall":
            self.stalled += int(fault.amount * self._longest_ms)
        else:
            self.power = fault if fault.kind in {"power", "rot"} else None
            self.dead = True
            raise Crash
