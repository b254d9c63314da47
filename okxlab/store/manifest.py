"""The manifest of a series: what it holds and where. What it does not name is not there."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import orjson

from okxlab.errors import StoreError
from okxlab.store.series import Series
from okxlab.store.spans import Sourced, Span, minus, union, within

NAME = "manifest.json"
_FORMAT = 1
_HEAD, _MIDDLE = b'{"sha256":"', b'","manifest":'


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name in the series' folder, the month or day it is of, and what is in it.

    ``first`` and ``last`` are its outermost rows and ``runs`` the spans its bars fill (milliseconds); ``encoding``
    gives each column's digits, None where values stand as they are.
    """

    name: str
    part: str
    rows: int
    first: int
    last: int
    bytes: int
    sha256: str
    encoding: dict[str, int | None]
    runs: list[Span]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a series holds: files by month or day, and the spans its sources answered completely."""

    series: Series
    generation: int = 0
    covered: tuple[Sourced, ...] = ()
    parts: tuple[Part, ...] = ()

    def by_part(self) -> dict[str, Part]:
        """Give the files by their month or day."""
        return {part.part: part for part in self.parts}

    def touching(self, start: int | None, end: int | None) -> list[Part]:
        """Give the files with rows in ``start <= ts < end``."""
        return [
            part for part in self.parts if (start is None or part.last >= start) and (end is None or part.first < end)
        ]

    def holes(self) -> list[Sourced]:
        """Give the spans inside what is covered where there is no bar, with the source that gave none."""
        if not self.series.bars:
            return []
        filled = union(run for part in self.parts for run in part.runs)
        empty = minus([(start, end) for start, end, _ in self.covered], filled)
        return within(empty, self.covered)

    def after(self, parts: Iterable[Part], covered: Iterable[Sourced]) -> "Manifest":
        """Give the next state: some parts replaced or added, and what is covered."""
        by_part = self.by_part() | {part.part: part for part in parts}
        ordered = tuple(by_part[name] for name in sorted(by_part))
        return replace(self, generation=self.generation + 1, covered=tuple(covered), parts=ordered)

    def to_bytes(self) -> bytes:
        """Write it down, sealed with a checksum."""
        body = orjson.dumps({"format": _FORMAT, "state": self})
        return b"".join((_HEAD, hashlib.sha256(body).hexdigest().encode(), _MIDDLE, body, b"}\n"))

    @classmethod
    @lru_cache(maxsize=64)  # the one read before is the one read next, and has many parts
    def from_bytes(cls, data: bytes, where: str) -> "Manifest":
        """Read it.

        Raises
        ------
        StoreError
            When a byte of it is not what was written, or it is of another version.
        """
        body = _unsealed(data)
        if body is None:
            raise StoreError(f"{where} is damaged.", "Bring it back from a copy, or remove its folder and pull again.")
        document = orjson.loads(body)
        if document["format"] != _FORMAT:
            raise StoreError(f"{where} is of format {document['format']}.", "Read it with a newer okxlab.")
        fields = document["state"]
        parts = tuple(Part(**{**part, "runs": [(a, b) for a, b in part["runs"]]}) for part in fields["parts"])
        covered = tuple((start, end, source) for start, end, source in fields["covered"])
        return cls(Series(**fields["series"]), fields["generation"], covered, parts)


def _unsealed(data: bytes) -> bytes | None:
    seal = data[len(_HEAD) : len(_HEAD) + 64]
    body = data[len(_HEAD) + 64 + len(_MIDDLE) : -2]
    whole = b"".join((_HEAD, hashlib.sha256(body).hexdigest().encode(), _MIDDLE, body, b"}\n"))
    return body if data == whole and seal else None
