"""Keeping a strategy's journal up to date in the background: what happens is told, and what was not told is read."""

import threading
from collections.abc import Callable
from typing import Any

from okxlab.clock import Clock
from okxlab.errors import ExchangeError
from okxlab.exchange import Session, Stream, stream
from okxlab.trading.deadman import Pulse
from okxlab.trading.enquiry import fill_of, order_of
from okxlab.trading.execution import Executor

AUDIT_SECONDS = 30.0  # how long something may differ that no stream told
_LOOK = 0.05


class Watch:
    """One thread that listens to an account's orders and executions, and reconciles.

    It subscribes before it reads, so that nothing is lost between the two; it reads again when a stream was down or
    lost rows, and every half a minute. It winds the strategy's dead-man switch up, if there is one.

    Parameters
    ----------
    dead_man
        Seconds after which the exchange cancels what rests when it hears nothing more; 0 has no switch.
    news
        Called, in the thread, after something became known; an error it raises ends the watch and stands in ``error``.
    """

    def __init__(
        self,
        session: Session,
        executor: Executor,
        clock: Clock,
        *,
        dead_man: int = 0,
        news: Callable[[], object] = lambda: None,
    ) -> None:
        self.error = ""
        self.reconciled = 0
        self._session = session
        self._executor = executor
        self._clock = clock
        self._pulse = Pulse(executor, dead_man, clock)
        self._news = news
        self._ending = threading.Event()
        self._due = 0.0  # monotonic
        self._broken = -1  # breaks of the streams that were made good
        self._come: tuple[Callable[[], list[Any]], ...] = ()
        self._thread = threading.Thread(target=self._run, name=f"watch-{executor.tag}", daemon=True)
        self._thread.start()

    @property
    def live(self) -> bool:
        """Whether it listens and has reconciled."""
        return self._thread.is_alive() and self.reconciled > 0

    def close(self) -> None:
        """End it; the dead-man switch is stopped, so that what rests stays."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        with stream(self._session, "orders") as orders, stream(self._session, "fills") as fills:
            self._come = orders.collect(), fills.collect()
            while not self._ending.is_set():
                try:
                    self._turn(orders, fills)
                except ExchangeError as error:
                    self.error = str(error)
                    self._ending.wait(1.0)
        self._pulse.stop()

    def _turn(self, orders: Stream, fills: Stream) -> None:
        now = self._clock.monotonic()
        self._pulse.beat()
        told, executed = (come() for come in self._come)
        self._executor.learn(map(order_of, told), map(fill_of, executed))
        broken = sum(listening.counts[name] for listening in (orders, fills) for name in ("reconnects", "dropped"))
        if now >= self._due or broken != self._broken:
            self._due, self._broken = now + AUDIT_SECONDS, broken
            self._executor.reconcile()
            self.reconciled += 1
            self._news()
        elif told or executed:
            self._news()
        self.error = ""
        fills.wait(_LOOK)
