"""The other strategies of the account, as their journals tell: what they have at stake counts for its limits, too."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from okxlab.clock import Clock
from okxlab.errors import JournalError, OrderDenied
from okxlab.trading.blotter import Blotter
from okxlab.trading.journal import OPENED
from okxlab.trading.records import decode

_QUIET_MS = 86_400_000


class Beside(Protocol):
    """Whoever reads the other journals of an account, beside their writers."""

    def news(self, quiet: Collection[str]) -> Iterator[tuple[str, list[bytes]]]:
        """Give what they hold that was not given before, by strategy; the quiet ones may take longer to be looked at.

        Raises
        ------
        JournalError
            When one cannot be read, is damaged, or is another one by now.
        """

    def turn(self) -> AbstractContextManager[None]:
        """Keep every other strategy of the account from writing down an order for as long as the block takes.

        Raises
        ------
        OrderDenied
            When another one does not come to its end.
        """


@dataclass(slots=True)
class Neighbour:
    """Another strategy; ``written_ms`` is when its journal was last written to."""

    name: str
    blotter: Blotter = field(default_factory=Blotter)
    written_ms: int = 0

    def quiet(self, now_ms: int) -> bool:
        """Whether nothing of it is open and nothing was written for a day."""
        return now_ms - self.written_ms > _QUIET_MS and not self.blotter.unsettled() and not self.blotter.changes


class Neighbours:
    """The other strategies of an account, each brought up to what its journal holds at every look.

    Parameters
    ----------
    met
        Called for each that may have something open, once, at the first look.
    """

    def __init__(self, beside: Beside, clock: Clock, met: Callable[[Neighbour], object] = lambda _: None) -> None:
        self.turn = beside.turn
        self._beside = beside
        self._clock = clock
        self._met: Callable[[Neighbour], object] | None = met
        self._known: dict[str, Neighbour] = {}
        self._quiet: set[str] = set()

    @property
    def all(self) -> list[Neighbour]:
        """All of them, the quiet ones too."""
        return list(self._known.values())

    @property
    def lively(self) -> list[Neighbour]:
        """Those that may have something open, or may soon."""
        return [one for name, one in self._known.items() if name not in self._quiet]

    def look(self) -> bool:
        """Take in what is new in their journals; tell whether anything was.

        Raises
        ------
        OrderDenied
            When a journal cannot be read: what is at stake is not known.
        """
        told = self._read()
        if self._met is not None:
            met, self._met = self._met, None
            for one in self.lively:
                met(one)
            told = self._read() or told
        return told

    def _read(self) -> bool:
        told = set()
        try:
            for name, payloads in self._beside.news(self._quiet):
                self._take(name, payloads)
                told.add(name)
        except JournalError as error:
            raise OrderDenied(
                f"What the account has at stake cannot be counted: {error.what}",
                f"{error.fix} No new order leaves before; cancellations do.",
            ) from None
        if told:
            now = self._clock.now_ms()
            self._quiet = (self._quiet - told) | {name for name in told if self._known[name].quiet(now)}
        return bool(told)

    def _take(self, name: str, payloads: Iterable[bytes]) -> None:
        one = self._known.setdefault(name, Neighbour(name))
        last = b""
        for last in payloads:
            if not last.startswith(OPENED):
                one.blotter.apply(decode(last))
        if last:
            one.written_ms = orjson.loads(last)["at"]
