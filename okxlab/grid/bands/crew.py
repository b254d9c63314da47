"""Threads that make bands, and a bar that shows how far they are."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tqdm.auto import tqdm

from okxlab.errors import InputError
from okxlab.grid.spec import GridSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """Hands and a bar, for one stretch of work."""

    pool: ThreadPoolExecutor
    bar: "tqdm[Any]"
    batch: int

    @classmethod
    @contextmanager
    def of(cls, threads: int | None, total: int, *, progress: bool) -> Iterator["Crew"]:
        """Give a crew at work on so many things."""
        if threads is not None and threads < 1:
            raise InputError(f"threads is {threads!r}.", "Give a whole number from 1 on.")
        hands = threads or _processors()
        with (
            ThreadPoolExecutor(hands) as pool,
            tqdm(total=total, unit="grid", desc="bands", disable=not progress, delay=1) as bar,
        ):
            yield cls(pool, bar, 8 * hands)

    def work(self, do: Callable[[GridSpec], T], specs: list[GridSpec]) -> Iterator[T]:
        """Do something with each grid, in order; no more than a batch is begun before it is asked for."""
        for first in range(0, len(specs), self.batch):
            done = list(self.pool.map(do, specs[first : first + self.batch]))
            self.bar.update(len(done))
            yield from done


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
