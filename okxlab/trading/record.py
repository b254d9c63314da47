"""The record of a grid's run: what must survive the kernel so that a bot started again knows its own ladder."""

import fcntl
import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO

from okxlab.clock import Clock
from okxlab.errors import ConfigError, OrderDenied
from okxlab.grid import GridSpec, Ladder, ladder
from okxlab.model import Instrument, plain


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one grid. ``ladder`` is what was decided at launch and never changes."""

    run: str
    ladder: Ladder

    def to_json(self) -> str:
        """Write every decision as exact text."""
        made = self.ladder
        spec, instrument = made.spec, made.instrument
        numbers = {
            "low": spec.low,
            "high": spec.high,
            "investment": spec.investment,
            "tick": instrument.tick,
            "lot": instrument.lot,
            "minimum": instrument.minimum,
            "launch_price": made.launch_price,
            "maker": made.maker,
            "taker": made.taker,
        }
        words = {"run": self.run, "symbol": spec.symbol, "grids": spec.grids, "spacing": spec.spacing}
        return json.dumps(words | {name: str(number) for name, number in numbers.items()}, indent=1)

    @staticmethod
    def from_json(text: str) -> "RunRecord":
        """Read what `to_json` wrote."""
        row = json.loads(text)
        number = {name: Decimal(value) for name, value in row.items() if isinstance(value, str) and name not in _WORDS}
        spec = GridSpec(
            row["symbol"],
            low=number["low"],
            high=number["high"],
            grids=row["grids"],
            investment=number["investment"],
            spacing=row["spacing"],
        )
        steps = Instrument(row["symbol"], tick=number["tick"], lot=number["lot"], minimum=number["minimum"])
        made = ladder(spec, steps, number["launch_price"], maker=number["maker"], taker=number["taker"])
        return RunRecord(row["run"], made)


_WORDS = frozenset({"run", "symbol", "spacing"})


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
        parts = (spec.symbol, plain(spec.low), plain(spec.high), str(spec.grids), spec.spacing, plain(spec.investment))
        name = "-".join(parts)
        self._file = state / "grids" / profile / f"{name}.json"
        self._lock = self._take(spec)

    def read(self) -> RunRecord | None:
        """Give the record of the run that has not been stopped, or None."""
        if not self._file.exists():
            return None
        return RunRecord.from_json(self._file.read_text(encoding="utf-8"))

    def write(self, record: RunRecord) -> None:
        """Keep a record on disk, whole or not at all, before the first order leaves."""
        fresh = self._file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(record.to_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)

    def age_ms(self, clock: Clock) -> int:
        """Give how long ago the record was written."""
        return clock.now_ms() - int(self._file.stat().st_mtime * 1000)

    def clear(self) -> None:
        """Forget the run: it was stopped."""
        self._file.unlink(missing_ok=True)

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
                "Use that bot, or stop it first: bot.stop().",
            ) from None
        return lock
