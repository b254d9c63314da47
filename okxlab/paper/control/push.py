"""The control route by which prices are handed in."""

from collections.abc import Mapping

import orjson
from aiohttp import web

from okxlab.errors import PaperError
from okxlab.paper.prices.live import Live, take
from okxlab.paper.venue import Venue

_FIX = 'Send {"candles": {instId: [ts, open, high, low, close, volume]}}, all texts.'


class Push:
    """Takes candles of one moment for every instrument that is followed, and moves the market over them.

    Parameters
    ----------
    venue
        Its feed's sources are `Live`, and it stands at their end.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._sources = {name: source for name, source in venue.feed.sources.items() if isinstance(source, Live)}

    async def handle(self, request: web.Request) -> web.Response:
        """Take one push."""
        try:
            take(self._sources, _candles(await request.read()))
        except PaperError as error:
            return _answer({"error": str(error)}, 400)
        moved = self._venue.step(self._venue.feed.left or 0)
        self._venue.settle()
        return _answer({"moved": moved.points, "fills": moved.fills, "now": self._venue.feed.now})


def _candles(body: bytes) -> Mapping[str, list[str]]:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise PaperError("The body is not JSON.", _FIX) from None
    candles = fields.get("candles") if isinstance(fields, dict) else None
    if not isinstance(candles, dict) or not candles:
        raise PaperError("The body holds no candles.", _FIX)
    return candles


def _answer(body: Mapping[str, object], status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
