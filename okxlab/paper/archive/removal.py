"""The end of a database: taken away when nobody uses it any more."""

import contextlib
import sqlite3
from pathlib import Path

from okxlab.errors import PaperError

_PATIENCE = 5.0  # seconds: an exchange that is ending lets its file go


def remove_database(path: Path) -> bool:
    """Take a database away, whatever is in it, and say whether there was one.

    Raises
    ------
    PaperError
        An exchange uses it.
    """
    if not path.exists():
        return False
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as base:
        try:
            base.execute("PRAGMA locking_mode=EXCLUSIVE")
            base.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise PaperError(f"An exchange uses the database {path}.", "End it first.") from None
            # what is no database can be taken away too
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            file.unlink(missing_ok=True)
    return True
