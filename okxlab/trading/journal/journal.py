"""The journal: typed records on a log, and the blotter they reduce to."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from okxlab.clock import Clock
from okxlab.errors import JournalError
from okxlab.model import reckoned
from okxlab.trading.blotter import Blotter
from okxlab.trading.journal.header import OPENED
from okxlab.trading.journal.log import Log
from okxlab.trading.records import Record, decode, encode


class Journal:
    """What one strategy of one account did, on disk before it does it.

    ``blotter`` is the state that the records add up to; ``broken`` says why the log takes no more, "" while it does.
    """

    @reckoned
    def __init__(self, log: Log, clock: Clock) -> None:
        self.blotter = Blotter()
        self.broken = ""
        self.length = 0
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        for payload in log.payloads():
            self.length += 1
            if not payload.startswith(OPENED):
                self.blotter.apply(decode(payload))

    def intend(self, records: Sequence[Record]) -> None:
        """Write what is about to be done; on disk when this returns.

        Raises
        ------
        JournalError
            When it is not: what was meant must not be done.
        """
        with self._whole():
            self.check()
            self._append(records, durable=True)
            self._apply(records)

    def check(self) -> None:
        """Look whether it takes anything more.

        Raises
        ------
        JournalError
            When it does not, and never will: nothing new may leave.
        """
        if self.broken:
            raise JournalError(
                f"The journal takes no more: {self.broken}", "See to its disk or database, then connect again."
            )

    def note(self, records: Sequence[Record], *, durable: bool = False) -> None:
        """Write what was learned. It counts even where the log fails: nothing new is done then, see `broken`."""
        with self._whole():
            with suppress(JournalError):
                if not self.broken:
                    self._append(records, durable=durable)
            self._apply(records)

    def close(self) -> None:
        """Let another writer have it."""
        self._log.close()

    def _append(self, records: Sequence[Record], *, durable: bool) -> None:
        try:
            self._log.append([encode(record, self._clock.now_ms()) for record in records], durable=durable)
        except JournalError as error:
            self.broken = str(error)
            raise

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Take records one writer at a time; an interruption leaves them half taken, so nothing more is."""
        with self._lock:
            try:
                yield
            except JournalError:
                raise
            except BaseException as error:
                self.broken = self.broken or f"it was interrupted ({type(error).__name__})."
                raise

    @reckoned
    def _apply(self, records: Sequence[Record]) -> None:
        for record in records:
            self.blotter.apply(record)
        self.length += len(records)
