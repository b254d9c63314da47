"""The file that tells other programs of the same user where the exchange is."""

import contextlib
import os
from pathlib import Path

from okxlab.errors import PaperError


def write_state(path: Path, line: str) -> None:
    """Put the start line into a file that only its owner can read, whole or not at all.

    Raises
    ------
    PaperError
        The file cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(line)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()  # it holds the keys
        raise PaperError(
            f"The state file {path} cannot be written: {error.strerror}.", "Choose another with --state."
        ) from None


def remove_state(path: Path, line: str) -> None:
    """Take the file away if it still holds our line."""
    with contextlib.suppress(OSError, ValueError):
        if path.read_text() == line:
            path.unlink()
