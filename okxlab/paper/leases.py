"""Held-open connections that keep the exchange alive."""

import asyncio

from aiohttp import web


class Leases:
    """Counts the clients that hold a lease; the connection itself is the lease.

    Parameters
    ----------
    ended
        Set when the last lease closes, if ``leased``.
    leased
        Whether the exchange lives by its leases.
    """

    def __init__(self, ended: asyncio.Event, *, leased: bool) -> None:
        self._ended = ended
        self._leased = leased
        self.count = 0

    async def hold(self, request: web.Request) -> web.StreamResponse:
        """Answer "leased" and hold on until the client is gone, in whatever way, or the exchange ends."""
        response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
        await response.prepare(request)
        self.count += 1
        try:
            await response.write(b"leased\n")
            await self._ended.wait()
        finally:
            self._close()
        return response

    async def expect(self, seconds: float) -> None:
        """End the exchange when nobody has taken a lease in time."""
        await asyncio.sleep(seconds)
        if self._leased and not self.count:
            self._ended.set()

    def _close(self) -> None:
        self.count -= 1
        if self._leased and not self.count:
            self._ended.set()
