"""How much a process holds: its memory, its descriptors, and how much of these its journal's state accounts for."""

import gc
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Sample:
    """How much is there at one moment: of the process, and of these what one journal's state holds."""

    hours: float
    rss: int
    descriptors: int
    objects: int
    journal: int
    orders: int
    state: int
    state_objects: int

    @property
    def rest(self) -> int:
        """Bytes of the process that are not the state of its journal."""
        return self.rss - self.state

    @property
    def rest_objects(self) -> int:
        """Objects that are not in it."""
        return self.objects - self.state_objects


def resident(process: int | str = "self") -> int:
    """Give the bytes of a process that lie in memory."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def weigh(thing: object) -> tuple[int, int]:
    """Give the bytes of everything a thing holds, classes left out, and how many of these objects are collected."""
    known: set[int] = set()
    todo, total, collected = [thing], 0, 0
    while todo:
        one = todo.pop()
        if id(one) in known or isinstance(one, type) or callable(one):
            continue
        known.add(id(one))
        total += -(-sys.getsizeof(one) // 16) * 16  # as memory is handed out
        collected += gc.is_tracked(one)
        todo += gc.get_referents(one)
    return total, collected


def told_by_copy(asked: Callable[[], object]) -> list[int]:
    """Answer a question in a copy of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, orjson.dumps(asked()))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = orjson.loads(answer.read())
    os.waitpid(child, 0)
    return told


def slope(samples: list[Sample], figure: str, by: str = "hours") -> float:
    """Give how much a figure grows for each hour, or for each order, by least squares."""
    return statistics.linear_regression([getattr(s, by) for s in samples], [getattr(s, figure) for s in samples])[0]


def table(samples: list[Sample]) -> str:
    """Write the samples down."""
    lines = [
        f"{s.hours:4.1f} {s.rss / 1e6:8.1f} {s.state / 1e6:9.1f} {s.rest / 1e6:8.1f} {s.descriptors:4d} "
        f"{s.rest_objects:16,} {s.journal / 1e6:11.1f} {s.orders:7,}"
        for s in samples
    ]
    return "\n".join(
        ["hour   RSS MB  state MB  rest MB  fds  objects besides  journal MB  orders", *lines, grown(samples)]
    )


def grown(samples: list[Sample]) -> str:
    """Say how much the figures grow."""
    hourly = [f"{name} {slope(samples, name):,.0f}" for name in ("rss", "rest", "rest_objects", "descriptors")]
    each = [f"{name} {slope(samples, name, 'orders'):,.0f}" for name in ("rss", "state", "journal")]
    return f"an hour: {', '.join(hourly)}; an order: {', '.join(each)} bytes"
