"""What the parts of one form share."""

from dataclasses import dataclass

from okxlab.clock import Clock
from okxlab.exchange import Session
from okxlab.widgets.fields import Fields
from okxlab.widgets.snapshot import Snapshots
from okxlab.widgets.words import Words
from okxlab.widgets.worker import Worker


@dataclass(frozen=True, slots=True)
class Desk:
    """The session a form works with, its texts, its fields, and what it knows of the market."""

    session: Session
    words: Words
    fields: Fields
    snapshots: Snapshots
    clock: Clock

    @property
    def unexpected(self) -> str:
        """What to do after an error nobody foresaw."""
        return self.words("unexpected")

    def worker(self) -> Worker:
        """Give a part its own background thread, so that no part waits for another."""
        return Worker(self.unexpected)
