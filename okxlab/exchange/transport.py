"""The only way out: one origin, no redirects, signatures made here and nowhere else.

ccxt never holds a real key. It signs with placeholders; the transport puts the real signature on the bytes that leave,
so that nothing ccxt prints, logs or remembers can show a secret. Of what a caller hands in, method, path, query and
body leave, and no header.
"""

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import orjson
from requests.utils import default_user_agent

from okxlab.clock import Clock, iso
from okxlab.errors import Blocked, CredentialsError, Redirected, Unreadable
from okxlab.exchange.codes import LOCKING, next_step
from okxlab.exchange.credentials import Credentials
from okxlab.exchange.origin import LARGEST, Answer, Origin, Wire
from okxlab.exchange.permit import Permit
from okxlab.exchange.profile import Profile
from okxlab.exchange.throttle import Throttle, Turn
from okxlab.exchange.venue_clock import VenueClock

_log = logging.getLogger(__name__)

PLACEHOLDER = "okxlab-signs-in-transport"
ORDER_LIFE_MS = 3_000
ORDER_SECONDS = 2.0  # an order's answer is awaited for less than the order may live
_REFUSAL_BYTES = 1000
# a path of OKX's API as it is written there: nothing in it that two readers could read in two ways
_TARGET = re.compile(r"/api/v5(/[A-Za-z0-9_-]+)+(\?[!-~]*)?")


@dataclass(frozen=True, slots=True)
class _Request:
    """One request that may leave, and its turn among OKX's limits."""

    method: str
    target: str
    body: bytes | None
    turn: Turn
    signed: bool
    expires_ms: int | None = None


