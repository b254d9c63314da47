"""Connections that say nothing: sent away, so that they keep no one out."""

import asyncio
import logging
import resource
from collections.abc import Iterable

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

MOST_FILES = 65_536
_PERIOD = 1.0  # seconds between two looks


class Doorkeeper:
    """Closes connections whose first request is not there in time; later ones end by their keep-alive.

    Parameters
    ----------
    patience
        Seconds a client may take for its first request's head.
    """

    def __init__(self, patience: float = 10.0) -> None:
        self._patience = patience
        self._since: dict[object, float] = {}
        self._served: set[object] = set()

    def serve(self, connection: object) -> None:
        """Note that a request came over a connection."""
        self._served.add(connection)

    def sweep(self, connections: Iterable[RequestHandler], now: float) -> None:
        """Close what has been silent for too long."""
        present = list(connections)
        self._served &= set(present)
        self._since = {each: self._since.get(each, now) for each in present if each not in self._served}
        for each in present:
            if now - self._since.get(each, now) > self._patience:
                each.force_close()

    async def run(self, server: object) -> None:
        """Look again and again."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PERIOD)
            self.sweep(getattr(server, "connections", ()), loop.time())


def make_room() -> None:
    """Let the process hold as many connections as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def hush() -> None:
    """Keep what is no HTTP out of the log: anybody could fill the disk with it."""
    logging.getLogger("aiohttp.server").addFilter(_worth_a_line)


def _worth_a_line(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
