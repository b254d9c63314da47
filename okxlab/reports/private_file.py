"""Files only their owner may read, written whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put ``text`` in place of ``path`` in one step, mode 0600, on disk when this returns."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - a Path cannot open with a mode
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


def private_folder(path: Path, *, new: bool = False) -> Path:
    """Make a folder closed to other users (0700); ``new`` insists that it was not there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=not new)
    return path
