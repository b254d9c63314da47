"""The only way to the network: one origin, no redirects, signatures made here and nowhere else.

ccxt never holds a real key. It signs with placeholders; the transport puts the real signature on the bytes that leave,
so that nothing ccxt prints, logs or remembers can show a secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, default_user_agent
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError, NewConnectionError

from okxlab.clock import Clock, iso
from okxlab.errors import Blocked, CredentialsError
from okxlab.exchange.credentials import Credentials
from okxlab.exchange.profile import Profile
from okxlab.exchange.throttle import Throttle

PLACEHOLDER = "okxlab-signs-in-transport"
ORDER_LIFE_MS = 3_000
_CONNECTIONS = 16
_EXPIRING = ("/api/v5/trade/order", "/api/v5/trade/batch-orders")


@dataclass(slots=True)
class Wire:
    """What one request met: whether bytes may have left, and the raw answer if one came."""

    sent: bool = False
    status: int | None = None
    text: str | bytes = ""
    failure: str = ""


_listening: ContextVar[Wire | None] = ContextVar("okxlab_wire", default=None)


@contextmanager
def listen() -> Iterator[Wire]:
    """Keep the raw outcome of the request made inside the block."""
    wire = Wire()
    token = _listening.set(wire)
    try:
        yield wire
    finally:
        _listening.reset(token)


class Transport(HTTPAdapter):
    """Carries requests to the profile's origin and refuses every other one."""

    def __init__(self, profile: Profile, credentials: Credentials | None, throttle: Throttle, clock: Clock) -> None:
        super().__init__(max_retries=0, pool_maxsize=_CONNECTIONS)
        manager = PoolManager(maxsize=_CONNECTIONS, cert_reqs="CERT_REQUIRED", ca_certs=DEFAULT_CA_BUNDLE_PATH)
        self._straight = manager.connection_from_url(profile.rest)
        self._headers = {"User-Agent": default_user_agent(), "Accept-Encoding": "gzip, deflate"}
        if profile.simulated:
            self._headers["x-simulated-trading"] = "1"
        self.offset_ms = 0
        self._closed = False
        self._profile = profile
        self._credentials = credentials
        self._throttle = throttle
        self._clock = clock

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        """Check, wait for a free slot, sign and send once.

        Whatever proxy or certificate the caller names is left out: the way is straight and its certificate is checked.
        """
        wire = _listening.get() or Wire()
        kwargs |= {"verify": True, "cert": None, "proxies": None}
        self._check(request)
        turn = self._throttle.wait(str(request.method), request.path_url, request.body)
        response = self._carry(self._signed(request), request, wire, **kwargs)
        if response.is_redirect:
            raise self._redirected(response.headers.get("Location", ""))
        wire.status, wire.text = response.status_code, response.content
        self._throttle.answered(turn, response.status_code, response.content)
        return response

    def get(self, target: str, seconds: float) -> Wire:
        """Read a public target of the profile's origin once, unsigned, without the layers of ccxt and requests.

        The same rules hold as for `send`: the origin is fixed, limits are kept, no redirect is followed. ``seconds`` is
        how long connecting, and then each part of the answer, may take.
        """
        self._check_open()
        turn = self._throttle.wait("GET", target)
        wire = Wire(sent=True)
        try:
            response = self._straight.urlopen(
                "GET", target, headers=self._headers, retries=False, redirect=False, timeout=seconds
            )
        except HTTPError as error:
            wire.failure = type(error).__name__.replace("TimeoutError", "Timeout")
            return wire
        elsewhere = response.get_redirect_location()
        if elsewhere:
            raise self._redirected(elsewhere)
        wire.status, wire.text = response.status, response.data
        self._throttle.answered(turn, response.status, response.data)
        return wire

    def login(self) -> dict[str, str]:
        """Give the arguments of a WebSocket login, signed now; they are for the frame that leaves and nothing else.

        Raises
        ------
        CredentialsError
            When there is no key.
        """
        keys = self._keys()
        stamp = str((self._clock.now_ms() + self.offset_ms) // 1000)
        named = {"apiKey": keys.key.reveal(), "passphrase": keys.passphrase.reveal(), "timestamp": stamp}
        return named | {"sign": _signature(keys, f"{stamp}GET/users/self/verify")}

    def close(self) -> None:
        """Let nothing out any more."""
        self._closed = True
        self._straight.close()
        super().close()

    def _redirected(self, elsewhere: str) -> Blocked:
        return Blocked(
            f"{self._profile.rest} tried to redirect to {elsewhere!r}.",
            "okxlab never follows: check which of OKX's hosts your account belongs to.",
        )

    def _check_open(self) -> None:
        if self._closed:
            raise Blocked(f"This {self._profile.name} session is closed.", "Open another with ox.connect().")

    def _check(self, request: requests.PreparedRequest) -> None:
        self._check_open()
        parts, home = urlsplit(str(request.url)), urlsplit(self._profile.rest)
        if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
            raise Blocked(
                f"A request to {parts.hostname} was stopped: this session reaches {self._profile.rest} only.",
                "Connect with the profile that belongs to that host.",
            )
        if request.method == "GET":
            return
        if "withdraw" in parts.path:
            raise Blocked("okxlab never withdraws.", "Use OKX's own site or app.")
        if self._profile.name != "paper":
            raise Blocked(
                f"{request.method} {parts.path} was stopped: this version changes nothing on {self._profile.name}.",
                'Rehearse it on the paper exchange: ox.connect("paper").',
            )

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = request.copy()
        if self._profile.simulated:
            signed.headers["x-simulated-trading"] = "1"
        if "OK-ACCESS-SIGN" not in request.headers:
            return signed
        keys = self._keys()
        now = self._clock.now_ms() + self.offset_ms
        stamp = iso(now)
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        signed.headers["OK-ACCESS-KEY"] = keys.key.reveal()
        signed.headers["OK-ACCESS-PASSPHRASE"] = keys.passphrase.reveal()
        signed.headers["OK-ACCESS-TIMESTAMP"] = stamp
        signed.headers["OK-ACCESS-SIGN"] = _signature(keys, f"{stamp}{request.method}{request.path_url}{body}")
        if request.method == "POST" and request.path_url in _EXPIRING:
            signed.headers["expTime"] = str(now + ORDER_LIFE_MS)
        return signed

    def _keys(self) -> Credentials:
        if self._credentials is None:
            raise CredentialsError(
                f"There is no {self._profile.name} key.", "Set the three OKX_… variables; see README."
            )
        return self._credentials

    def _carry(
        self, signed: requests.PreparedRequest, request: requests.PreparedRequest, wire: Wire, **kwargs: Any
    ) -> requests.Response:
        wire.sent = True
        try:
            response = super().send(signed, **kwargs)
            response.request = request
            _ = response.content  # the body is read here, so that a cut answer is known here
        except requests.RequestException as error:
            wire.sent = not _never_connected(error)
            wire.failure = type(error).__name__
            # raised below, outside this block: the frames behind the original hold the signed headers
            failure = type(error)(str(error), request=request)
        else:
            return response
        raise failure


def _signature(keys: Credentials, text: str) -> str:
    return base64.b64encode(hmac.digest(keys.secret.reveal().encode(), text.encode(), hashlib.sha256)).decode()


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


class Connection(requests.Session):
    """A requests session that goes through the transport alone."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("http://", transport)
        self.mount("https://", transport)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow none: signed headers would go along."""
