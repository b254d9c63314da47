"""Pages on their way into the store: gathered, so that a month's file is not written again for each."""

from dataclasses import dataclass, field

import pandas as pd

from okxlab.clock import Clock
from okxlab.market.bars import CandleKind, candle_frame
from okxlab.market.pages import Page
from okxlab.market.timeframe import Span
from okxlab.store import Series, Store

_MOST_PAGES = 40
_MOST_SECONDS = 15.0


@dataclass
class Filling:
    """What has come of one series and is not in the store yet.

    It is written when there are 40 pages, or after 15 seconds: no more is lost, and pulled again, when the process is
    killed.
    """

    store: Store
    series: Series
    kind: CandleKind
    clock: Clock
    bars: int = 0
    _pages: dict[Span, pd.DataFrame] = field(default_factory=dict)
    _since: float = 0.0

    def add(self, page: Page) -> None:
        """Take a page, and write when there are enough."""
        if not self._pages:
            self._since = self.clock.monotonic()
        frame = candle_frame(page.rows, self.kind)
        self.bars += len(frame)
        self._pages[page.span] = frame
        if len(self._pages) >= _MOST_PAGES:
            self.flush()

    def tend(self) -> None:
        """Write what has waited long enough."""
        if self._pages and self.clock.monotonic() - self._since >= _MOST_SECONDS:
            self.flush()

    def nothing(self, span: Span) -> None:
        """Take that the exchange has nothing in a span."""
        self._pages[span] = candle_frame([], self.kind)

    def flush(self) -> None:
        """Write what has come, one write for pages that follow one another."""
        pages, self._pages = sorted(self._pages.items()), {}
        while pages:
            end, count = pages[0][0][1], 1
            while count < len(pages) and pages[count][0][0] <= end:
                end, count = max(end, pages[count][0][1]), count + 1
            frame = stacked([frame for _, frame in pages[:count]])
            span = moment(pages[0][0][0]), moment(end)
            self.store.write(self.series, frame, span=span, source=self.series.exchange)
            del pages[:count]


def stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Lay frames over one another in order of time; of two rows of one moment the later frame's stays."""
    whole = pd.concat(frames)
    whole = whole.loc[~whole.index.duplicated(keep="last")]
    return whole if whole.index.is_monotonic_increasing else whole.sort_index()


def moment(ms: int) -> pd.Timestamp:
    """Give a UTC time."""
    return pd.Timestamp(ms, unit="ms", tz="UTC")
