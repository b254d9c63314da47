"""Reading a journal at any time, beside its writer, who is never kept waiting."""

import os
from pathlib import Path

from okxlab.errors import JournalError
from okxlab.trading.journal.disk import read_file
from okxlab.trading.journal.frame import NOTHING, START, Frames, read_frames


def read_log(path: Path) -> list[bytes]:
    """Give a journal's payloads, oldest first; what is being written at that moment is left out.

    Raises
    ------
    JournalError
        When there is no such file, or it is damaged.
    """
    return read_on(path, NOTHING).payloads


def read_on(path: Path, after: Frames) -> Frames:
    """Give what stands in a journal behind the frames read before.

    Raises
    ------
    JournalError
        When there is no such file, it is damaged, or those frames are not in it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be read ({error.strerror}).", "Name one that is there."
        ) from None
    name = f"The journal {path}"
    try:
        # A frame's chain is its last bytes, and holds for all before it.
        if after.records and os.pread(descriptor, len(START), after.length - len(START)) != after.chain:
            raise JournalError(f"{name} is not the one that was read before.", "Read it from its beginning.")
        try:
            return read_frames(read_file(descriptor, after.length), name, after=after)
        except JournalError:
            # A writer that opens the journal cuts a torn end and writes there: half of each may have been read.
            return read_frames(read_file(descriptor, after.length), name, after=after)
    finally:
        os.close(descriptor)
