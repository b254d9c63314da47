"""Who may ask: OKX's four headers, checked against the raw request."""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from multidict import CIMultiDictProxy, istr

from okxlab.clock import Clock
from okxlab.paper.accounts.keys import ApiKey, Keys
from okxlab.paper.codes import Refusal

WINDOW_MS = 30_000
_BLOCK = 64
HEADERS: tuple[str, ...] = tuple(
    istr(f"OK-ACCESS-{name}") for name in ("KEY", "SIGN", "TIMESTAMP", "PASSPHRASE")
)  # looked up without folding them each time
_MISSING = dict(zip(HEADERS, ("50103", "50106", "50107", "50104"), strict=True))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Signed(NamedTuple):
    """A request as it came in: what OKX's signature covers."""

    method: str
    target: str
    body: bytes
    headers: CIMultiDictProxy[str]


def check(request: Signed, keys: Keys, clock: Clock) -> ApiKey:
    """Give the key that signed a request, or refuse it with the code of the first thing that is wrong.

    Raises
    ------
    Refusal
        50103, 50104, 50106, 50107 (header missing), 50114 (given twice), 50111, 50112, 50102, 50105 or 50113.
    """
    key, sign, stamp, passphrase = [_only(request.headers, name) for name in HEADERS]
    owner = keys.get(key)
    if owner is None:
        raise Refusal("50111")
    if abs(_moment(stamp) - clock.now_ms()) > WINDOW_MS:
        raise Refusal("50102")
    if not _same(passphrase, owner.passphrase):
        raise Refusal("50105")
    covered = f"{stamp}{request.method}{request.target}".encode(errors="surrogateescape") + request.body
    if not _same(sign, base64.b64encode(_digest(owner.secret, covered)).decode()):
        raise Refusal("50113")
    return owner


def _digest(secret: str, covered: bytes) -> bytes:
    """Give the HMAC-SHA256; only what is covered is new from one request of a key to the next."""
    inner, outer = (half.copy() for half in _keyed(secret))
    inner.update(covered)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


@lru_cache(maxsize=256)
def _keyed(secret: str) -> tuple[Any, Any]:
    """Start HMAC's two hashes with a key (RFC 2104)."""
    key = secret.encode()
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _only(headers: CIMultiDictProxy[str], name: str) -> str:
    values = headers.getall(name, ())
    if not values or not values[0]:
        raise Refusal(_MISSING[name])
    if len(values) > 1:
        raise Refusal("50114")
    return values[0]


def _moment(stamp: str) -> int:
    if not _TIME.fullmatch(stamp):
        raise Refusal("50112")
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        raise Refusal("50112") from None
    return round(moment.timestamp() * 1000)


def _same(given: str, true: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), true.encode())
