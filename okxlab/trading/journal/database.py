"""The way to a PostgreSQL database, and what is said when it fails: never the address, in which a secret may stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from okxlab.errors import ConfigError, JournalError

if TYPE_CHECKING:
    from okxlab.trading.journal.connection import Connection

# a cancellation is written down first: a server that does not answer must not hold it up for longer
ANSWER_S = 5


def connect(url: str, name: str) -> "Connection":
    """Give a connection to a database, patient enough to read a long journal.

    Raises
    ------
    JournalError
        When the address cannot be read or the server not be reached; it says so of ``name``.
    ConfigError
        When psycopg is not installed.
    """
    try:
        import psycopg  # noqa: PLC0415 - an extra, and only this backend needs it
        from psycopg import conninfo  # noqa: PLC0415 - same

        from okxlab.trading.journal.connection import Connection  # noqa: PLC0415 - same
    except ImportError:
        raise ConfigError(
            "A journal in PostgreSQL needs psycopg, which is not installed.", "pip install 'okxlab[postgres]'"
        ) from None
    try:
        conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise JournalError(
            f"{name} lies at an address that cannot be read.", "Write it postgresql://user@host/name."
        ) from None
    with failing(name):
        return Connection.connect(url, autocommit=True, connect_timeout=ANSWER_S)


@contextmanager
def failing(name: str) -> Iterator[None]:
    """Say for what the server or the way to it failed, and its last word: before it may stand the address.

    Raises
    ------
    JournalError
        When it did.
    """
    import psycopg  # noqa: PLC0415 - an extra, and only this backend needs it

    try:
        yield
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        why = said[0].rpartition(": ")[2] if said else type(error).__name__
        raise JournalError(
            f"{name} cannot be used: {why}.", "See to the server, then open the journal again."
        ) from None
