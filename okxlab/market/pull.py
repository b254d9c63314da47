"""Many pages at once: one set of workers for all instruments, which take turns."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TypeVar

from okxlab.errors import OkxlabError
from okxlab.market.pages import Page, Tape
from okxlab.market.timeframe import Span

# in the air at once: at 20 pages a second enough for an answer that takes 0.4 s
_WORKERS = 8
_Asked = TypeVar("_Asked")


@dataclass
class Pull:
    """What is pulled of one instrument: some spans of a tape, up to the newest finished bar at ``edge``.

    ``first`` is where its bars begin, once that was seen; ``error`` ends it.
    """

    tape: Tape
    spans: list[Span]
    edge: int
    first: int | None = None
    error: OkxlabError | None = None
    _pages: Iterator[tuple[str, Span]] = field(init=False)

    def __post_init__(self) -> None:
        self._pages = self.tape.pages(self.spans, self.edge)

    def next(self) -> tuple[str, Span] | None:
        """Give the next page to ask for; None when there is no more to pull."""
        for method, span in self._pages:
            if self.error is not None:
                return None
            if self.first is None or span[1] > self.first:
                return method, span
        return None

    def before_first(self) -> list[Span]:
        """Give the parts of the spans that lie before the first bar."""
        if self.first is None:
            return []
        return [(start, min(end, self.first)) for start, end in self.spans if start < self.first]


def pulled(pulls: Iterable[Pull], stop: threading.Event) -> Iterator[tuple[Pull, Page]]:
    """Pull, and give each page as it arrives; a pull that fails has its ``error`` and leaves the others alone.

    Ending early sets ``stop`` and waits for the requests in the air.
    """
    ring, turn, arrived = deque(pulls), threading.Lock(), SimpleQueue[tuple[Pull, Page] | None]()

    def following() -> tuple[Pull, str, Span] | None:
        with turn:
            while ring:
                pull = ring.popleft()
                if (asked := pull.next()) is not None:
                    ring.append(pull)
                    return pull, *asked
        return None

    def work() -> None:
        try:
            while not stop.is_set() and (asked := following()) is not None:
                pull, method, span = asked
                try:
                    arrived.put((pull, pull.tape.page(method, span, pull.edge)))
                except OkxlabError as error:
                    pull.error = pull.error or error
        finally:
            arrived.put(None)

    with ThreadPoolExecutor(_WORKERS, "okxlab-pull") as pool:
        workers = [pool.submit(work) for _ in range(_WORKERS)]
        try:
            for _ in workers:
                yield from _seen(iter(arrived.get, None))
            for worker in workers:
                worker.result()
        finally:
            stop.set()


def at_once(ask: Callable[[_Asked], object], asked: Iterable[_Asked], stop: threading.Event) -> None:
    """Ask several things at once and wait for all; ending early sets ``stop``."""
    with ThreadPoolExecutor(_WORKERS, "okxlab-ask") as pool:
        try:
            for _ in pool.map(ask, asked):
                pass
        except BaseException:
            stop.set()
            raise


def _seen(arrived: Iterable[tuple[Pull, Page] | None]) -> Iterator[tuple[Pull, Page]]:
    for found in arrived:
        if found is None:
            return
        pull, page = found
        if page.first:
            pull.first = max(pull.first or 0, page.span[1])
        yield pull, page
