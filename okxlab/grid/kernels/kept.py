"""What lets compiled code be taken from the cache: that no file it may have been made of has changed.

numba looks at the file a function stands in, and not at those whose functions and constants were compiled into it. Here
every function is kept under one stamp, of all the files of this folder.
"""

from hashlib import sha256
from importlib import import_module
from pathlib import Path

from numba.core.dispatcher import Dispatcher

_FOLDER = Path(__file__).parent


def stamp(folder: Path = _FOLDER) -> str:
    """Give a text that changes with any file of a folder of code.

    >>> stamp() == stamp()
    True
    """
    found = sha256()
    for file in sorted(folder.glob("*.py")):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def keep_together(package: str) -> None:
    """Put every compiled function of a package of this folder under the stamp of all of them."""
    made = stamp()
    for file in sorted(_FOLDER.glob("[!_]*.py")):
        for thing in vars(import_module(f"{package}.{file.stem}")).values():
            kept = getattr(getattr(thing, "_cache", None), "_cache_file", None)
            if isinstance(thing, Dispatcher) and kept is not None:
                kept._source_stamp = made  # noqa: SLF001  numba has no public name for it
