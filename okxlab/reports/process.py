"""A process told apart from every other: its id and the moment it was made."""

from dataclasses import dataclass

import psutil

_SLACK = 1.5  # seconds: the boot time that creation times rest on is read in whole seconds


@dataclass(frozen=True, slots=True)
class Process:
    """Process id and creation time (seconds since 1970 UTC); the id alone is given again to others."""

    pid: int
    created: float

    @classmethod
    def this(cls) -> "Process":
        """Give the running process."""
        return cls.of(psutil.Process().pid)

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Give a process that runs now by its id."""
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        """Whether it still runs; one that ended and was not yet collected by its parent does not."""
        return self._living() is not None

    def kill(self) -> None:
        """End it and everything it started, at once."""
        living = self._living()
        if living is None:
            return
        try:
            family = [*living.children(recursive=True), living]
        except psutil.Error:
            family = [living]
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=5)

    def _living(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < _SLACK
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None