class Transport:
    """Carries requests to the profile's origin and refuses every other one.

    Whatever proxy, certificate or header a caller names is left out: the way is straight, its certificate is checked.

    Parameters
    ----------
    origin
        Where the profile's host is reached; by default the host itself.

    Raises
    ------
    Blocked
        When the profile's host is neither OKX's nor this machine.
    """

    def __init__(
        self, profile: Profile, credentials: Credentials | None, throttle: Throttle, clock: Clock,
        origin: Origin | None = None,
    ) -> None:  # fmt: skip
        self.time = VenueClock(clock)
        self.vouch: Callable[[], None] = lambda: None  # asked before anything is signed: raises when ccxt is not itself
        self._origin = origin or Origin(profile.rest, clock)
        self._profile = profile
        self._credentials = credentials
        self._throttle = throttle
        self._closed = False
        self._locked: Blocked | None = None

    @property
    def key_id(self) -> str:
        """Give 16 hex digits that stand for the key and do not give it away; empty without one."""
        return self._credentials.fingerprint if self._credentials else ""

    def carry(
        self, method: str, url: str, body: bytes | None, *, signed: bool, seconds: float, wire: Wire
    ) -> Answer | None:
        """Check, wait for a free slot, sign and send once; None when no answer came: ``wire`` tells how it failed.

        Parameters
        ----------
        seconds
            For the whole request.

        Raises
        ------
        Blocked
            When it may not leave, or the answer would lead elsewhere.
        Unreadable
            When the answer is larger or deeper than any of OKX's.
        """
        return self._sent(self._admitted(method, url, body, signed=signed), seconds, wire)

    def send(self, permit: Permit, expires_ms: int | None, wire: Wire) -> None:
        """Send what was permitted, once, byte for byte and without the layers of ccxt and requests.

        The answer is awaited for `ORDER_SECONDS`; ``wire`` tells it, or how it failed.

        Raises
        ------
        Blocked, Unreadable
            As `carry`; while ``wire.sent`` is false, nothing has left.
        """
        self.check_open(signed=True)
        if type(permit) is not Permit:  # what looks like one could name one path now and another when it leaves
            raise Blocked(f"A {type(permit).__name__} was stopped: it is no permit.", "Report this as a bug.")
        permit.use(self)
        until = expires_ms if permit.expiring else None
        asked = _Request("POST", permit.target, permit.body, permit.turn, signed=True, expires_ms=until)
        self._sent(asked, ORDER_SECONDS, wire)

    @property
    def key_mark(self) -> str:
        """What tells this key apart without giving it away, 16 hexadecimal digits; "" without a key."""
        keys = self._credentials
        return hashlib.sha256(keys.key.reveal().encode()).hexdigest()[:16] if keys else ""

    def get(self, target: str, seconds: float) -> Wire:
        """Read a public target of the profile's origin once, unsigned, without the layers of ccxt and requests.

        The same rules hold as for `carry`. ``seconds`` is for the whole request.
        """
        self.check_open()
        _check_target(target)
        wire = Wire()
        turn = self._throttle.wait("GET", target)
        self._sent(_Request("GET", target, None, turn, signed=False), seconds, wire)
        return wire

    def login(self) -> dict[str, str]:
        """Give the arguments of a WebSocket login, signed now; they are for the frame that leaves and nothing else.

        Raises
        ------
        CredentialsError
            When there is no key.
        Blocked
            When the exchange has refused the key.
        """
        self.check_open(signed=True)
        keys = self._keys()
        stamp = str(self.now_ms() // 1000)
        named = {"apiKey": keys.key.reveal(), "passphrase": keys.passphrase.reveal(), "timestamp": stamp}
        return named | {"sign": _signature(keys, f"{stamp}GET/users/self/verify")}

    def close(self) -> None:
        """Let nothing out any more."""
        self._closed = True
        self._origin.close()

    def now_ms(self) -> int:
        """Give the exchange's time in milliseconds, as far as it is known: see `okxlab.exchange.sync_clock`."""
        return self.time.now_ms()

    def check_open(self, *, signed: bool = False) -> None:
        """Refuse what cannot leave any more.

        Raises
        ------
        Blocked
            When the session is closed; and for what is ``signed``, when the exchange has refused the key or ccxt is not
            itself.
        """
        if self._closed:
            raise Blocked(f"This {self._profile.name} session is closed.", "Open another with ox.connect().")
        if signed:
            if self._locked is not None:
                raise Blocked(self._locked.what, self._locked.fix)
            self.vouch()

    def _admitted(self, method: str, url: str, body: bytes | None, *, signed: bool) -> _Request:
        """Judge a request, and wait for its turn."""
        self.check_open(signed=signed)
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != (self._origin.scheme, self._origin.netloc):
            raise Blocked(
                f"A request to {parts.hostname} was stopped: this session reaches {self._profile.rest} only.",
                "Connect with the profile that belongs to that host.",
            )
        target = urlunsplit(("", "", *parts[2:]))
        _check_target(target)
        self._check_change(method, target)
        return _Request(method, target, body, self._throttle.wait(method, target, body), signed)

    def _check_change(self, method: str, target: str) -> None:
        """Refuse what changes something without a permit, except on the paper exchange."""
        if method != "GET" and "withdraw" in target:
            raise Blocked("okxlab never withdraws.", "Use OKX's own site or app.")
        if method != "GET" and self._profile.name != "paper":
            raise Blocked(
                f"{method} {target} was stopped: on {self._profile.name} ccxt itself only reads.",
                "Orders leave through ox.place and ox.cancel; other changes are made on OKX's own site or app.",
            )

    def _sent(self, asked: _Request, seconds: float, wire: Wire) -> Answer | None:
        answer = self._origin.ask(
            asked.method, asked.target, lambda: self._head(asked), body=asked.body, seconds=seconds, wire=wire
        )
        if answer is None:
            if wire.sent:
                self._throttle.unanswered(asked.turn)
            self._refuse(wire.failure)
            return None
        wire.status, wire.text, wire.date = answer.status, answer.body, answer.headers.get("Date", "")
        self._throttle.answered(asked.turn, answer.status, answer.body)
        if asked.signed and len(answer.body) < _REFUSAL_BYTES:
            self._lock_out(answer.body)
        return answer

    def _refuse(self, failure: str) -> None:
        if failure.startswith("Redirect"):
            raise Redirected(
                f"{self._profile.rest} tried to redirect: {failure}.",
                "okxlab never follows: check which of OKX's hosts your account belongs to.",
            )
        if failure in {"TooLarge", "TooDeep"}:
            shape = f"more than {LARGEST >> 20} MB" if failure == "TooLarge" else "brackets without end"
            raise Unreadable(
                f"{self._profile.rest} answered with {shape}: that is not OKX v5.",
                "Try again; if it stays, check that nothing stands between you and the exchange.",
            )

    def _lock_out(self, body: bytes) -> None:
        """Sign nothing more when the exchange has refused the key: who goes on is locked out by it."""
        try:
            told = orjson.loads(body)
        except ValueError:
            return
        code = str(told.get("code")) if isinstance(told, dict) else ""
        if code in LOCKING and self._locked is None:
            self._locked = Blocked(
                f"{self._profile.rest} refused the {self._profile.name} key with code {code}: nothing more is signed.",
                f"{next_step(code)} Then connect again.",
            )
            _log.error("%s", self._locked)

    def _head(self, asked: _Request) -> dict[str, str]:
        """Give every header that leaves."""
        head = {"User-Agent": default_user_agent(), "Accept-Encoding": "gzip, deflate"}
        if self._profile.simulated:
            head["x-simulated-trading"] = "1"
        if asked.body:
            head["Content-Type"] = "application/json"
        if not asked.signed:
            return head
        keys = self._keys()
        stamp = iso(self.now_ms())
        text = f"{stamp}{asked.method}{asked.target}{(asked.body or b'').decode()}"
        head |= {
            "OK-ACCESS-KEY": keys.key.reveal(),
            "OK-ACCESS-PASSPHRASE": keys.passphrase.reveal(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-SIGN": _signature(keys, text),
        }
        if asked.expires_ms is not None:
            head["expTime"] = str(asked.expires_ms)
        return head

    def _keys(self) -> Credentials:
        if self._credentials is None:
            raise CredentialsError(
                f"There is no {self._profile.name} key.", "Set the three OKX_… variables; see README."
            )
        return self._credentials


def _check_target(target: str) -> None:
    if not _TARGET.fullmatch(target):
        raise Blocked(
            f"A request to {target[:80]!r} was stopped: that is no path of OKX's API.",
            "Name it as OKX's documentation does: /api/v5/…",
        )


def _signature(keys: Credentials, text: str) -> str:
    return base64.b64encode(hmac.digest(keys.secret.reveal().encode(), text.encode(), hashlib.sha256)).decode()
