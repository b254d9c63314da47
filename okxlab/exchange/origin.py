"""HTTP to one place and no other: straight, proven by its certificate, bounded in time and size."""

import io
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, SSLError

from okxlab.clock import Clock
from okxlab.errors import Blocked
from okxlab.exchange.profile import HOSTS, loopback

LARGEST = 8 << 20  # bytes of an answer, unpacked
_DEEPEST, _STRAY = 16, 100  # brackets within brackets, of which OKX needs six, and brackets in texts
_CONNECTIONS = 16
_BUFFER = 64 << 10
_NO_MARKS = bytes(set(range(256)) - set(b"[]{}"))


@dataclass(slots=True)
class Wire:
    """What one request met: whether bytes may have left, and the raw answer if one came.

    ``moment`` is when it began and ``took`` how long it was until the answer, in seconds of the monotonic clock;
    ``date`` is the answer's Date header. ``failure`` names what kept the answer from coming or from being believed.
    """

    sent: bool = False
    status: int | None = None
    text: str | bytes = ""
    failure: str = ""
    date: str = ""
    moment: float = 0.0
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came, its body unpacked."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Attempt:
    """One request under way, and until when."""

    clock: Clock
    until: float
    wire: Wire

    def left(self) -> float:
        left = self.until - self.clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


_attempt: ContextVar[_Attempt] = ContextVar("okxlab_attempt")


def secure_context(roots: str = DEFAULT_CA_BUNDLE_PATH) -> ssl.SSLContext:
    """Give the rules of TLS: 1.2 at least, a certificate that ``roots`` vouch for, the name proven.

    Nothing of the environment counts: no roots named there, and no file to write the connection's keys to.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=roots)
    return context


class Origin:
    """One of OKX's hosts, or a loopback address. No other can be made, and none but it is ever connected to.

    Parameters
    ----------
    base
        Such as ``https://www.okx.com``.
    clock
        Whose monotonic time bounds a request.
    roots
        File of the certificates that may vouch for it.

    Raises
    ------
    Blocked
        When ``base`` is another place.
    """

    def __init__(self, base: str, clock: Clock, *, roots: str = DEFAULT_CA_BUNDLE_PATH) -> None:
        parts = urlsplit(base)
        known = parts.scheme == "https" and parts.netloc in HOSTS
        if not known and not (loopback(base) and parts.netloc and "@" not in parts.netloc):
            raise Blocked(f"{base} is not one of OKX's hosts.", f"Use one of {', '.join(HOSTS)}.")
        self.scheme, self.netloc = parts.scheme, parts.netloc
        self._clock = clock
        self._host, self._port, self._roots = str(parts.hostname), parts.port, roots
        self._process = os.getpid()
        self._pool = self._connections()

    def ask(
        self, method: str, target: str, head: Callable[[], dict[str, str]], *, body: bytes | None = None,
        seconds: float, wire: Wire,
    ) -> Answer | None:  # fmt: skip
        """Send one request once, and give its answer; None when ``wire.failure`` says why there is none to believe.

        Parameters
        ----------
        head
            Makes the headers when they are needed: no frame that an error passes through holds them.
        seconds
            For everything, from connecting to the last byte.
        """
        wire.moment = self._clock.monotonic()
        token = _attempt.set(_Attempt(self._clock, wire.moment + seconds, wire))
        try:
            answer = _read(
                self._own_pool().urlopen(
                    method, target, body, head(), retries=False, redirect=False, timeout=seconds, preload_content=False
                )
            )
        except (HTTPError, OSError) as error:
            wire.failure = self._named(error, wire, seconds)
            return None
        except BaseException as error:  # Ctrl-C, or what the user's own alarm or signal raises
            _bare(error)
            raise
        finally:
            _attempt.reset(token)
        wire.took = self._clock.monotonic() - wire.moment
        wire.failure = _distrusted(answer)
        return None if wire.failure else answer

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _own_pool(self) -> HTTPConnectionPool:
        """Give this process's connections: two that share one after a fork would read each other's answers."""
        if self._process != os.getpid():
            self._pool, self._process = self._connections(), os.getpid()
        return self._pool

    def _connections(self) -> HTTPConnectionPool:
        if self.scheme == "https":
            context = secure_context(self._roots)
            return _SecurePool(self._host, self._port, maxsize=_CONNECTIONS, ssl_context=context)
        return _PlainPool(self._host, self._port, maxsize=_CONNECTIONS)

    def _named(self, error: Exception, wire: Wire, seconds: float) -> str:
        if self._clock.monotonic() >= wire.moment + seconds:
            return "ReadTimeout" if wire.sent else "ConnectTimeout"
        if isinstance(error, SSLError | ssl.SSLError):
            return "SSLError"
        return type(error).__name__.replace("TimeoutError", "Timeout").replace("NewConnectionError", "ConnectionError")


def _read(response: BaseHTTPResponse) -> Answer:
    body = response.read(LARGEST + 1, decode_content=True)
    if len(body) > LARGEST:
        response.close()
    response.release_conn()
    return Answer(response.status, str(response.reason or ""), response.headers, body)


def _bare(error: BaseException) -> None:
    """Take off the frames that an error came through: they held the headers."""
    error.__context__ = error.__cause__ = error.__traceback__ = None


def _distrusted(answer: Answer) -> str:
    """Say why an answer is not to be believed, whatever stands in it; nothing for one that may be."""
    if 300 <= answer.status < 400:
        return f"Redirect to {answer.headers.get('Location', '')!r}"
    if len(answer.body) > LARGEST:
        return "TooLarge"
    return "TooDeep" if _deep(answer.body) else ""


def _deep(text: bytes) -> bool:
    """Tell whether brackets stand in one another deeper than any answer of OKX; a parser may run out of stack there."""
    marks = text.translate(None, _NO_MARKS)
    for _ in range(_DEEPEST):
        fewer = marks.replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(marks):
            break
        marks = fewer
    return len(marks) > _STRAY


class _Connection(HTTPConnection):
    """A connection that keeps to its attempt's time and notes when the first byte leaves."""

    debuglevel = 0  # set here, so that setting it on http.client prints no header

    def send(self, data: Any) -> None:
        attempt = _attempt.get()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(attempt.left())
        attempt.wire.sent = True
        super().send(data)

    def response_class(self, sock: socket.socket, **told: Any) -> HTTPResponse:  # type: ignore[override]  # called alike
        """Make the reader of one answer."""
        return HTTPResponse(_Paced(sock, _attempt.get()), **told)  # type: ignore[arg-type]  # it asks for makefile only

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that takes it; each has its share of the time, so a dead one leaves some."""
        attempt = _attempt.get()
        try:
            places = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NameResolutionError(self.host, self, error) from None  # type: ignore[arg-type]  # gaierror or kin
        failure = "no address"
        for number, (family, kind, protocol, _, place) in enumerate(places):
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(attempt.left() / (len(places) - number))
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.connect(place)
                made.settimeout(attempt.left())
            except OSError as error:
                made.close()
                failure = type(error).__name__
            except BaseException:
                made.close()
                raise
            else:
                return made
        raise NewConnectionError(self, failure)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Paced(io.RawIOBase):
    """What comes over a socket; every piece of it within what is left of the attempt's time."""

    def __init__(self, sock: socket.socket, attempt: _Attempt) -> None:
        self._sock, self._attempt = sock, attempt
        self._raw = sock.makefile("rb", buffering=0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give it buffered."""
        return io.BufferedReader(self, _BUFFER)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._attempt.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
