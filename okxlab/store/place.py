"""Where a store lies: a folder of this machine, or anything fsspec has a name for."""

import re
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import pyarrow as pa
from fsspec import AbstractFileSystem

from okxlab.errors import InputError

_LOCAL = re.compile(r"(?:file|local)://", re.IGNORECASE)
Tag = str  # what a place calls one version of an object; empty where there was none


class Place(Protocol):
    """Files by relative name. A file that is gone is a FileNotFoundError, everything else that fails a StoreError."""

    url: str
    filesystem: AbstractFileSystem

    def load(self, name: str) -> tuple[bytes, Tag]:
        """Give a file and the tag of the version read."""

    def source(self, name: str) -> str | pa.BufferReader:
        """Give a file in the form Parquet is read from fastest."""

    def put(self, name: str, data: bytes) -> None:
        """Write a file that was not there before."""

    def swap(self, name: str, data: bytes, seen: Tag, *, after: Collection[str]) -> bool:
        """Put a file in place of the version seen, in one step, once other files put before are on disk.

        It is on disk when this returns. False when another version is there.
        """

    def tidy(self, folder: str, *, keep: Collection[str], gone: Collection[str]) -> None:
        """Remove a folder's replaced files, and where nobody else can be writing also those nobody names."""

    def names(self, folder: str) -> list[str]:
        """List the files of a folder."""

    def folders(self, holding: str) -> list[str]:
        """List the folders that hold a file of some name."""

    def alone(self, folder: str) -> AbstractContextManager[None]:
        """Keep other writers out of a folder, as far as the place can."""

    def path(self, name: str) -> str:
        """Give the path or URL others read a file by."""


def is_local(url: str | Path) -> bool:
    """Tell a folder of this machine from a URL of elsewhere."""
    return isinstance(url, Path) or "://" not in url or _LOCAL.match(url) is not None


def folder_of(url: str | Path) -> Path:
    """Give the folder that a path is, or a URL ``file:///folder`` (``%20`` is a space, the host this machine).

    Raises
    ------
    InputError
        When the URL names another machine, or no folder of this one.

    Examples
    --------
    >>> folder_of("file:///srv/market%20data"), folder_of("FILE://localhost/srv")
    (PosixPath('/srv/market data'), PosixPath('/srv'))
    """
    if isinstance(url, Path) or not (scheme := _LOCAL.match(url)):
        return Path(url).expanduser().absolute()
    host, slash, folder = url[scheme.end() :].partition("/")
    if not slash or host.lower() not in {"", "localhost"}:
        raise InputError(f"{url} is no folder of this machine.", "Write file:///folder, or the folder alone.")
    return Path(f"/{unquote(folder)}")
