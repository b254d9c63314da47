"""How a series goes from one state to the next: new files, then the manifest in one step, then old files go."""

import hashlib
import secrets
from dataclasses import dataclass

from okxlab.errors import InputError, StoreError
from okxlab.store.encoding import pack
from okxlab.store.manifest import NAME, Manifest, Part
from okxlab.store.place import Place, Tag
from okxlab.store.rows import Rows, merge
from okxlab.store.series import Series
from okxlab.store.spans import Span, paint, runs, union
from okxlab.store.state import extended, on_newest, rows_of

_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: rows that are new, that took another's place, and that were there already."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.added + other.added, self.replaced + other.replaced, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class Commit:
    """Rows on their way into a series, with the span their source answered completely."""

    place: Place
    series: Series
    rows: Rows
    span: Span | None
    source: str

    def run(self) -> Written:
        """Take the series to its next state; from the newest one again as often as another writer was faster.

        Raises
        ------
        InputError
            When the rows of trades have ids and those in the store have none, or the other way round.
        StoreError
            When others are faster each time, or the place fails.
        """
        stray: set[str] = set()
        for _ in range(_ATTEMPTS):
            written = on_newest(self.place, self.series, lambda now, tag: self._attempt(now, tag, stray))
            if written is not None:
                return written
        raise StoreError(f"Others write to {self.series} without pause.", "Try again, or write from one place.")

    def _attempt(self, now: Manifest, tag: Tag, stray: set[str]) -> Written | None:
        """Try one step; None when the state was not the newest any more. ``stray`` are files of tries that failed."""
        self._check_key(now)
        old, after = now.by_part(), now
        parts, counts = [], Written()
        for part, rows in self.rows.parts(self.series.unit):
            fresh, came_to = self._next(part, rows, old.get(part))
            counts += came_to
            if fresh is not None:
                parts.append(fresh)
                stray.add(fresh.name)
        covered = tuple(paint(now.covered, self._covers(), self.source))
        if parts or covered != now.covered:
            after = now.after(parts, covered)
            files = [self._at(part.name) for part in parts]
            if not self.place.swap(self._at(NAME), after.to_bytes(), tag, after=files):
                return None
        replaced = {old[part.part].name for part in parts if part.part in old}
        if after is not now or stray:
            keep = {part.name for part in after.parts}
            self.place.tidy(self.series.folder, keep=keep, gone=replaced | stray)
        return counts

    def _next(self, part: str, rows: Rows, old: Part | None) -> tuple[Part | None, Written]:
        """Put a month's or day's next file, if rows change anything in it, and give what they came to."""
        if old is None or int(rows.ts[0]) > old.last:
            return self._put(part, rows, old), Written(len(rows))
        merged = merge(rows_of(self.place, self.series, old), rows)
        came_to = Written(merged.added, merged.replaced, merged.unchanged)
        return self._put(part, merged.rows) if merged.added or merged.replaced else None, came_to

    def _put(self, part: str, rows: Rows, before: Part | None = None) -> Part:
        """Put a file of rows, after those of another file if there is one."""
        data, encoding = pack(rows) if before is None else extended(self.place, self.series, before, rows)
        # no two writers ever choose one name, so none removes what another's manifest is about to name
        name = f"{part}.{secrets.token_hex(6)}.parquet"
        self.place.put(self._at(name), data)
        first, last = int(rows.ts[0]), int(rows.ts[-1])
        count, filled = len(rows), runs(rows.ts, self.series.step) if self.series.bars else []
        if before is not None:
            first, count, filled = before.first, before.rows + count, union([*before.runs, *filled])
        return Part(name, part, count, first, last, len(data), hashlib.sha256(data).hexdigest(), encoding, filled)

    def _at(self, name: str) -> str:
        return f"{self.series.folder}/{name}"

    def _covers(self) -> list[Span]:
        own = runs(self.rows.ts, self.series.step) if self.series.bars else []
        return union([*own, self.span] if self.span and self.span[0] < self.span[1] else own)

    def _check_key(self, now: Manifest) -> None:
        if "id" not in self.series.extra or not now.parts or not len(self.rows):
            return
        if ("id" in now.parts[0].encoding) != ("id" in self.rows.columns):
            has, lacks = ("has", "lack") if "id" in now.parts[0].encoding else ("has no", "have")
            raise InputError(f"{self.series} {has} ids, and these rows {lacks} them.", "Give trades of one kind only.")
