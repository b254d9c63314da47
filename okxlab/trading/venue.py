"""What the order path needs of an exchange: one send for each permit, reads, and the exchange's clock.

The order path sees nothing else of the network, so that it runs unchanged against OKX and in a simulation.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from okxlab.exchange import Permit, Session, Wire, prepare, read, send


class Reader(Protocol):
    """Whoever can read an exchange."""

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        """Give the rows of a read, named as ccxt's implicit methods are.

        Raises
        ------
        ExchangeError
            When there is no usable answer.
        """


class Venue(Reader, Protocol):
    """Whoever orders can be sent to."""

    def prepare(self, path: str, rows: Sequence[Mapping[str, str]]) -> Permit:
        """Wait for the turn of one state-changing request; nothing has left when this returns."""

    def send(self, permit: Permit, expires_ms: int) -> Wire:
        """Send it, once; ``expires_ms`` is on the exchange's clock, 0 for a request that never expires."""

    def now_ms(self) -> int:
        """Give the exchange's clock, as far as it is known here."""


class SessionVenue:
    """The exchange behind a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, method: str, params: Mapping[str, str]) -> list[Any]:
        """Give the rows of a read."""
        return read(self._session, method, dict(params))

    def prepare(self, path: str, rows: Sequence[Mapping[str, str]]) -> Permit:
        """Wait for the turn of one state-changing request."""
        return prepare(self._session, path, [dict(row) for row in rows])

    def send(self, permit: Permit, expires_ms: int) -> Wire:
        """Send it, once."""
        return send(self._session, permit, expires_ms=expires_ms or None)

    def now_ms(self) -> int:
        """Give the exchange's clock, as far as it is known here."""
        return self._session.transport.now_ms()
