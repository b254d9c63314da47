"""The way to a PostgreSQL database, and what is said when it fails: never the address, in which a secret may stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from okxlab.errors import ConfigError, JournalError

if TYPE_CHECKING:
    import psycopg

# A server that does not answer must not hold up a kernel for ever.
ANSWER_MS = 30_000
_CONNECT_S = 10


def connect(url: str, name: str) -> "psycopg.Connection":
    """Give a connection that commits each statement by itself.

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
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_S, tcp_user_timeout=ANSWER_MS)


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
