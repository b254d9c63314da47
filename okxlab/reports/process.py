"""A process told apart from every other: its id and the moment it was made."""

from dataclasses import dataclass
from pathlib import Path

import psutil

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """Process id and the mark of its making; the id alone is given again to others.

    The mark is a text compared exactly: the boot's id and the clock ticks from boot to the process's start. Neither
    moves when the machine's clock is set, as a creation time in seconds since 1970 does. Where there is no ``/proc``
    it is that creation time.
    """

    pid: int
    created: str

    @classmethod
    def this(cls) -> "Process":
        """Give the running process."""
        return cls.of(psutil.Process().pid)

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Give a process that runs now by its id."""
        return cls(pid, _mark(pid))

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
            same = _mark(self.pid) == self.created
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


def _mark(pid: int) -> str:
    if not (_PROC / "self" / "stat").exists():
        return f"at {psutil.Process(pid).create_time()!r}"
    try:
        line = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        raise psutil.NoSuchProcess(pid) from None
    ticks = line.rpartition(b")")[2].split()[19].decode()  # field 22; the name in field 2 may hold anything
    return f"boot {_boot()} ticks {ticks}"


def _boot() -> str:
    try:
        return (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
