"""A payload framed in bytes, so that what a crash tore off is told from what was damaged later."""

import struct
import zlib
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from okxlab.errors import JournalError

# No JSON text holds the byte 0xFF, so a marker in the file is a frame's beginning or damage.
MARKER = b"\xffoj1"
START = bytes(16)
MOST = 1 << 20

_BEFORE = struct.Struct("<4sI")  # marker, CRC32 of all that follows
_AROUND = struct.Struct("<II")  # epoch, length of the payload, which comes next, and the chain last
HEAD = _BEFORE.size + _AROUND.size
EXTRA = HEAD + len(START)
_REBUILD = "Trade no more on it: rebuild from the exchange into a new journal, and keep this file."


class Frames(NamedTuple):
    """What stands in a journal: its payloads, how many bytes are good, and where the chain of hashes ends.

    ``records`` counts the payloads from the beginning of the file, whether they were read now or before.
    """

    payloads: list[bytes]
    length: int
    chain: bytes
    epoch: int
    records: int


NOTHING = Frames([], 0, START, 0, 0)


class _Frame(NamedTuple):
    epoch: int
    chain: bytes
    payload: bytes
    end: int


def frame(payload: bytes, *, epoch: int, chain: bytes) -> tuple[bytes, bytes]:
    """Frame one payload behind the frame whose chain is given, and give its bytes and its own chain.

    Examples
    --------
    >>> data, chain = frame(b"bought", epoch=1, chain=START)
    >>> read_frames(data).payloads
    [b'bought']

    Raises
    ------
    JournalError
        When the payload is longer than 1 MiB or holds a frame's marker, which no JSON text does.
    """
    check_payload(payload)
    chain = link(chain, epoch, payload)
    rest = _AROUND.pack(epoch, len(payload)) + payload + chain
    return _BEFORE.pack(MARKER, zlib.crc32(rest)) + rest, chain


def check_payload(payload: bytes) -> None:
    """Raise JournalError for a payload that is longer than 1 MiB or holds a frame's marker."""
    if len(payload) > MOST or MARKER in payload:
        raise JournalError(
            f"A record of {len(payload):,} bytes cannot be journaled.", f"Keep it JSON text of at most {MOST:,} bytes."
        )


def join(payloads: Iterable[bytes], *, epoch: int, chain: bytes) -> tuple[bytes, bytes]:
    """Frame payloads one behind the other, and give their bytes and the last one's chain."""
    framed = []
    for payload in payloads:
        data, chain = frame(payload, epoch=epoch, chain=chain)
        framed.append(data)
    return b"".join(framed), chain


def read_frames(data: bytes, name: str = "The journal", *, after: Frames = NOTHING) -> Frames:
    """Read every whole frame; what a crash tore off the end is left out and lies beyond ``length``.

    ``data`` is what lies in the file behind the frames read before, ``after``; the errors call it ``name``.

    Raises
    ------
    JournalError
        When a frame is damaged and whole ones follow, one does not continue the one before it, or no frame ever stood
        there. ``offset`` is the byte it begins at, ``record`` its number, counted from 0.
    """
    payloads: list[bytes] = []
    at, chain, epoch = 0, after.chain, after.epoch
    while at < len(data):
        found = _frame_at(data, at)
        wrong = _wrong(data, at, found, epoch, chain)
        if wrong:
            offset, record = after.length + at, after.records + len(payloads)
            raise JournalError(
                f"{name}: record {record}, at byte {offset}, {wrong}.", _REBUILD, offset=offset, record=record
            )
        if found is None:
            break
        payloads.append(found.payload)
        epoch, chain, at = found.epoch, found.chain, found.end
    records = after.records + len(payloads)
    # What was torn off the first frame begins like one, or was never filled; anything else is another kind of file.
    begun = data.rstrip(b"\0")[: len(MARKER)]
    if not records and begun != MARKER[: len(begun)]:
        raise JournalError(f"{name} is no journal.", "Move that file away.", offset=0, record=0)
    return Frames(payloads, after.length + at, chain, epoch, records)


def _wrong(data: bytes, at: int, found: _Frame | None, epoch: int, chain: bytes) -> str:
    """Say what is wrong with a frame, or nothing when it is good, or the end that a crash tore."""
    if found is None:
        return "is damaged, and whole records follow it" if _another(data, at + 1) else ""
    linked = found.epoch >= epoch and found.chain == link(chain, found.epoch, found.payload)
    return "" if linked else "does not continue the one before it"


def link(chain: bytes, epoch: int, payload: bytes) -> bytes:
    """Give the chain of a record that follows the one whose chain is given; each stands for all before it."""
    return blake2b(b"%b%d:%b" % (chain, epoch, payload), digest_size=16).digest()


def _frame_at(data: bytes, at: int) -> _Frame | None:
    """Read the frame that begins at a byte, or nothing when it is not whole."""
    if len(data) - at < EXTRA:
        return None
    marker, crc = _BEFORE.unpack_from(data, at)
    epoch, length = _AROUND.unpack_from(data, at + _BEFORE.size)
    end = at + EXTRA + length
    if marker != MARKER or length > MOST or end > len(data):
        return None
    rest = data[at + _BEFORE.size : end]
    return (
        _Frame(epoch, rest[-len(START) :], rest[_AROUND.size : -len(START)], end) if zlib.crc32(rest) == crc else None
    )


def _another(data: bytes, at: int) -> bool:
    """Tell whether a whole frame begins anywhere from a byte on."""
    at = data.find(MARKER, at)
    while at >= 0 and _frame_at(data, at) is None:
        at = data.find(MARKER, at + 1)
    return at >= 0
