"""Who logs in: a signature of the time in seconds over OKX's fixed path."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from okxlab.clock import Clock
from okxlab.paper.accounts.keys import ApiKey, Keys
from okxlab.paper.codes import Refusal

WINDOW_SECONDS = 30
_COVERED = "GET/users/self/verify"


def log_in(asked: Mapping[str, Any], keys: Keys, clock: Clock) -> ApiKey:
    """Give the key that logs in, or refuse it with the code of the first thing that is wrong.

    Raises
    ------
    Refusal
        60005 (no key), 60032 (unknown key), 60004, 60006 (time), 60024 (passphrase) or 60007 (signature).
    """
    key, passphrase, stamp, sign = (_text(asked, name) for name in ("apiKey", "passphrase", "timestamp", "sign"))
    if not key:
        raise Refusal("60005")
    owner = keys.get(key)
    if owner is None:
        raise Refusal("60032")
    if not (stamp.isascii() and stamp.replace(".", "", 1).isdigit() and len(stamp) < 20):
        raise Refusal("60004")
    if abs(float(stamp) - clock.now_ms() / 1000) > WINDOW_SECONDS:
        raise Refusal("60006")
    if not _same(passphrase, owner.passphrase):
        raise Refusal("60024")
    digest = hmac.new(owner.secret.encode(), f"{stamp}{_COVERED}".encode(), hashlib.sha256).digest()
    if not _same(sign, base64.b64encode(digest).decode()):
        raise Refusal("60007")
    return owner


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _same(given: str, true: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogatepass"), true.encode())
