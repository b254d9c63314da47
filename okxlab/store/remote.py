"""A store anywhere fsspec reaches: memory, S3, and the rest.

A file is written whole with one call, and readers see the manifest before or after. On S3 the manifest is put on the
condition that it is still the one that was read, so that writers on several machines do not undo each other; elsewhere
only the writers of one process are kept apart, and among processes the last one wins.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

import fsspec
import pyarrow as pa
from fsspec import AbstractFileSystem

from okxlab.errors import InputError, StoreError
from okxlab.store.lock import process_lock
from okxlab.store.place import Tag

_PASSWORD = re.compile(r"://[^/@]*:[^/]*@")
_BEATEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class RemotePlace:
    """Objects below a URL.

    Raises
    ------
    InputError
        When fsspec knows no such kind of place, the package that reaches it is not installed, or the URL holds a
        password: every message and frame that names the store would show it.
    StoreError
        When nobody answers there.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        if _PASSWORD.search(url):
            raise InputError("The URL of that store holds a password.", "Give it in options: they are kept nowhere.")
        try:
            # a listing kept in memory would not see what other processes do
            filesystem, root = fsspec.url_to_fs(url, use_listings_cache=False, **options)
        except (ImportError, ValueError, TypeError) as error:
            raise InputError(f"{url} cannot be opened: {error}.", "Check the URL, and install what it names.") from None
        except OSError as error:
            raise StoreError(f"The store at {url} cannot be reached: {error}.", "Check its address.") from None
        self.filesystem: AbstractFileSystem = filesystem
        self.url = filesystem.unstrip_protocol(root).rstrip("/")
        self._root = root.rstrip("/")
        protocol = filesystem.protocol
        self._tagged = "s3" in ((protocol,) if isinstance(protocol, str) else protocol)
        # of botocore's own failures, such as keys that are missing, not all are OSErrors
        boto = (import_module("botocore.exceptions").BotoCoreError,) if self._tagged else ()
        self._failures: tuple[type[Exception], ...] = (OSError, *boto)

    def load(self, name: str) -> tuple[bytes, Tag]:
        """Give an object, and the tag it had just before."""
        with self._told():
            # in this order: were it replaced in between, a swap on the older tag would be refused
            tag = self.filesystem.info(self._at(name))["ETag"] if self._tagged else "there"
            return self.filesystem.cat_file(self._at(name)), str(tag)

    def source(self, name: str) -> pa.BufferReader:
        """Give the object's bytes: a month is smaller than the way to its parts is long."""
        with self._told():
            return pa.BufferReader(self.filesystem.cat_file(self._at(name)))

    def put(self, name: str, data: bytes) -> None:
        """Write a new object."""
        with self._told(missing=True):
            self.filesystem.pipe_file(self._at(name), data)

    def swap(self, name: str, data: bytes, seen: Tag, *, after: Collection[str]) -> bool:
        """Put an object with one call, on S3 if it is still the one seen."""
        condition: dict[str, str] = {}
        if self._tagged:
            condition = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        with self._told(missing=True):
            try:
                self.filesystem.pipe_file(self._at(name), data, **condition)
            except OSError as error:
                if _code(error) in _BEATEN:
                    return False
                raise
        return True

    def tidy(self, folder: str, *, keep: Collection[str], gone: Collection[str]) -> None:
        """Remove what was replaced; a file nobody names may be one that another writer is about to name."""
        with self._told():
            for name in set(gone) - set(keep):
                self.filesystem.rm_file(self._at(f"{folder}/{name}"))

    def names(self, folder: str) -> list[str]:
        """List the data files of a folder."""
        with self._told():
            found = self.filesystem.find(self._at(folder), maxdepth=1)
        return sorted(name for path in found if (name := path.rsplit("/", 1)[1]).endswith(".parquet"))

    def folders(self, holding: str) -> list[str]:
        """List the folders with such an object."""
        try:
            with self._told():
                found = self.filesystem.find(self._root)
        except FileNotFoundError:
            return []
        inside = (path.removeprefix(self._root).strip("/") for path in found)
        return sorted(path.removesuffix(f"/{holding}") for path in inside if path.endswith(f"/{holding}"))

    def alone(self, folder: str) -> AbstractContextManager[None]:
        """Keep the other threads of this process out."""
        return process_lock(self.path(folder))

    def path(self, name: str) -> str:
        """Give the URL."""
        return f"{self.url}/{name}"

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _told(self, *, missing: bool = False) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            if isinstance(error, FileNotFoundError) and not missing:
                raise
            raise StoreError(
                f"The store at {self.url} cannot be reached: {error}.", "Check its address and your keys to it."
            ) from None


def _code(error: OSError) -> str:
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
