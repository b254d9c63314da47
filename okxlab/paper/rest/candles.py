"""Candles of prices: the running one and what came before, page by page."""

from dataclasses import dataclass

from okxlab.paper.codes import Refusal
from okxlab.paper.prices.bars import Bar
from okxlab.paper.prices.seconds import second_bars
from okxlab.paper.prices.spans import SPANS, Span
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import instrument_of, limited, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import quotes

Rows = list[object]

NEWEST_BARS = 1440
_MOST_ROWS = 300
_USUAL_ROWS = 100
_LATEST = 2**62
_SECOND = "1s"
_IP = ("ip",)


@dataclass(frozen=True)
class Page:
    """What of the candles is asked for: those opening before ``after`` and later than ``before``."""

    bar: str
    after: int
    before: int
    limit: int

    @property
    def span(self) -> Span:
        """How long its bars are."""
        return SPANS[self.bar]


def page(call: Call, most: int) -> Page:
    """Read the parameters of a page of candles."""
    params = call.params
    bar = params.get("bar") or "1m"
    if bar not in SPANS or not (bar == _SECOND or SPANS[bar].made_of(call.venue.feed.bar)):
        raise Refusal("51000", "bar")
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    return Page(bar, after, before, limited(params, "limit", _USUAL_ROWS, most))


def latest(call: Call, asked: Page) -> Page:
    """Leave only the newest 1,440 bars of a page."""
    span = asked.span
    oldest = span.opening(call.venue.feed.candle) - (NEWEST_BARS - 1) * span.length
    return Page(asked.bar, asked.after, max(asked.before, oldest - 1), asked.limit)


def bars(call: Call, instrument: Instrument, asked: Page, *, confirmed: bool) -> list[Bar]:
    """Give the bars of a page, newest first; ``confirmed`` leaves out the running one."""
    venue, feed = call.venue, call.venue.feed
    before = min(asked.after, feed.now + asked.span.length)
    if before <= 0:
        return []
    if not asked.span.made_of(feed.bar):
        found = second_bars(feed, quotes.tape(venue, instrument), asked.limit + 1, before=before)
    else:
        found = quotes.bars(venue, instrument).newest(asked.bar, asked.limit + 1, before=before)
    kept = [bar for bar in found if bar.ts > asked.before and (bar.confirmed or not confirmed)]
    return kept[: asked.limit]


def candles(call: Call) -> Rows:
    """Give a page of the newest 1,440 bars, the running one with confirm 0 included."""
    instrument = instrument_of(call.venue, call.params)
    found = bars(call, instrument, latest(call, page(call, _MOST_ROWS)), confirmed=False)
    return [bar.row(instrument) for bar in found]


def history_candles(call: Call) -> Rows:
    """Give a page of completed bars, however old."""
    instrument = instrument_of(call.venue, call.params)
    return [bar.row(instrument) for bar in bars(call, instrument, page(call, _MOST_ROWS), confirmed=True)]


ROUTES = (
    Route("GET", "market/candles", candles, "public", Limit(40, by=_IP)),
    Route("GET", "market/history-candles", history_candles, "public", Limit(20, by=_IP)),
)
