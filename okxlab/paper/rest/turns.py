"""Turns that requests share: those that come in one beat of the event loop are saved in one transaction."""

import asyncio

from okxlab.paper.venue import Venue


class Turns:
    """Ends the venue's turns for requests that may share one; each is answered once it is saved.

    A commit costs as much as an order; eight orders that come at once pay for one.

    Parameters
    ----------
    venue
        Whose turns they are.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._waiting: list[asyncio.Future[None]] = []

    async def end(self) -> None:
        """Come back when the turn under way is over."""
        loop = asyncio.get_running_loop()
        mine = loop.create_future()  # one each: who goes away takes nobody along
        if not self._waiting:
            loop.call_soon(self._settle)
        self._waiting.append(mine)
        await mine

    def _settle(self) -> None:
        waiting, self._waiting, saved = self._waiting, [], False
        try:
            self._venue.settle()
            saved = True
        finally:
            for one in waiting:
                if not one.done():
                    one.set_result(None) if saved else one.cancel()  # cancelled: hung up on, never answered
