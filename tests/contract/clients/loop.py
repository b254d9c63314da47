"""An event loop in a thread of its own: what an asynchronous client needs while a test waits."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class Loop:
    """Runs coroutines from a thread that has no loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any], seconds: float = 30) -> Any:
        """Run to the end and give what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Heard:
    """A subscription whose news a coroutine brings: ``hear`` waits for one piece of it, again and again."""

    def __init__(
        self,
        loop: Loop,
        hear: Callable[[], Coroutine[Any, Any, Any]],
        leave: Callable[[], Coroutine[Any, Any, Any]] | None = None,
    ) -> None:
        self._loop, self._hear, self._leave = loop, hear, leave
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._task: asyncio.Task[None] | None = None
        loop.run(self._start())

    def next(self, seconds: float = 15) -> Any:
        """Wait for what comes next and give it; TimeoutError when nothing does."""
        try:
            news = self._news.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"nothing came in {seconds} s") from None
        if isinstance(news, Exception):
            raise news
        return news

    def close(self) -> None:
        """Unsubscribe."""
        self._loop.run(self._stop())

    async def _start(self) -> None:
        self._task = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                for news in await self._hear():
                    self._news.put(news)
            except Exception as error:  # noqa: BLE001 - the test that listens gets it
                self._news.put(error)
                await asyncio.sleep(0.1)  # a client that is broken off fails at once, again and again, until it is back

    async def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._leave is not None:
            await self._leave()
