"""The log under the journal: payloads that stand in the order they were appended, written by one process at a time."""

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Protocol

from okxlab.trading.journal.disk import Disk
from okxlab.trading.journal.frame import Frames, join, read_frames
from okxlab.trading.journal.header import Header
from okxlab.trading.journal.latch import Latch, refuse_openings


class Log(Protocol):
    """Payloads in the order they were appended; each writer's opening has a higher ``epoch`` than any before it."""

    epoch: int

    def append(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        """Add payloads; when ``durable``, return only when they and all before them outlive a power cut."""

    def payloads(self) -> Iterator[bytes]:
        """Give everything that stands, oldest first, the openings among it."""

    def close(self) -> None:
        """Let another writer open the log; without a record, as a crash would."""


class FileLog:
    """A log in a file.

    Its writer holds the file. Once anything went wrong with an append it takes no more until it is opened again, since
    what of it stands is known only then.
    """

    def __init__(self, disk: Disk, frames: Frames) -> None:
        self.epoch = frames.epoch + 1
        self._disk = disk
        self._length, self._chain = frames.length, frames.chain
        self._synced = 0
        # What stood at the opening is at hand for whoever asks first.
        self._found: list[bytes] | None = None
        self._writing, self._syncing = Lock(), Lock()
        self._latch = Latch(disk.name)

    @classmethod
    def open(cls, disk: Disk, header: Header, *, at: int) -> "FileLog":
        """Open a log for writing: check all of it, cut off what a crash tore, and put a durable opening behind it.

        Parameters
        ----------
        disk
            The file, held by this writer; a log that cannot be opened lets it go.
        header
            Whose orders these are.
        at
            Now, in milliseconds since 1970 UTC.

        Raises
        ------
        JournalError
            When the file is damaged, is somebody else's journal, or cannot be written.
        """
        try:
            data = disk.read()
            frames = read_frames(data, disk.name)
            header.check(next(iter(frames.payloads), None), disk.name)
            if torn := len(data) - frames.length:
                disk.cut(frames.length)
            log = cls(disk, frames)
            opened = header.opening(log.epoch, at=at, cut=torn)
            log._add([opened], durable=True)
            log._found = [*frames.payloads, opened]
        except BaseException:
            disk.close()
            raise
        return log

    def append(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        """Add payloads in one write and, when ``durable``, one sync, which threads that wait at once share.

        Raises
        ------
        JournalError
            When nothing is claimed to stand: the disk refused, another process wrote to the file or replaced it, or an
            append before this one failed.
        """
        refuse_openings(payloads)
        self._add(payloads, durable=durable)

    def payloads(self) -> Iterator[bytes]:
        """Give everything that stands, oldest first, the openings among it."""
        found, self._found = self._found, None
        return iter(found if found is not None else read_frames(self._disk.read(), self._disk.name).payloads)

    def close(self) -> None:
        """Let another writer open the log; without a record, as a crash would."""
        self._latch.shut("it was closed.")
        self._disk.close()

    def _add(self, payloads: Sequence[bytes], *, durable: bool) -> None:
        with self._writing:
            self._latch.check()
            data, chain = join(payloads, epoch=self.epoch, chain=self._chain)
            with self._latch.guarded():
                self._disk.check(self._length)
                self._disk.append(data)
                self._length, self._chain, self._found = self._length + len(data), chain, None
            end = self._length
        if durable:
            self._sync(end)

    def _sync(self, end: int) -> None:
        with self._syncing:
            if self._synced >= end:
                return
            self._latch.check()
            with self._latch.guarded():
                written = self._length
                self._disk.sync()
                # A writer that slept through a takeover hears of it before it says that anything stands.
                with self._writing:
                    self._disk.check(self._length)
                self._synced = written
