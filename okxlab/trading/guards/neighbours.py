"""The other strategies of the account, as their journals tell: what they have at stake counts for its limits, too."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from okxlab.clock import Clock
from okxlab.errors import JournalError, OrderHeld
from okxlab.model import reckoned
from okxlab.trading.blotter import Blotter
from okxlab.trading.journal import OPENED
from okxlab.trading.records import decode

_QUIET_MS = 7_200_000
_SORTED_MS = 600_000
_FOLLOWED_MS = 10_000


class Beside(Protocol):
    """Whoever reads the other journals of an account, beside their writers."""

    def news(self, lively: Collection[str]) -> Iterator[tuple[str, list[bytes]]]:
        """Give what they hold that was not given before, by strategy; only the lively ones are surely looked at.

        What was given is given again if taking it in failed.

        Raises
        ------
        JournalError
            When one cannot be read, is damaged, or is another one by now.
        """

    def turn(self) -> AbstractContextManager[None]:
        """Keep every other strategy of the account from writing down an order for as long as the block takes.

        Raises
        ------
        OrderHeld
            When another one does not come to its end.
        JournalError
            When it cannot be told whose turn it is.
        """


@dataclass(slots=True)
class Neighbour:
    """Another strategy; ``written_ms`` is when its journal was last written to."""

    name: str
    blotter: Blotter = field(default_factory=Blotter)
    written_ms: int = 0

    def quiet(self, now_ms: int) -> bool:
        """Whether nothing of it is open and nothing was written for two hours."""
        return now_ms - self.written_ms > _QUIET_MS and not self.blotter.unsettled() and not self.blotter.changes


class Neighbours:
    """The other strategies of an account, each brought up to what its journal holds at every look.

    ``era`` counts how often some became quiet: what counts all of them once in each era, and the lively ones from then
    on, misses nothing.

    Parameters
    ----------
    follow
        Called with those that may have something open, at the first look and for `follow_up`.
    """

    def __init__(
        self, beside: Beside, clock: Clock, follow: Callable[[Sequence[Neighbour]], object] = lambda _: None
    ) -> None:
        self.turn = beside.turn
        self.era = 0
        self._beside = beside
        self._clock = clock
        self._follow = follow
        self._followed_ms: int | None = None
        self._known: dict[str, Neighbour] = {}
        self._lively: dict[str, Neighbour] = {}
        self._sorted_ms = -_SORTED_MS

    @property
    def all(self) -> list[Neighbour]:
        """All of them, the quiet ones too."""
        return list(self._known.values())

    @property
    def lively(self) -> list[Neighbour]:
        """Those that may have something open, or may soon."""
        return list(self._lively.values())

    def look(self) -> bool:
        """Take in what is new in their journals; tell whether anything was.

        Raises
        ------
        OrderHeld
            When a journal cannot be read: what is at stake is not known.
        """
        told = self._read()
        return (self._followed_ms is None and self.follow_up()) or told

    def follow_up(self) -> bool:
        """Have read what became of orders that nobody follows, at most every ten seconds; tell whether that was news.

        Raises
        ------
        OrderHeld
            When a journal cannot be read.
        """
        now = self._clock.now_ms()
        if self._followed_ms is not None and 0 <= now - self._followed_ms < _FOLLOWED_MS:
            return False
        self._followed_ms = now
        self._follow(self.lively)
        return self._read()

    def _read(self) -> bool:
        told = False
        try:
            for name, payloads in self._beside.news(self._lively):
                self._take(name, payloads)
                told = True
        except JournalError as error:
            raise OrderHeld(
                f"What the account has at stake cannot be counted: {error.what}",
                f"{error.fix} No new order leaves before; cancellations do.",
            ) from None
        self._sort()
        return told

    @reckoned
    def _take(self, name: str, payloads: Sequence[bytes]) -> None:
        records = [decode(payload) for payload in payloads if not payload.startswith(OPENED)]
        one = self._known.setdefault(name, Neighbour(name))
        for record in records:
            one.blotter.apply(record)
        one.written_ms = orjson.loads(payloads[-1])["at"]
        self._lively[name] = one

    def _sort(self) -> None:
        """Part with those that are quiet, every ten minutes."""
        now = self._clock.now_ms()
        if 0 <= now - self._sorted_ms < _SORTED_MS:
            return
        self._sorted_ms = now
        lively = {name: one for name, one in self._lively.items() if not one.quiet(now)}
        self.era += len(lively) < len(self._lively)
        self._lively = lively
