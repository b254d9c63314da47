"""What a peer is asked: bars, ladders, and how often to measure. Read from the file the bench wrote."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np


@dataclass
class Job:
    """Bars as (rows, 4) of open, high, low, close; a ladder is its levels, lowest first; ``size`` is the unit."""

    bars: np.ndarray
    low_first: np.ndarray
    ladders: list[np.ndarray]
    size: float
    rounds: int

    @property
    def launch(self) -> float:
        """The price every ladder is launched at."""
        return float(self.bars[0, 0])


def read() -> Job:
    """Read the file that the command line names."""
    with np.load(sys.argv[1]) as held:
        cuts = np.cumsum(held["lengths"])[:-1]
        return Job(
            held["bars"], held["low_first"], np.split(held["levels"], cuts), float(held["size"]), int(held["rounds"])
        )


def points(job: Job) -> np.ndarray:
    """Write each bar as the four points the price visits."""
    opens, highs, lows, closes = job.bars.T
    near, far = np.where(job.low_first, lows, highs), np.where(job.low_first, highs, lows)
    return np.stack((opens, near, far, closes), axis=1)


def tell(job: Job, run: Callable[[np.ndarray], int], version: str) -> None:
    """Run every ladder, once unmeasured and then as often as asked, and print what came of it."""
    run(job.ladders[0])
    seconds, fills = [], []
    for _ in range(job.rounds):
        began = time.perf_counter()
        fills = [run(ladder) for ladder in job.ladders]
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"version": version, "fills": fills, "seconds": median(seconds)}))
