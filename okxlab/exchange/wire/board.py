"""The live streams of a session together: one thread, one loop, at most three connections."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast

import ccxt.pro

from okxlab.clock import Clock
from okxlab.exchange.client import check_genuine, settings
from okxlab.exchange.session import Session
from okxlab.exchange.wire.backoff import Backoff
from okxlab.exchange.wire.guard import Guard
from okxlab.exchange.wire.line import Line, Tap
from okxlab.exchange.wire.topic import Listener, Topic

_PING_MS = 5_000


class Board:
    """Connections of one session, shared by its streams; nothing of it is left after `close`.

    Parameters
    ----------
    session
        Whose streams these are; its transport signs logins.
    clock
        Judges silence.
    tap
        Gets every push that tells something true, as it came.
    seed
        Of the waits between attempts; None takes the machine's chance.
    """

    def __init__(self, session: Session, clock: Clock, *, tap: Tap | None = None, seed: int | None = None) -> None:
        self.news = threading.Condition()
        self.clock = clock
        self._session = session
        self._door = session.streams.door
        self._tap = tap
        self._seed = seed
        self._lines: dict[str, tuple[Line, asyncio.Task[None]]] = {}
        self._topics: dict[tuple[str, ...], Topic] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(1, "okxlab-streams-rest"))
        self._thread = threading.Thread(target=self._run, name="okxlab-streams", daemon=True)
        self.ended_ms = 0
        self._ending = False
        self._thread.start()
        try:
            self._call(self._open())
        except BaseException:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether its thread has ended, or is about to; in a forked process there never was one."""
        return self._ending or not self._thread.is_alive()

    def join(self, topics: list[Topic], listener: Listener) -> list[Topic]:
        """Let somebody listen, and give the topics he listens to: for what is subscribed already, that one."""
        return cast("list[Topic]", self._call(self._join(topics, listener)))

    def leave(self, listener: Listener) -> None:
        """Let somebody listen no more; the last one ends everything."""
        with self._door:
            if not self.closed:
                self._call(self._leave(listener))
                if self._ending:
                    self._join_thread()

    def forget(self) -> None:
        """Subscribe no more what nobody holds any more; asks for no lock, as it may be called at any moment."""
        with suppress(RuntimeError):  # it has just ended
            self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._drop_unheard()))

    def close(self) -> None:
        """Close every connection and end the thread; interrupted, it goes on by itself."""
        if threading.current_thread() is self._thread:
            return
        with self._door:
            if not self.closed:
                asyncio.run_coroutine_threadsafe(self._end(), self._loop)
            self._join_thread()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()
            with self.news:
                self.ended_ms = self.clock.now_ms()
                self.news.notify_all()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        asked = asyncio.run_coroutine_threadsafe(work, self._loop)
        asked.add_done_callback(lambda _: self._tell())
        with self.news:  # let go of while it waits: a signal may close in the middle of a frame
            self.news.wait_for(asked.done)
        return asked.result()

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()

    def _join_thread(self) -> None:
        with self.news:  # as above
            self.news.wait_for(lambda: self.ended_ms or not self._thread.is_alive())
        self._thread.join()

    async def _open(self) -> None:
        profile = self._session.profile
        self._guard = Guard(profile, self._session.transport.login, self._hear)
        self._exchange = ccxt.pro.okx(
            settings(profile)
            | {
                "session": self._guard,
                "asyncio_loop": self._loop,
                "timeout_on_exit": 0,
                "streaming": {"keepAlive": _PING_MS},
            }
        )
        check_genuine(self._exchange)

    async def _join(self, topics: list[Topic], listener: Listener) -> list[Topic]:
        joined = []
        with self.news:
            for topic in topics:
                name = (type(topic).__name__, *topic.arg.values(), str(topic.keep), str(topic.patience))
                known = self._topics.setdefault(name, topic)
                known.listeners.add(listener)
                joined.append(known)
                if known is topic:
                    self._line(topic.place).add(topic)
        return joined

    async def _leave(self, listener: Listener) -> None:
        with self.news:
            for topic in self._topics.values():
                topic.listeners.discard(listener)
        await self._drop_unheard()
        if not self._topics:  # here, for whoever waits for it may be interrupted
            self._farewell = self._loop.create_task(self._end())
            await asyncio.sleep(0)  # it has begun

    async def _drop_unheard(self) -> None:
        """Drop topics without listeners, and hang up where none is left."""
        with self.news:
            for name, topic in list(self._topics.items()):
                if not list(topic.listeners):  # its length may still count one that has just gone
                    del self._topics[name]
                    self._line(topic.place).drop(topic)
            idle = {url: task for url, (line, task) in self._lines.items() if not line.topics}
            for url, task in idle.items():
                del self._lines[url]
                task.cancel()
        await asyncio.gather(*idle.values(), return_exceptions=True)

    def _line(self, place: str) -> Line:
        url = f"{self._session.profile.ws}/{place}"
        if url not in self._lines:
            line = Line(
                self._exchange,
                self._session,
                url,
                lock=self.news,
                clock=self.clock,
                backoff=Backoff(self._seed),
                tap=self._tap,
            )
            task = self._loop.create_task(line.run())
            task.add_done_callback(line.ended)
            self._lines[url] = line, task
        return self._lines[url][0]

    def _hear(self, url: str, text: str) -> bool:
        if url not in self._lines:  # it is being hung up
            return True
        return self._lines[url][0].hear(text)

    async def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        try:
            await self._hang_up()
        finally:
            self._topics.clear()
            self._loop.stop()

    async def _hang_up(self) -> None:
        for _, task in self._lines.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in self._lines.values()), return_exceptions=True)
        await self._exchange.close()
        await self._guard.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_default_executor()
