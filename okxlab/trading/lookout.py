"""The lookout: reads into the journal what became of a grid's orders since it was last looked."""

from okxlab.clock import Clock
from okxlab.model import Fill
from okxlab.trading.enquiry import fills_from, fills_since
from okxlab.trading.evidence import MARGIN_MS, take_fills
from okxlab.trading.execution import Executor
from okxlab.trading.record import looked, looked_ms
from okxlab.trading.venue import Venue

DAY_MS = 86_400_000
_FILLS_KEPT_MS = 2 * DAY_MS  # OKX lists fills of three days; one is margin
_AUDIT_SECONDS = 30.0  # an order that somebody cancelled tells nobody: it is missed among the open ones


class Lookout:
    """Reads what happened since the last look, as the journal knows it, and not what it knows already."""

    def __init__(self, venue: Venue, executor: Executor, symbol: str, clock: Clock) -> None:
        self._venue, self._executor, self._symbol, self._clock = venue, executor, symbol, clock
        self._blotter = executor.blotter
        self._looked_ms = 0
        self._cursor = ""
        self._audited: float | None = None

    def look(self, *, audit: bool = False) -> list[Fill]:
        """Read executions, and from time to time what rests; give the executions of ours that are news.

        Raises
        ------
        ExchangeError
            When a read failed; the next look reads it again.
        """
        now = self._venue.now_ms()
        news = self._fills(now)
        if audit or self._audited is None or self._clock.monotonic() - self._audited > _AUDIT_SECONDS:
            self._executor.reconcile()
            self._audited = self._clock.monotonic()
        self._executor.settle(patience_ms=0)
        self._looked_ms = now
        if now - looked_ms(self._blotter) > DAY_MS:
            self.remember()
        return news

    def remember(self) -> None:
        """Write down when the exchange was last looked at."""
        if self._looked_ms > looked_ms(self._blotter):
            self._executor.journal.note([looked(self._looked_ms)])

    def _fills(self, now: int) -> list[Fill]:
        last = max(self._looked_ms, looked_ms(self._blotter))
        if now - last > _FILLS_KEPT_MS:
            rows = fills_from(self._venue, self._symbol, last - MARGIN_MS)
        elif self._cursor:
            rows = fills_since(self._venue, self._symbol, self._cursor)
        else:
            rows = fills_since(self._venue, self._symbol, begin_ms=last - MARGIN_MS)
        news = take_fills(self._executor.journal, [fill for fill in rows if fill.client_id in self._blotter.orders])
        self._cursor = rows[-1].bill_id if rows else self._cursor
        return news
