"""Pages of candles: each asked for by its own span, so that none needs another, and a short one asked for again."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

from okxlab.errors import ExchangeError, InputError, Refused, SymbolError, Unreachable, Unreadable
from okxlab.exchange import Session, read
from okxlab.market.bars import CandleKind
from okxlab.market.timeframe import Span, Timeframe

_NEWEST = 1_440  # bars that the endpoint of recent ones goes back
_BORDER = 120  # of them left to the other: meanwhile the border moves
_SETTLING = 60_000  # ms in which not every server of an exchange has the newest bar
_PATIENCE = 6
_FIRST_PAUSE = 0.2
_UNKNOWN = "51001"
_PASSING = frozenset({"50001", "50004", "50005", "50011", "50013", "50026"})  # nothing is wrong with what was asked


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where bars of a kind are read: the recent ones, the older ones, and how many a page holds."""

    recent: str
    history: str
    size: int


ENDPOINTS = MappingProxyType(
    {
        "candles": Endpoints("publicGetMarketCandles", "publicGetMarketHistoryCandles", 300),
        "mark": Endpoints("publicGetMarketMarkPriceCandles", "publicGetMarketHistoryMarkPriceCandles", 100),
        "index": Endpoints("publicGetMarketIndexCandles", "publicGetMarketHistoryIndexCandles", 100),
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """What came of a page: the finished rows of its span, and how many requests it took.

    The span ends before the newest bars when they did not come: another server has them, and they are not absent.
    ``first`` says that the exchange has nothing older either.
    """

    span: Span
    rows: list[list[str]]
    requests: int
    first: bool = False


@dataclass(frozen=True)
class Tape:
    """The bars of one instrument as one exchange has them.

    ``stop`` ends the pauses between tries, and the tries.
    """

    session: Session
    kind: CandleKind
    name: str
    timeframe: Timeframe
    stop: threading.Event

    def __post_init__(self) -> None:
        if self.kind not in ENDPOINTS:
            raise InputError(f"There is no kind of candles {self.kind!r}.", f"Use one of {', '.join(ENDPOINTS)}.")

    def edge(self) -> int | None:
        """Give where the newest finished bar ends; None when there is no bar at all.

        Raises
        ------
        SymbolError
            When the exchange knows no such instrument.
        """
        rows = self._newest()
        if not rows:
            return None
        opening = self._opening(rows[0])
        return self.timeframe.anchored(opening).after(opening) if rows[0][-1] == "1" else opening

    def pages(self, spans: list[Span], edge: int) -> Iterator[tuple[str, Span]]:
        """Give the pages of some spans with the endpoint each is asked of, the newest first.

        Both endpoints have limits of their own: pages of the recent one stand between those of the other.
        """
        ends = ENDPOINTS[self.kind]
        border = self.timeframe.after(edge, _BORDER - _NEWEST)
        older = [(start, min(end, border)) for start, end in spans if start < border]
        newer = [(max(start, border), end) for start, end in spans if end > border]
        history = ((ends.history, span) for part in reversed(older) for span in self.timeframe.pages(part, ends.size))
        recent = ((ends.recent, span) for part in reversed(newer) for span in self.timeframe.pages(part, ends.size))
        while group := [*islice(history, 3), *islice(recent, 1)]:
            yield from group

    def page(self, method: str, span: Span, edge: int) -> Page:
        """Read a page; bars it lacks are looked for once more at both endpoints, and it says whether older ones exist.

        Raises
        ------
        ExchangeError
            When there was no usable answer, however often it was asked.
        """
        rows = self._within(method, span)
        if len({row[0] for row in rows}) == self.timeframe.count(span):
            return Page(span, rows, 1)
        ends, asked = ENDPOINTS[self.kind], 1
        for other in (ends.history, ends.recent):
            again, requests = self._all_within(other, span)
            rows, asked = rows + again, asked + requests
        if rows:
            return Page(self._told(span, rows, edge), rows, asked)
        older = any(self._ask(method, after=str(span[0]), limit="1") for method in (ends.history, ends.recent))
        return Page(self._told(span, rows, edge), rows, asked + 2, first=not older)

    def before(self, method: str, ms: int | None) -> list[list[str]]:
        """Give the newest page of bars that open before a moment, the newest first."""
        older = {} if ms is None else {"after": str(ms)}
        return self._ask(method, limit=str(ENDPOINTS[self.kind].size), **older)

    def _newest(self) -> list[list[str]]:
        """Ask for the newest bar; where one endpoint has none or knows no such instrument, at the other."""
        ends, known = ENDPOINTS[self.kind], False
        for method in (ends.recent, ends.history):
            try:
                if rows := self._ask(method, limit="1"):
                    return rows
                known = True
            except Refused as error:
                if error.code != _UNKNOWN:
                    raise
        if known:
            return []
        raise SymbolError(
            f"{self.session.profile.rest} has no {self.kind} of {self.name!r}.",
            "ox.instruments(session) shows what can be traded; an index has no more than a pair in its name.",
        )

    def _within(self, method: str, span: Span) -> list[list[str]]:
        start, end = span
        asked = {"after": str(end), "before": str(start - 1), "limit": str(ENDPOINTS[self.kind].size)}
        return [row for row in self._ask(method, **asked) if start <= self._opening(row) < end and row[-1] == "1"]

    def _all_within(self, method: str, span: Span) -> tuple[list[list[str]], int]:
        """Ask until a span's beginning or nothing comes: an answer may hold fewer bars than were asked for."""
        (start, end), rows, requests = span, list[list[str]](), 0
        while start < end:
            found, requests = self._within(method, (start, end)), requests + 1
            rows += found
            end = min((int(row[0]) for row in found), default=start)
        return rows, requests

    def _told(self, span: Span, rows: list[list[str]], edge: int) -> Span:
        """Give the part of a span whose bars are there or absent."""
        start, end = span
        last = max((self.timeframe.after(int(row[0])) for row in rows), default=start)
        return start, min(end, max(last, self.timeframe.opening(self.timeframe.number(edge - _SETTLING))))

    def _opening(self, row: list[str]) -> int:
        try:
            return int(row[0])
        except (IndexError, KeyError, TypeError, ValueError):
            raise Unreadable(
                f"{self.session.profile.rest} sent {row!r}, which is no bar of {self.name}.",
                "Try again; if it stays, look at the raw rows.",
            ) from None

    def _ask(self, method: str, **params: str) -> list[Any]:
        """Read, again after a pause when nobody answered or the answer was spoiled."""
        asked = {"instId": self.name, "bar": self.timeframe.okx, **params}
        pause = _FIRST_PAUSE
        for _ in range(_PATIENCE - 1):
            try:
                return read(self.session, method, asked)
            except ExchangeError as error:
                if not _passing(error) or self.stop.wait(pause):
                    raise
            pause *= 2
        return read(self.session, method, asked)


def _passing(error: ExchangeError) -> bool:
    return isinstance(error, Unreachable | Unreadable) or (isinstance(error, Refused) and error.code in _PASSING)
