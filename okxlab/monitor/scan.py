"""The scanner: every OKX-shaped secret in files that should hold none."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from okxlab.monitor.pieces import files_under, pieces_of
from okxlab.monitor.shapes import Sighting, sightings

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("file", "place", "kind", "shown", "digest", "leak", "why")
_MARK = "okxlab: no secret"
_HOME = {".env", ".okxlab/paper.json", ".okxlab/paper.db", ".okxlab/paper.db-wal"}


def scan(path: Path | str = ".") -> "pd.DataFrame":
    """Find keys, secrets, passphrases and signatures of OKX in a file, or in all files below a folder.

    Notebooks are read by cell: sources, outputs, tracebacks, metadata, papermill's parameters; images are left out. The
    rest is read as text: gzip is unpacked, and of binary files it is what can be read in them, so compressed columns of
    Parquet are not seen. Escapes of JSON, HTML and URLs are taken off, and so is base64. A UUID or a hash alone is no
    finding: a name must stand near, or key and secret together. Lines that say ``okxlab: no secret`` are left out.

    Parameters
    ----------
    path
        A file or folder. Git's own folder, virtual environments, packages and caches are left out, links not followed.

    Returns
    -------
    pandas.DataFrame
        One row a secret, in order of files and lines: ``file``; ``place`` (the line from 1, in notebooks behind the
        cell from 0); ``kind`` (key, secret, passphrase, signature); ``shown`` (its first four characters and its
        length); ``digest`` (eight hex digits of its SHA-256); ``leak`` (False where okxlab itself keeps it, closed to
        others: ``.env`` and the paper exchange's own files); ``why``.

    Raises
    ------
    InputError
        When there is nothing at ``path``, or a file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "bot.log").write_text("sent OK-ACCESS-PASSPHRASE: Hunter-2!")
    ...     scan(folder)[["place", "kind", "shown"]].to_dict("records")
    [{'place': 'line 1', 'kind': 'passphrase', 'shown': 'Hunt… (9)'}]
    """
    import pandas as pd  # noqa: PLC0415 - a report's own scan makes no frame

    top = Path(path)
    rows = [_row(file, place, one) for file in files_under(top) for place, one in _seen(file)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"leak": bool})


def _seen(file: Path) -> Iterator[tuple[str, Sighting]]:
    for piece in pieces_of(file):
        lines: list[str] = []
        for one in sightings(piece.text, code=piece.code):
            lines = lines or piece.text.split("\n")
            if _MARK not in lines[one.line - 1]:
                yield f"{piece.place} line {one.line}".strip(), one


def _row(file: Path, place: str, one: Sighting) -> tuple[str, str, str, str, str, bool, str]:
    why = _why_leak(file)
    shown = f"{one.value[:4]}… ({len(one.value)})"
    return str(file), place, one.kind, shown, one.digest, bool(why), why or "where it belongs"


def _why_leak(file: Path) -> str:
    """Say why a secret must not lie in this file; nothing where it belongs."""
    if not _HOME & {file.name, f"{file.parent.name}/{file.name}"}:
        return "readable in this file"
    if file.stat().st_mode & 0o077:
        return f"other users can read this file: chmod 600 {file}"
    return "git keeps this file" if _in_git(file) else ""


def _in_git(file: Path) -> bool:
    program = shutil.which("git")
    if program is None:
        return False
    words = [program, "-C", str(file.absolute().parent), "ls-files", "--error-unmatch", "--", file.name]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed words, no shell
