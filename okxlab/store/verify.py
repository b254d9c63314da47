"""Whether what lies in a store is what its manifests say."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from okxlab.errors import StoreError
from okxlab.store.encoding import unpack
from okxlab.store.manifest import NAME, Manifest, Part
from okxlab.store.place import Place
from okxlab.store.rows import Rows
from okxlab.store.series import Series
from okxlab.store.spans import minus, runs, union
from okxlab.store.state import UNREADABLE, newest

Finding = tuple[str, str]  # a file, and what is wrong with it


def findings(place: Place, series: Series) -> Iterator[Finding]:
    """Find what is wrong with a series: file by file, then the folder."""
    try:
        manifest, _ = newest(place, series)
    except StoreError as error:
        yield NAME, error.what
        return
    for part in manifest.parts:
        for words in _file(place, series, part):
            yield part.name, words
    for words in _coverage(manifest):
        yield NAME, words
    if manifest.parts:
        named = {part.name for part in manifest.parts}
        for stray in sorted(set(place.names(series.folder)) - named):
            yield stray, "is named by no manifest; it may be removed"


def _file(place: Place, series: Series, part: Part) -> Iterator[str]:
    try:
        data = place.load(f"{series.folder}/{part.name}")[0]
    except FileNotFoundError:
        yield "is gone"
        return
    if hashlib.sha256(data).hexdigest() != part.sha256:
        yield f"is not what was written: {len(data)} bytes, {part.bytes} were"
        return
    try:
        rows = unpack(pa.BufferReader(data), part.encoding)
    except UNREADABLE as error:
        yield f"cannot be read: {error}"
        return
    yield from _rows(series, part, rows)


def _rows(series: Series, part: Part, rows: Rows) -> Iterator[str]:
    if len(rows) != part.rows:
        yield f"holds {len(rows)} rows, {part.rows} are listed"
    if not len(rows):
        return
    second = rows.second()
    after = np.diff(rows.ts) > 0
    if second is not None:
        after |= (np.diff(rows.ts) == 0) & (np.diff(second) > 0)
    if not after.all():
        yield f"row {int(np.flatnonzero(~after)[0]) + 1} is not after the row before it"
    if (int(rows.ts[0]), int(rows.ts[-1])) != (part.first, part.last):
        yield "begins or ends elsewhere than listed"
    if {name for name, _ in rows.parts(series.unit)} != {part.part}:
        yield f"holds rows of another time than {part.part}"
    if ((rows.ts - series.origin) % series.step).any():
        yield f"holds rows where no bar of {series.timeframe} opens"
    if series.bars and runs(rows.ts, series.step) != part.runs:
        yield "has other gaps than listed"


def _coverage(manifest: Manifest) -> Iterator[str]:
    covered = [(start, end) for start, end, _ in manifest.covered]
    if any(start >= end for start, end in covered) or covered != sorted(covered):
        yield "lists spans out of order"
    if minus(union(run for part in manifest.parts for run in part.runs), union(covered)):
        yield "holds bars outside what is covered"
