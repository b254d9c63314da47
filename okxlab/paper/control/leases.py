"""Held-open connections that keep the exchange alive."""

import asyncio

from aiohttp import web

from okxlab.paper.ending import Ending


class Leases:
    """Counts the clients that hold a lease; the connection itself is the lease.

    Parameters
    ----------
    ending
        Told when the last lease closes, if ``leased``.
    leased
        Whether the exchange lives by its leases.
    """

    def __init__(self, ending: Ending, *, leased: bool) -> None:
        self._ending = ending
        self._leased = leased
        self.count = 0

    async def hold(self, request: web.Request) -> web.StreamResponse:
        """Answer "leased" and hold on until the client is gone, in whatever way, or the exchange ends.

        An exchange that is ending grants nothing: it says 503 and closes the connection.
        """
        if self._ending.told:
            return _ending()
        response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
        self.count += 1
        try:
            await response.prepare(request)
            await response.write(b"leased\n")
            await self._ending.wait()
        finally:
            self._close()
        return response

    async def expect(self, seconds: float) -> None:
        """End the exchange when nobody has taken a lease in time."""
        await asyncio.sleep(seconds)
        if self._leased and not self.count:
            self._ending.tell()

    def _close(self) -> None:
        self.count -= 1
        if self._leased and not self.count:
            self._ending.tell()


def _ending() -> web.Response:
    response = web.json_response({"error": "The exchange is ending."}, status=503)
    response.force_close()
    return response
