"""What the store lacks of one series, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from okxlab.clock import Clock
from okxlab.errors import OkxlabError, SymbolError
from okxlab.exchange import Session
from okxlab.market.filling import Filling, moment
from okxlab.market.pages import Page, Tape
from okxlab.market.pull import Pull
from okxlab.market.timeframe import Span
from okxlab.store import Series, Store

# demo trading has prices of its own, and so has a paper exchange
_EXCHANGES = {"live": "okx", "demo": "okxdemo", "paper": "paper"}


def series_of(session: Session, kind: str, symbol: str, timeframe: str) -> Series:
    """Give the name that a session's bars have in a store."""
    return Series(_EXCHANGES[session.profile.name], kind, symbol, timeframe)


@dataclass
class Backlog:
    """One series to be filled over a span: ``start`` and ``end`` in ms, without ``end`` up to the newest finished bar.

    `survey` finds out what is ``missing``; then ``pull`` is to be pulled, every page taken, and `finish` called. An
    ``error`` ends this series alone.
    """

    tape: Tape
    series: Series
    store: Store
    clock: Clock
    start: int
    end: int | None
    asked: Span = (0, 0)
    missing: list[Span] = field(default_factory=list)
    pull: Pull | None = None
    error: OkxlabError | None = None
    requests: int = 1
    _absent: int = 0
    _began: float = 0.0
    _ended: float = 0.0
    _filling: Filling = field(init=False)

    def __post_init__(self) -> None:
        bars = self.tape.timeframe
        self.start, self.end = bars.up(self.start), None if self.end is None else bars.up(self.end)
        self._filling = Filling(self.store, self.series, self.tape.kind, self.clock)

    @property
    def lacking(self) -> int:
        """Count the bars that were missing."""
        return self._count(self.missing)

    def survey(self) -> None:
        """Find the newest bar and what is missing up to it."""
        self._began = self._ended = self.clock.monotonic()
        self._trying(self._survey)

    def take(self, page: Page) -> None:
        """Take a page that has arrived."""
        self.requests += page.requests
        self._ended = self.clock.monotonic()
        self._trying(lambda: self._filling.add(page))

    def tend(self) -> None:
        """Write what has waited long enough, whoever's turn it is."""
        self._trying(self._filling.tend)

    def finish(self) -> None:
        """Write what has not been written; what lies before the first bar is absent."""
        if self.pull is not None:
            self.error = self.error or self.pull.error
            for span in () if self.error else self.pull.before_first():
                self._filling.nothing(span)
        self._trying(self._filling.flush)

    def row(self) -> dict[str, object]:
        """Give what it came to."""
        asked, pulled, seconds = self._count([self.asked]), self._filling.bars, self._ended - self._began
        return {
            "asked": asked,
            "pulled": pulled,
            "present": asked - self.lacking - self._absent,
            "absent": self._absent_now(),
            "pages": self.requests,
            "seconds": seconds,
            "bars_per_second": pulled / seconds if seconds else 0.0,
            "error": str(self.error or ""),
        }

    def _survey(self) -> None:
        edge = self._edge()
        self.asked = self.start, self._until(edge)
        self.missing, self._absent = self._between(*self.asked), self._absent_now()
        if edge is not None:
            self.pull = Pull(self.tape, self.missing, edge)
            return
        for span in self.missing:
            if span[1] == self.asked[1] and (last := self._last()) is not None:
                self._filling.nothing((max(span[0], last), span[1]))

    def _edge(self) -> int | None:
        """Give where the newest finished bar ends; None of what is traded no more, whose last bars are in the store."""
        try:
            return self.tape.edge() or self.start
        except SymbolError:
            if self._last() is None:
                raise
            return None

    def _last(self) -> int | None:
        """Give where the last bar in the store ends."""
        files = self.store.files(self.series)
        return self.tape.timeframe.after(_ms(files[-1].last)) if files else None

    def _until(self, edge: int | None) -> int:
        bars = self.tape.timeframe
        ends = [bars.opening(bars.number(self.clock.now_ms())), self.end, edge]
        return max(self.start, min(end for end in ends if end is not None))

    def _between(self, start: int, end: int) -> list[Span]:
        return [(_ms(a), _ms(b)) for a, b in self.store.missing(self.series, moment(start), moment(end))]

    def _absent_now(self) -> int:
        """Count the bars of the span that are known not to exist."""
        holes, (start, end) = self.store.absent(self.series), self.asked
        cut = [(max(_ms(a), start), min(_ms(b), end)) for a, b in zip(holes["start"], holes["end"], strict=True)]
        return self._count([span for span in cut if span[0] < span[1]])

    def _count(self, spans: list[Span]) -> int:
        return sum(self.tape.timeframe.count(span) for span in spans)

    def _trying(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OkxlabError as error:
            self.error = self.error or error
            if self.pull is not None:
                self.pull.error = self.error


def _ms(time: pd.Timestamp) -> int:
    return round(time.timestamp() * 1000)
