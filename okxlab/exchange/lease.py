"""A lease on the paper exchange: an open connection, and nothing more.

The system closes the connection when this process ends, kill -9 included; the exchange sees it and ends with its last
lease. No thread, no heartbeat.
"""

import socket
from urllib.parse import urlsplit

from okxlab.errors import Unreachable
from okxlab.exchange.credentials import Secret

_GRANTED = b"leased"
_LAST_CHUNK = b"0\r\n\r\n"
_PATIENCE = 10.0


class Lease:
    """Holds the paper exchange at ``rest`` until closed.

    Raises
    ------
    Unreachable
        When nobody answers there or the answer is not a lease.
    """

    def __init__(self, rest: str, control: Secret) -> None:
        parts = urlsplit(rest)
        host, port = str(parts.hostname), parts.port or 80
        try:
            self._socket = socket.create_connection((host, port), timeout=_PATIENCE)
        except OSError as error:
            raise _nobody(rest, error) from None
        try:
            self._socket.sendall(_request(f"{host}:{port}", control))
            self._await_grant()
        except OSError as error:
            self.close()
            raise _nobody(rest, error) from None

    def _await_grant(self) -> None:
        heard = b""
        while _GRANTED not in heard:
            chunk = self._socket.recv(4096)
            if not chunk:
                raise ConnectionError("it did not grant a lease")
            heard += chunk

    @property
    def held(self) -> bool:
        """Whether the exchange still holds it: a lease on one that is ending is closed as soon as it is granted."""
        self._socket.settimeout(0)
        try:
            rest = self._socket.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return bool(rest) and _LAST_CHUNK not in rest

    def close(self) -> None:
        """Give the lease back."""
        self._socket.close()


def _request(place: str, control: Secret) -> bytes:
    return f"GET /okxlab/lease HTTP/1.1\r\nHost: {place}\r\nX-Okxlab-Token: {control.reveal()}\r\n\r\n".encode()


def _nobody(rest: str, error: OSError) -> Unreachable:
    return Unreachable(f"No paper exchange answers at {rest} ({error}).", "Call ox.connect() again.")
