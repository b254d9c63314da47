"""A connection to PostgreSQL that waits for no answer for ever; imported only where psycopg is needed."""

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

R = TypeVar("R")


class Connection(psycopg.Connection[Any]):
    """Commits each statement by itself, and is over once the server let it wait for ``patience`` seconds."""

    patience = 60.0  # long enough to read a long journal

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        """Wait for what the server says; what it was doing then is not known, so a connection it kept is closed.

        Raises
        ------
        psycopg.OperationalError
            When it said nothing for too long, or the way to it failed.
        """
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError:
            self.close()
            raise
