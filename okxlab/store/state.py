"""The newest state of a series: its manifest, and the rows of the files it names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa

from okxlab.errors import StoreError
from okxlab.store.encoding import extend, unpack
from okxlab.store.manifest import NAME, Manifest, Part
from okxlab.store.place import Place, Tag
from okxlab.store.rows import Rows
from okxlab.store.series import Series

UNREADABLE = (pa.ArrowException, OSError, KeyError)  # how pyarrow says that a file is not as it was written
_Answer = TypeVar("_Answer")


def newest(place: Place, series: Series) -> tuple[Manifest, Tag]:
    """Give the manifest and its tag; that of an empty series when there is none.

    Raises
    ------
    StoreError
        When it is damaged, or stands in another series' folder.
    """
    name = f"{series.folder}/{NAME}"
    try:
        data, tag = place.load(name)
    except FileNotFoundError:
        return Manifest(series), ""
    manifest = Manifest.from_bytes(data, place.path(name))
    if manifest.series != series:
        raise StoreError(f"{place.path(name)} is of {manifest.series}.", "Put each folder back in its place.")
    return manifest, tag


def on_newest(place: Place, series: Series, work: Callable[[Manifest, Tag], _Answer]) -> _Answer:
    """Do work on the newest state; anew when files went away because a newer one took its place.

    Raises
    ------
    StoreError
        When a file is gone and the manifest still names it.
    """
    failed = -1
    while True:
        manifest, tag = newest(place, series)
        try:
            return work(manifest, tag)
        except FileNotFoundError as error:
            if manifest.generation == failed:
                raise StoreError(
                    f"A file of {series} is gone: {error}.",
                    "See store.verify(); bring it back from a copy, or pull again.",
                ) from None
            failed = manifest.generation


def rows_of(place: Place, series: Series, part: Part, start: int | None = None, end: int | None = None) -> Rows:
    """Read the rows of a file with ``start <= ts < end``.

    Raises
    ------
    FileNotFoundError
        When it is gone.
    StoreError
        When it is damaged.
    """
    name = f"{series.folder}/{part.name}"
    inside = (start is None or start <= part.first) and (end is None or end > part.last)
    bounds = (None, None) if inside else (start, end)
    with _told(place, name):
        return unpack(place.source(name), part.encoding, *bounds)


def extended(place: Place, series: Series, part: Part, rows: Rows) -> tuple[bytes, dict[str, int | None]]:
    """Give a file with rows after its own, as bytes, and how its columns are written.

    Raises
    ------
    FileNotFoundError
        When it is gone.
    StoreError
        When it is damaged.
    """
    name = f"{series.folder}/{part.name}"
    with _told(place, name):
        return extend(place.source(name), part.encoding, rows)


@contextmanager
def _told(place: Place, name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        raise StoreError(
            f"{place.path(name)} is damaged: {error}.", "See store.verify(); bring it back from a copy, or pull again."
        ) from None
