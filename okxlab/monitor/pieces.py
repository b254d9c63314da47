"""Files as pieces of text: which are read under a folder, and how each kind is."""

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from okxlab.errors import InputError
from okxlab.monitor.notebook import Piece, notebook_pieces

# what others have written: git's own store, installed packages, caches
_FOREIGN = {".git", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox"}
_PICTURES = {
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".otf"),
    *(".so", ".dll", ".dylib", ".pyc", ".nbi", ".nbc"),
}
_AT_ONCE = 16 << 20  # larger texts are read in parts
_OVERLAP = 1 << 12
_PRINTABLE = re.compile(rb"[\x09\x20-\x7e]{8,}")


def files_under(path: Path) -> list[Path]:
    """Give the files to read below a folder, in order, or the file itself; links are not followed.

    Raises
    ------
    InputError
        When there is nothing at ``path``.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"There is neither a file nor a folder at {path}.", "Check the path.")
    found = []
    for folder, below, names in os.walk(path):
        here = Path(folder)
        below[:] = sorted(name for name in below if name not in _FOREIGN and not (here / name / "pyvenv.cfg").exists())
        files = (here / name for name in names)
        found += [
            one for one in files if one.suffix.lower() not in _PICTURES and one.is_file() and not one.is_symlink()
        ]
    return sorted(found)


def pieces_of(file: Path) -> Iterator[Piece]:
    """Give the texts of a file: a notebook's by cell, of a binary file what can be read in it, gzip unpacked.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).", "Permit it, or leave it out.") from None
    name = file.name
    if data[:2] == b"\x1f\x8b":
        name, data = name.removesuffix(".gz"), _unpacked(data)
    if name.endswith(".ipynb"):
        notebook = _notebook(data)
        if notebook is not None:
            yield from notebook_pieces(notebook)
            return
    text = _text(data)
    for start in range(0, max(len(text), 1), _AT_ONCE):
        place = f"part {start // _AT_ONCE}" if start else ""
        yield Piece(place, text[max(0, start - _OVERLAP) : start + _AT_ONCE], code=name.endswith((".py", ".pyi")))


def _unpacked(data: bytes) -> bytes:
    """Unpack gzip as far as it goes, at most 256 MB."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        return unpacker.decompress(data, 256 << 20)
    except (zlib.error, gzip.BadGzipFile):
        return data


def _notebook(data: bytes) -> dict[str, object] | None:
    try:
        notebook = json.loads(data)
    except ValueError:
        return None
    return notebook if isinstance(notebook, dict) and isinstance(notebook.get("cells"), list) else None


def _text(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:8192]:
        return b"\n".join(_PRINTABLE.findall(data)).decode("ascii")
    return data.decode("utf-8", errors="replace")
