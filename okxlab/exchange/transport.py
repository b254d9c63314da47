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
from okxlab.exchange.permit import Grant, current_grant
from okxlab.exchange.profile import Profile
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.venue_clock import VenueClock

PLACEHOLDER = "okxlab-signs-in-transport"
ORDER_LIFE_MS = 3_000
ORDER_SECONDS = 2.0  # an order's answer is awaited for less than the order may live
_CONNECTIONS = 16


@dataclass(slots=True)
class Wire:
    """What one request met: whether bytes may have left, and the raw answer if one came.

    ``moment`` is when it left and ``took`` how long it was until the answer, in seconds of the monotonic clock;
    ``date`` is the answer's Date header.
    """

    sent: bool = False
    status: int | None = None
    text: str | bytes = ""
    failure: str = ""
    date: str = ""
    moment: float = 0.0
    took: float = 0.0


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
        self.time = VenueClock(clock)
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
        grant = self._grant(request)
        if grant is not None:
            turn, kwargs["timeout"] = grant.permit.turn, ORDER_SECONDS
        else:
            turn = self._throttle.wait(str(request.method), request.path_url, request.body)
        try:
            response = self._carry(self._signed(request, grant), request, wire, **kwargs)
        except requests.RequestException:
            if wire.sent:
                self._throttle.unanswered(turn)
            raise
        if response.is_redirect:
            wire.failure = "Redirect"
            raise self._redirected(response.headers.get("Location", ""))
        wire.status, wire.text = response.status_code, response.content
        wire.date = response.headers.get("Date", "")
        self._throttle.answered(turn, response.status_code, response.content)
        return response

    def get(self, target: str, seconds: float) -> Wire:
        """Read a public target of the profile's origin once, unsigned, without the layers of ccxt and requests.

        The same rules hold as for `send`: the origin is fixed, limits are kept, no redirect is followed. ``seconds`` is
        how long connecting, and then each part of the answer, may take.
        """
        self.check_open()
        turn = self._throttle.wait("GET", target)
        wire = Wire(sent=True, moment=self._clock.monotonic())
        try:
            response = self._straight.urlopen(
                "GET", target, headers=self._headers, retries=False, redirect=False, timeout=seconds
            )
        except HTTPError as error:
            wire.failure = type(error).__name__.replace("TimeoutError", "Timeout")
            return wire
        wire.took = self._clock.monotonic() - wire.moment
        elsewhere = response.get_redirect_location()
        if elsewhere:
            raise self._redirected(elsewhere)
        wire.status, wire.text, wire.date = response.status, response.data, response.headers.get("Date", "")
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
        stamp = str(self.now_ms() // 1000)
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

    def now_ms(self) -> int:
        """Give the exchange's time in milliseconds, as far as it is known: see `okxlab.exchange.sync_clock`."""
        return self.time.now_ms()

    def check_open(self) -> None:
        """Refuse what cannot leave any more.

        Raises
        ------
        Blocked
            When the session is closed.
        """
        if self._closed:
            raise Blocked(f"This {self._profile.name} session is closed.", "Open another with ox.connect().")

    def _check(self, request: requests.PreparedRequest) -> None:
        self.check_open()
        parts, home = urlsplit(str(request.url)), urlsplit(self._profile.rest)
        if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
            raise Blocked(
                f"A request to {parts.hostname} was stopped: this session reaches {self._profile.rest} only.",
                "Connect with the profile that belongs to that host.",
            )

    def _grant(self, request: requests.PreparedRequest) -> Grant | None:
        """Use up the permit under which a request leaves; None for a read, and for what only the paper exchange sees.

        Raises
        ------
        Blocked
            When it changes something without leave.
        """
        if request.method == "GET":
            return None
        if "withdraw" in request.path_url:
            raise Blocked("okxlab never withdraws.", "Use OKX's own site or app.")
        grant = current_grant()
        if grant is not None:
            body = request.body.encode() if isinstance(request.body, str) else request.body or b""
            grant.permit.use(self, request.path_url, body)
        elif self._profile.name != "paper":
            raise Blocked(
                f"{request.method} {request.path_url} was stopped: on {self._profile.name} ccxt itself only reads.",
                "Orders leave through ox.place and ox.cancel; other changes are made on OKX's own site or app.",
            )
        return grant

    def _signed(self, request: requests.PreparedRequest, grant: Grant | None) -> requests.PreparedRequest:
        signed = request.copy()
        if self._profile.simulated:
            signed.headers["x-simulated-trading"] = "1"
        if "OK-ACCESS-SIGN" not in request.headers:
            return signed
        keys = self._keys()
        stamp = iso(self.now_ms())
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        signed.headers["OK-ACCESS-KEY"] = keys.key.reveal()
        signed.headers["OK-ACCESS-PASSPHRASE"] = keys.passphrase.reveal()
        signed.headers["OK-ACCESS-TIMESTAMP"] = stamp
        signed.headers["OK-ACCESS-SIGN"] = _signature(keys, f"{stamp}{request.method}{request.path_url}{body}")
        if grant is not None and grant.expires_ms is not None and grant.permit.expiring:
            signed.headers["expTime"] = str(grant.expires_ms)
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
