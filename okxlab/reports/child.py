"""A run's own process, as its scheduler sees it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from okxlab.reports.ledger import Row
from okxlab.reports.private_file import private_folder
from okxlab.reports.redaction import Redactor

_WORDS = 300


@dataclass
class Child:
    """``okxlab report run`` in a session of its own, so that what ends the scheduler does not reach it."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, workspace: Path, row: Row) -> Self:
        """Start the run of a ledger row."""
        log = private_folder(workspace / ".okxlab" / "schedule") / f"{row.schedule}.log"
        command = [sys.executable, "-m", "okxlab", "report", "run", row.report, "--due", row.due]
        command += ["--schedule", row.schedule, "--workspace", str(workspace)]
        with open(os.open(log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:  # noqa: PTH123 - a Path cannot open with a mode
            process = subprocess.Popen(  # noqa: S603 - this Python, checked names, no shell
                command, cwd=workspace, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        return cls(process, log)

    def ended(self) -> bool:
        """Whether it has ended; it is collected then."""
        return self.process.poll() is not None

    def last_words(self) -> str:
        """Give its exit code and the end of what it wrote."""
        said = self.log.read_text(encoding="utf-8", errors="replace").strip()[-_WORDS:]
        return Redactor().text(f"exit code {self.process.returncode}. {said}").strip()
