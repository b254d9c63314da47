"""A background thread that does a form's slow work, so that its comms are never blocked."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from okxlab.clock import SystemClock
from okxlab.widgets.handlers import Show, attempt


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    action: Callable[[], None]
    show: Show
    due: float
    quiet: bool


class Worker:
    """Runs named jobs one after the other in a thread that lives while there are any.

    A waiting job is replaced by a newer one of its name: submitting again and again with ``after=`` is a debounce.

    Examples
    --------
    >>> worker = Worker("Try again.")
    >>> worker.submit("greet", lambda: print("done"), print)
    True
    >>> worker.wait(5)
    done
    True
    """

    def __init__(self, unexpected: str) -> None:
        self._unexpected = unexpected
        self._clock = SystemClock()
        self._turn = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._running = ""
        self._alive = False

    def submit(
        self,
        name: str,
        action: Callable[[], None],
        show: Show,
        *,
        after: float = 0.0,
        once: bool = False,
        quiet: bool = False,
    ) -> bool:
        """Have a job done ``after`` so many seconds; errors go to ``show``.

        ``once`` refuses, and gives False, while a job of that name waits or runs. `wait` does not wait for ``quiet``
        jobs that are not due.
        """
        with self._turn:
            if once and (name in self._waiting or name == self._running):
                return False
            self._waiting[name] = _Job(name, action, show, self._clock.monotonic() + after, quiet)
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._work, name="okxlab-form", daemon=True).start()
            self._turn.notify_all()
        return True

    def wait(self, timeout: float) -> bool:
        """Have everything done now, and wait for it; give False when that takes longer than ``timeout`` seconds.

        Whoever waits is not typing: no job is put off any longer, except ``quiet`` ones, which nobody waits for.
        """
        with self._turn:
            now = self._clock.monotonic()
            hurried = {
                name: replace(job, due=min(job.due, now)) for name, job in self._waiting.items() if not job.quiet
            }
            self._waiting |= hurried
            self._turn.notify_all()
            return self._turn.wait_for(self._idle, timeout)

    def _idle(self) -> bool:
        return not self._running and all(job.quiet for job in self._waiting.values())

    def _work(self) -> None:
        while (job := self._next()) is not None:
            attempt(job.action, job.show, self._unexpected)
            with self._turn:
                self._running = ""
                self._turn.notify_all()

    def _next(self) -> _Job | None:
        with self._turn:
            while self._waiting:
                job = min(self._waiting.values(), key=lambda waiting: waiting.due)
                pause = job.due - self._clock.monotonic()
                if pause <= 0:
                    self._running = self._waiting.pop(job.name).name
                    return job
                self._turn.wait(pause)
            self._alive = False
            return None
