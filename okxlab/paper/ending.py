"""The end of the exchange: told once, and acted on before anybody can ask another thing."""

import asyncio
import logging
from collections.abc import Callable


class Ending:
    """Set by a signal or by the end of the last lease; what must go first goes in the same turn of the loop.

    So nobody is let in by an exchange that is about to go: whoever comes later finds nobody, and starts another.
    """

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self._firsts: list[Callable[[], object]] = []

    @property
    def told(self) -> bool:
        """Whether the exchange is ending."""
        return self._told.is_set()

    def first(self, act: Callable[[], object]) -> None:
        """Act when the end is told, the newest act before the older ones; at once if it has been told."""
        if self.told:
            act()
        else:
            self._firsts.append(act)

    def tell(self) -> None:
        """End the exchange; only the first call acts."""
        self._told.set()
        while self._firsts:
            self._firsts.pop()()

    def heed(self, task: "asyncio.Future[None]") -> None:
        """End when a part of the exchange has failed, and log why: half an exchange would be worse than none."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logging.getLogger(__name__).error("A part of the exchange has failed.", exc_info=error)
            self.tell()

    async def wait(self) -> None:
        """Wait until the end is told."""
        await self._told.wait()
