"""What happened, in order: one JSON line an event, without any stamp of the machine's clock."""

import os
import tempfile
import weakref

import orjson

_IN_MEMORY = 1 << 20


class Log:
    """Events with sequence numbers and feed time; same seed, same orders, same steps: same bytes.

    What is more than a megabyte lies in a file without a name, so that a million events cost no memory; it ends with
    the process.
    """

    def __init__(self) -> None:
        self._newest = bytearray()
        self._file: int | None = None
        self._count = 0

    def add(self, event: str, feed: tuple[int, str], fields: dict[str, str]) -> None:
        """Note an event at a feed time (candle, point)."""
        self._count += 1
        entry = {"seq": self._count, "candle": feed[0], "point": feed[1], "event": event, **fields}
        self._newest += orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
        if len(self._newest) > _IN_MEMORY:
            self._spill()

    def text(self) -> str:
        """Give all events, newline-delimited."""
        older = b"" if self._file is None else os.pread(self._file, os.fstat(self._file).st_size, 0)
        return (older + self._newest).decode()

    def _spill(self) -> None:
        if self._file is None:
            self._file, path = tempfile.mkstemp()
            os.unlink(path)  # noqa: PTH108 - a number and a name, no path of anybody's
            weakref.finalize(self, os.close, self._file)
        while self._newest:
            del self._newest[: os.write(self._file, self._newest)]
