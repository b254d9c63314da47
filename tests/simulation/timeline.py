"""Virtual time: it stands while the program computes, and whatever is due happens when it moves."""

import heapq
from collections.abc import Callable

from tests.simulation.schedule import Fate

BEGIN_MS = 1_764_000_000_000


class Timeline:
    """The true time, in milliseconds, and what happens at its moments; it ticks with each move."""

    def __init__(self) -> None:
        self.now = BEGIN_MS
        self._due: list[tuple[int, int, Callable[[], object]]] = []
        self._number = 0
        self.tick: Callable[[], object] = lambda: None

    def at(self, moment: int, happens: Callable[[], object]) -> None:
        """Let something happen at a moment, after what was ordered for the same moment before."""
        self._number += 1
        heapq.heappush(self._due, (moment, self._number, happens))

    def advance(self, ms: int) -> None:
        """Move on."""
        end = self.now + ms
        while self._due and self._due[0][0] <= end:
            moment, _, happens = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            happens()
        self.now = end
        self.tick()


class MachineClock:
    """The clock of the machine that the program runs on; each reading of it may be the program's last step."""

    def __init__(self, timeline: Timeline, fate: Fate, offset_ms: int) -> None:
        self._timeline = timeline
        self._fate = fate
        self._offset = offset_ms

    def now_ms(self) -> int:
        self._pass("clock")
        return self._timeline.now + self._offset

    def monotonic(self) -> float:
        self._pass("monotonic clock")
        return self._timeline.now / 1000

    def sleep(self, seconds: float) -> None:
        self._pass("sleep")
        self._timeline.advance(int(seconds * 1000) + 1)

    def _pass(self, where: str) -> None:
        self._fate.step(where)
        if self._fate.stalled:
            stalled, self._fate.stalled = self._fate.stalled, 0
            self._timeline.advance(stalled)


class StillClock:
    """The same time for those who are not part of the process that may crash."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def now_ms(self) -> int:
        return self._timeline.now

    def monotonic(self) -> float:
        return self._timeline.now / 1000

    def sleep(self, seconds: float) -> None:
        self._timeline.advance(int(seconds * 1000) + 1)
