"""A scheduler process for tests: run_schedule with a clock that runs faster than the machine's."""

import sys
import time
from pathlib import Path

from okxlab.config import find_workspace
from okxlab.reports import run_schedule

EPOCH_MS = 1_767_225_570_000  # 2025-12-31T23:59:30Z


class FastClock:
    """Counts from a fixed moment, ``speed`` times as fast as the machine since ``began``."""

    def __init__(self, began: float, speed: float) -> None:
        self.began, self.speed = began, speed

    def now_ms(self) -> int:
        return EPOCH_MS + int((time.time() - self.began) * 1000 * self.speed)

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds / self.speed, 0.1))


def main() -> None:
    """Run until killed; the moment the clock counts from on stdout once all is loaded, then the events on stderr."""
    workspace, speed = find_workspace(Path(sys.argv[1])).root, float(sys.argv[2])
    began = float(sys.argv[3]) if len(sys.argv) > 3 else time.time()
    print(began, flush=True)
    run_schedule(workspace, clock=FastClock(began, speed), tell=lambda line: print(line, file=sys.stderr, flush=True))


if __name__ == "__main__":
    main()
