"""Work that goes on in the background: it waits out what passes by itself, and ends by what does not."""

import threading
from collections.abc import Callable
from datetime import datetime

from okxlab.clock import Clock, utc
from okxlab.trading.patience import LONGEST, Patience, passes


class Background:
    """Does something again and again in a thread of its own, until stopped.

    ``error`` says what troubles it, or why it ended; ``since`` when that began (UTC). Both are empty while all is well.

    Parameters
    ----------
    work
        Called each time; gives a sentence where something is wrong all the same.
    ended
        Called once when the work raised what does not pass by itself: it is not done again.
    """

    def __init__(self, work: Callable[[], str], ended: Callable[[], None], clock: Clock, name: str = "") -> None:
        self.error = ""
        self.since: datetime | None = None
        self._work, self._ended, self._clock, self._name = work, ended, clock, name
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, every: float, longest: float = LONGEST) -> None:
        """Begin, every so many seconds; after errors the pauses grow up to ``longest``, at most half a minute."""
        patience = Patience(every, min(longest, LONGEST))
        self._thread = threading.Thread(target=self.run, args=(patience,), name=self._name, daemon=True)
        self._thread.start()

    def run(self, patience: Patience) -> None:
        """Do it in this thread until stopped."""
        pause = patience.went_well()
        while not self._stopping.wait(pause):
            try:
                wrong = self._work()
            except Exception as error:  # noqa: BLE001 - the loop's border: nobody else would see it
                self._tell(str(error) or type(error).__name__)
                if not passes(error):
                    self._ended()
                    return
                pause = patience.failed()
            else:
                self._tell(wrong)
                pause = patience.went_well()

    def stop(self) -> None:
        """Do it no more; what is being done comes to its end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _tell(self, error: str) -> None:
        if bool(error) != bool(self.error):
            self.since = utc(self._clock.now_ms()) if error else None
        self.error = error
