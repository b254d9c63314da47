"""What keeps a log shut once anything went wrong: only another opening can tell what stands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from okxlab.errors import JournalError
from okxlab.trading.journal.header import OPENED


class Latch:
    """Open until something fails within `guarded`, or it is shut; ``name`` begins the sentences of its errors."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._why = ""

    def check(self) -> None:
        """Raise JournalError when shut, with what shut it first."""
        if self._why:
            raise JournalError(f"{self._name} takes no more records: {self._why}", "Open it again.")

    def shut(self, why: str) -> None:
        """Shut it; the first reason stands."""
        self._why = self._why or why

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Shut when the block fails or is interrupted, and let the error go on."""
        try:
            yield
        except BaseException as error:
            self.shut(getattr(error, "what", "") or f"an append was interrupted ({type(error).__name__}).")
            raise


def refuse_openings(payloads: Sequence[bytes]) -> None:
    """Raise JournalError when a payload would begin an epoch: that is the log's alone."""
    if any(payload.startswith(OPENED) for payload in payloads):
        raise JournalError("A record of the kind 'opened' is the log's own.", "Name that kind otherwise.")
