"""A disk that forgets: what was not synced is lost with the power, or torn at any byte; and sometimes it is full."""

import re

from okxlab.errors import JournalError
from okxlab.trading.journal.frame import MARKER, read_frames
from tests.simulation.schedule import Crash, Fate, Fault


class File:
    """The bytes of one file: all of them as programs see them, the first ``synced`` as a power cut leaves them.

    The first ``promised`` were told to be safe: nobody may cut them off.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.synced = self.promised = 0
        self.broken: list[str] = []
        self.rotten = False

    def lose_power(self, fault: Fault) -> None:
        """Keep what was synced and a piece of the rest; the length of what is lost may be there, filled with zeros."""
        rest = len(self.data) - self.synced
        kept = int(fault.amount * (rest + 1))
        del self.data[self.synced + kept :]
        if int(fault.amount * 4096) % 4 == 0:
            self.data += bytes(rest - kept)
        self.synced = len(self.data)

    def rot(self, fault: Fault) -> None:
        """Lose a whole record of those that others follow, as a bad sector or a badly restored copy may."""
        whole = 0 if self.rotten else len(read_frames(bytes(self.data)).payloads)
        if whole > 2:
            begins = [found.start() for found in re.finditer(re.escape(MARKER), self.data)]
            lost = int(fault.amount * (whole - 1))
            del self.data[begins[lost] : begins[lost + 1]]
            self.synced = self.promised = len(self.data)
            self.rotten = True


class SimulatedDisk:
    """A `Disk` on such a file; before and after each operation the process may be gone."""

    name = "The journal"

    def __init__(self, file: File, fate: Fate) -> None:
        self._file = file
        self._fate = fate

    def read(self) -> bytes:
        self._fate.step("disk.read")
        return bytes(self._file.data)

    def append(self, data: bytes) -> None:
        try:
            self._fate.step("disk.append")
        except Crash:
            self._file.data += data[: self._fate.steps % (len(data) + 1)]
            raise
        fault = self._fate.at("disk", "disk.append")
        if fault is not None:
            if fault.kind == "full":
                self._file.data += data[: int(fault.amount * len(data))]
            raise JournalError(f"{self.name} cannot be written (simulated: {fault.kind}).")
        self._file.data += data
        self._fate.step("disk.append, done")

    def sync(self) -> None:
        self._fate.step("disk.sync")
        if self._fate.at("disk", "disk.sync") is not None:
            raise JournalError(f"{self.name} cannot be synced (simulated).")
        self._file.synced = self._file.promised = len(self._file.data)
        self._fate.step("disk.sync, done")

    def cut(self, length: int) -> None:
        self._fate.step("disk.cut")
        if length < self._file.promised:
            self._file.broken.append(f"I24 {self._file.promised - length} durable bytes were cut off")
        del self._file.data[length:]
        self._file.synced = len(self._file.data)
        self._fate.step("disk.cut, done")

    def check(self, length: int) -> None:
        if len(self._file.data) != length:
            raise JournalError("Somebody else wrote.")

    def close(self) -> None:
        """Nothing is held."""
