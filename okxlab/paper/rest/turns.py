"""Turns that requests share: those that come in one beat of the event loop are saved in one transaction."""

import asyncio
from collections.abc import Callable

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
        self._waiting: list[Callable[[bool], None]] = []

    def then(self, told: Callable[[bool], None]) -> None:
        """Tell when the turn under way is over, and whether it was saved."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._settle)
        self._waiting.append(told)

    async def end(self) -> None:
        """Come back when the turn under way is over."""
        mine = asyncio.get_running_loop().create_future()  # one each: who goes away takes nobody along

        def over(saved: bool) -> None:  # noqa: FBT001 - the one thing there is to tell
            if not mine.done():
                mine.set_result(None) if saved else mine.cancel()  # cancelled: hung up on, never answered

        self.then(over)
        await mine

    def _settle(self) -> None:
        waiting, self._waiting, saved = self._waiting, [], False
        try:
            self._venue.settle()
            saved = True
        finally:
            for told in waiting:
                told(saved)
