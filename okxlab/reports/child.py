"""A run's own process, as its scheduler sees it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from okxlab.errors import ScheduleError
from okxlab.reports.ledger import Row
from okxlab.reports.private_file import private_folder
from okxlab.reports.redaction import Redactor

_WORDS = 300


@dataclass
class Child:
    """``okxlab report run`` in a session of its own, so that what ends the scheduler does not reach it."""

    pid: int
    log: Path
    code: int | None = None

    @classmethod
    def start(cls, workspace: Path, row: Row) -> Self:
        """Start the run of a ledger row; what it writes goes to a log of the schedule's.

        Raises
        ------
        ScheduleError
            When the log or the process cannot be made; the row is still due then.
        """
        log = workspace / ".okxlab" / "schedule" / f"{row.schedule}.log"
        command = [sys.executable, "-m", "okxlab", "report", "run", row.report, "--due", row.due]
        command += ["--schedule", row.schedule, "--workspace", str(workspace)]
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        try:
            private_folder(log.parent)
            pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=files, setsid=True)
        except OSError as error:
            raise ScheduleError(
                f"The run of {row.schedule} cannot be started with its log {log} ({error.strerror}).",
                "Make that a file you may write to, then start the schedule again.",
            ) from None
        return cls(pid, log)

    def ended(self) -> bool:
        """Whether it has ended; it is collected then."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def last_words(self) -> str:
        """Give its exit code and the end of what it wrote."""
        said = self.log.read_text(encoding="utf-8", errors="replace").strip()[-_WORDS:]
        return Redactor().text(f"exit code {self.code}. {said}").strip()
