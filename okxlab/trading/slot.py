"""The place of one grid in a workspace: one record, and one bot at a time."""

import fcntl
import os
from pathlib import Path
from typing import IO

from okxlab.errors import ConfigError, OrderDenied
from okxlab.grid import GridSpec
from okxlab.model import plain
from okxlab.trading.record import RunRecord


class Slot:
    """The place of one grid in the workspace: its record, and the lock of the one bot that runs it.

    Raises
    ------
    OrderDenied
        When another bot runs this grid.
    ConfigError
        When the workspace cannot be written to.
    """

    def __init__(self, state: Path, profile: str, spec: GridSpec) -> None:
        parts = (spec.symbol, *map(plain, spec.bounds), str(spec.grids), spec.spacing, plain(spec.investment))
        name = "-".join(parts)
        self._file = state / "grids" / profile / f"{name}.json"
        self._lock = self._take(spec)

    def read(self) -> RunRecord | None:
        """Give the record of the run that has not been stopped, or None.

        Raises
        ------
        ConfigError
            When the record is damaged: a ladder may rest that nobody knows.
        """
        if not self._file.exists():
            return None
        try:
            return RunRecord.from_json(self._file.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise ConfigError(
                f"The record of this grid, {self._file}, is damaged ({type(error).__name__}).",
                "Cancel the grid's orders with ox.cancel_all(session, symbol), then delete that file.",
            ) from None

    def write(self, record: RunRecord) -> None:
        """Keep a record on disk, whole or not at all, before the first order leaves."""
        fresh = self._file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(record.to_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)

    def clear(self, run: str) -> None:
        """Forget a run that was stopped; the record of any other run stays."""
        record = self.read()
        if record is not None and record.run == run:
            self._file.unlink()

    def release(self) -> None:
        """Let another bot take this grid."""
        self._lock.close()

    def _take(self, spec: GridSpec) -> IO[str]:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._file.with_suffix(".lock").open("w", encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"okxlab cannot write to {self._file.parent} ({error.strerror}).", "Name another workspace."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise OrderDenied(
                f"A bot already runs this grid on {spec.symbol} in this workspace.",
                "Use that bot; bot.stop() ends its grid, bot.leave() hands it to the next bot.",
            ) from None
        return lock
